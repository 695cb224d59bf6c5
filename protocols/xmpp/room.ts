/** One room while we are in it (XEP-0045): occupants, our own standing, and its changes as events. Memory only. */
import type { AdapterEvent } from '../adapter/events.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import type { Member } from '../model/entities.ts';
import { type ChatError, chatError } from '../model/errors.ts';
import { remoteConversationId, type RemoteUserId, remoteUserId } from '../model/ids.ts';
import { roomCapabilities, type ServerFacts } from './capabilities.ts';
import { bareText, type Jid, unescapeLocal } from './jid.ts';
import type { RoomView } from './message-mapper.ts';
import type { Element } from './stanza.ts';
import { authorKey } from './trust.ts';
import { type DiscoInfo, formField } from './xep/0030-disco.ts';
import { commonRole, type OccupantPresence } from './xep/0045-muc.ts';
import { nsMam } from './xep/0313-archive.ts';
import { nsSid } from './xep/0359-stanza-ids.ts';
import { nsOccupantId, readOccupantId } from './xep/0421-occupant-id.ts';

interface Occupant {
	readonly nick: string;
	readonly presence: OccupantPresence;
	readonly key: RemoteUserId;
	readonly self: boolean;
}

const maxOccupants = 20_000;

export class Room {
	readonly jid: Jid;
	nick: string;
	password: string | null = null;
	phase: 'joining' | 'joined' | 'left' = 'joining';
	/** We were in during this session: a room that is gone is made anew by entering it again. */
	wasIn = false;
	info: DiscoInfo | null = null;
	entered = false;
	selfOccupantId: string | null = null;
	/** Reused by a second wish to join while the first is under way. */
	joining: Promise<void> | null = null;
	readonly #occupants = new Map<string, Occupant>();

	constructor(jid: Jid, nick: string) {
		this.jid = jid;
		this.nick = nick;
	}

	get remoteId(): ReturnType<typeof remoteConversationId> {
		return remoteConversationId(bareText(this.jid));
	}

	has(feature: string): boolean {
		return this.info?.features.has(feature) ?? false;
	}

	get view(): RoomView {
		return {
			jid: this.jid,
			nick: this.nick,
			// Rooms with an archive number their messages by XEP-0313 section 5.1 even where sid:0 is not announced.
			stanzaIds: this.has(nsSid) || this.has(nsMam),
			occupantIds: this.has(nsOccupantId),
			selfOccupantId: this.selfOccupantId,
			entered: this.entered,
		};
	}

	get name(): string {
		const named = this.info?.identities.find((i) => i.category === 'conference')?.name;
		return named === undefined || named === '' ? unescapeLocal(this.jid.local) : named;
	}

	capabilities(server: ServerFacts): ConversationCapabilities {
		const self = this.#occupants.get(this.nick)?.presence;
		const flag = (field: string): boolean =>
			['1', 'true'].includes(
				this.info === null ? '' : (formField(this.info, 'http://jabber.org/protocol/muc#roominfo', field) ?? ''),
			);
		return roomCapabilities(server, {
			archive: this.has(nsMam),
			stanzaIds: this.view.stanzaIds,
			affiliation: self?.affiliation ?? 'none',
			role: self?.role ?? 'participant',
			occupants: this.#occupants.size,
			openTopic: flag('muc#roominfo_subjectmod'),
			openInvites: !this.has('muc_membersonly') || flag('muc#roomconfig_allowinvites'),
		});
	}

