/** One room while we are in it (XEP-0045): occupants, our own standing, and its changes as events. Memory only. */
import type { AdapterEvent } from '../adapter/events.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import type { SystemEvent } from '../model/content.ts';
import type { Member } from '../model/entities.ts';
import { type ChatError, chatError } from '../model/errors.ts';
import { remoteConversationId, type RemoteUserId, remoteUserId } from '../model/ids.ts';
import { roomCapabilities, type ServerFacts } from './capabilities.ts';
import { bareText, type Jid, unescapeLocal } from './jid.ts';
import type { RoomView } from './message-source.ts';
import { departure, promotion } from './room-lines.ts';
import type { Element } from './stanza.ts';
import { authorKey } from './trust.ts';
import { type DiscoInfo, formField } from './xep/0030-disco.ts';
import { commonRole, type OccupantPresence } from './xep/0045-muc.ts';
import { nsMam } from './xep/0313-archive.ts';
import { nsSid } from './xep/0359-stanza-ids.ts';
import { moderationOf } from './xep/0425-moderation.ts';
import { nsOccupantId, readOccupantId } from './xep/0421-occupant-id.ts';

interface Occupant {
	readonly nick: string;
	readonly presence: OccupantPresence;
	readonly key: RemoteUserId;
	readonly self: boolean;
}

/** What a presence changed. */
export interface RoomChange {
	readonly events: readonly AdapterEvent[];
	/** For the timeline. */
	readonly lines: readonly SystemEvent[];
	readonly self: 'entered' | 'left' | null;
}

const nothing: RoomChange = { events: [], lines: [], self: null };
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
	/** Nicknames announced by a change of nickname; who appears under one has not just come. */
	readonly #renaming = new Set<string>();

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
			keyOf: (nick) => this.#occupants.get(nick)?.key ?? null,
		};
	}

	get name(): string {
		const named = this.info?.identities.find((i) => i.category === 'conference')?.name;
		return named === undefined || named === '' ? unescapeLocal(this.jid.local) : named;
	}

	/** Version of XEP-0425 here, or null. */
	get moderation(): 'new' | 'old' | null {
		return moderationOf((feature) => this.has(feature));
	}

	/** Was this written by us, as far as the room's ids tell? */
	isSelf(author: RemoteUserId): boolean {
		return author === remoteUserId(authorKey({ ...this.jid, resource: this.nick }, this.selfOccupantId));
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
			moderation: this.moderation !== null,
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
		this.#renaming.clear();
		this.entered = false;
	}

	/** An occupant's presence; while entering nothing but the bookkeeping. */
	presence(stanza: Element, from: Jid, presence: OccupantPresence): RoomChange {
		const occupantId = readOccupantId(stanza, this.view.occupantIds);
		const self = presence.codes.has('110') || (this.entered && from.resource === this.nick);
		if (presence.available) return this.#appeared(from.resource, presence, occupantId, self);
		return this.#disappeared(from.resource, presence, self);
	}

	#appeared(nick: string, presence: OccupantPresence, occupantId: string | null, self: boolean): RoomChange {
		if (self) {
			this.nick = nick;
			this.selfOccupantId = occupantId;
		}
		const before = this.#occupants.get(nick);
		if (before === undefined && this.#occupants.size >= maxOccupants) return nothing;
		const occupant: Occupant = {
			nick,
			presence,
			self,
			key: remoteUserId(authorKey({ ...this.jid, resource: nick }, occupantId)),
		};
		this.#occupants.set(nick, occupant);
		const renamed = this.#renaming.delete(nick);
		if (self && !this.entered) {
			this.entered = true;
			return {
				events: [{ type: 'members-snapshot', conversation: this.remoteId, members: this.members, complete: true }],
				lines: [],
				self: 'entered',
			};
		}
		if (!this.entered) return nothing;
		const who = { user: occupant.key, name: nick };
		const line: SystemEvent | null =
			before !== undefined
				? promotion(who, before.presence, presence)
				: renamed || self
					? null
					: { event: 'join', ...who, reason: null };
		return {
			events: [{ type: 'members-delta', conversation: this.remoteId, upsert: [toMember(occupant)], remove: [] }],
			lines: line === null ? [] : [line],
			self: null,
		};
	}

	#disappeared(nick: string, presence: OccupantPresence, self: boolean): RoomChange {
		const occupant = this.#occupants.get(nick);
		if (presence.codes.has('303') && presence.newNick !== null)
			return this.#renamed(nick, presence.newNick, occupant, self);
		this.#occupants.delete(nick);
		const who = { user: occupant?.key ?? remoteUserId(authorKey({ ...this.jid, resource: nick }, null)), name: nick };
		const line = departure(who, presence);
		if (self) {
			this.clear();
			// That we left by ourselves is no news; that somebody threw us out is.
			return { events: [], lines: line.event === 'kick' || line.event === 'ban' ? [line] : [], self: 'left' };
		}
		if (occupant === undefined || !this.entered) return nothing;
		return {
			events: [{ type: 'members-delta', conversation: this.remoteId, upsert: [], remove: [occupant.key] }],
			lines: [line],
			self: null,
		};
	}

	#renamed(nick: string, newNick: string, occupant: Occupant | undefined, self: boolean): RoomChange {
		this.#occupants.delete(nick);
		if (self) this.nick = newNick;
		if (this.#renaming.size < maxOccupants) this.#renaming.add(newNick);
		if (occupant === undefined || !this.entered) return nothing;
		const lines: SystemEvent[] = [{ event: 'rename', user: occupant.key, name: nick, newName: newNick }];
		const byNick = occupant.key === remoteUserId(authorKey({ ...this.jid, resource: nick }, null));
		// With an occupant id the person keeps the key; the presence that follows brings the new name.
		if (!byNick) return { events: [], lines, self: null };
		const key = remoteUserId(authorKey({ ...this.jid, resource: newNick }, null));
		return {
			events: [
				{ type: 'user-renamed', from: occupant.key, to: key, name: newNick },
				{ type: 'members-delta', conversation: this.remoteId, upsert: [], remove: [occupant.key] },
			],
			lines,
			self: null,
		};
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