	get members(): Member[] {
		return [...this.#occupants.values()].map(toMember);
	}

	/** Nickname behind a member id or typed name; null when nobody here is called so. */
	nickOf(user: string): string | null {
		for (const occupant of this.#occupants.values()) if (occupant.key === user) return occupant.nick;
		return this.#occupants.has(user) ? user : null;
	}

	/** Real bare address of an occupant, where the room shows it. */
	addressOf(nick: string): string | null {
		const jid = this.#occupants.get(nick)?.presence.realJid;
		return jid === null || jid === undefined ? null : bareText(jid);
	}

	clear(): void {
		this.#occupants.clear();
		this.entered = false;
	}

	/** An occupant's presence. @returns what changed; while entering nothing but the bookkeeping */
	presence(
		stanza: Element,
		from: Jid,
		presence: OccupantPresence,
	): { readonly events: AdapterEvent[]; readonly self: 'entered' | 'left' | null } {
		const occupantId = readOccupantId(stanza, this.view.occupantIds);
		const self = presence.codes.has('110') || (this.entered && from.resource === this.nick);
		if (presence.available) return this.#appeared(from.resource, presence, occupantId, self);
		return this.#disappeared(from.resource, presence, self);
	}

	#appeared(
		nick: string,
		presence: OccupantPresence,
		occupantId: string | null,
		self: boolean,
	): ReturnType<Room['presence']> {
		if (self) {
			this.nick = nick;
			this.selfOccupantId = occupantId;
		}
		if (!this.#occupants.has(nick) && this.#occupants.size >= maxOccupants) return { events: [], self: null };
		const occupant: Occupant = {
			nick,
			presence,
			self,
			key: remoteUserId(authorKey({ ...this.jid, resource: nick }, occupantId)),
		};
		this.#occupants.set(nick, occupant);
		if (self && !this.entered) {
			this.entered = true;
			return {
				events: [{ type: 'members-snapshot', conversation: this.remoteId, members: this.members, complete: true }],
				self: 'entered',
			};
		}
		if (!this.entered) return { events: [], self: null };
		return {
			events: [{ type: 'members-delta', conversation: this.remoteId, upsert: [toMember(occupant)], remove: [] }],
			self: null,
		};
	}

	#disappeared(nick: string, presence: OccupantPresence, self: boolean): ReturnType<Room['presence']> {
		const occupant = this.#occupants.get(nick);
		if (presence.codes.has('303') && presence.newNick !== null) {
			this.#occupants.delete(nick);
			if (self) this.nick = presence.newNick;
			if (occupant === undefined || !this.entered) return { events: [], self: null };
			const key =
				occupant.key === remoteUserId(authorKey({ ...this.jid, resource: nick }, null))
					? remoteUserId(authorKey({ ...this.jid, resource: presence.newNick }, null))
					: occupant.key;
			if (key === occupant.key) return { events: [], self: null };
			return {
				events: [
					{ type: 'user-renamed', from: occupant.key, to: key, name: presence.newNick },
					{ type: 'members-delta', conversation: this.remoteId, upsert: [], remove: [occupant.key] },
				],
				self: null,
			};
		}
		this.#occupants.delete(nick);
		if (self) {
			this.clear();
			return { events: [], self: 'left' };
		}
		if (occupant === undefined || !this.entered) return { events: [], self: null };
		const events: AdapterEvent[] = [
			{ type: 'members-delta', conversation: this.remoteId, upsert: [], remove: [occupant.key] },
		];
		return { events, self: null };
	}

	/** Why we are out, from our own unavailable presence. */
	static leftBecause(presence: OccupantPresence): ChatError | null {
		const params: Record<string, string> = presence.actor === null ? {} : { by: presence.actor };
		if (presence.codes.has('301')) return chatError('banned', presence.reason, { params });
		if (presence.codes.has('307')) return chatError('kicked', presence.reason, { params });
		if (presence.codes.has('321') || presence.codes.has('322'))
			return chatError('members-only', presence.reason, { params });
		if (presence.destroyed !== null) {
			const next = presence.destroyed.alternative;
			return chatError('no-such-room', presence.destroyed.reason, {
				params: next === null ? {} : { alternative: bareText(next) },
			});
		}
		return presence.codes.has('332') ? chatError('server-error', 'the room service shuts down') : null;
	}
}

function toMember(occupant: Occupant): Member {
	const { presence } = occupant;
	return {
		remoteId: occupant.key,
		name: occupant.nick,
		role: commonRole(presence.affiliation, presence.role),
		address: presence.realJid === null ? null : bareText(presence.realJid),
		availability: presence.availability,
		self: occupant.self,
	};
}
