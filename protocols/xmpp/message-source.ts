/** Where a message stanza comes from: its conversation, sender, ids and time, as far as they can be believed. */
import type { Actor } from '../adapter/events.ts';
import { type RemoteId, remoteId, type RemoteUserId, remoteUserId, type TxnId } from '../model/ids.ts';
import { bareOf, bareText, fullText, type Jid, parseJid, sameBare, unescapeLocal } from './jid.ts';
import { attr, child, childrenOf, type Element } from './stanza.ts';
import { authorKey, type Claim, stanzaIdBy } from './trust.ts';
import { readDelay } from './xep/0203-delay.ts';
import { senderId } from './xep/0359-stanza-ids.ts';
import { readOccupantId } from './xep/0421-occupant-id.ts';

/** What the mapper must know of a room. */
export interface RoomView {
	readonly jid: Jid;
	/** Our nickname there. */
	readonly nick: string;
	readonly stanzaIds: boolean;
	readonly occupantIds: boolean;
	/** Our own occupant id, once known. */
	readonly selfOccupantId: string | null;
	/** We have seen our own presence: later subjects are changes, not the greeting. */
	readonly entered: boolean;
	/** Key of the occupant who bears the nickname now, or null. */
	keyOf(nick: string): RemoteUserId | null;
}

export interface MessageView {
	readonly self: Jid;
	/** `archive` for pages and catch-up; `copy` for carbons. */
	readonly origin: 'live' | 'copy' | 'archive';
	/** Id under which the archive keeps it, when it came from one. */
	readonly archiveId: string | null;
	/** Time the archive gave it, or null. */
	readonly archiveTime: number | null;
	readonly now: number;
	/** Our account's server gives trustworthy stanza ids. */
	readonly stanzaIds: boolean;
	room(bare: string): RoomView | null;
	/** Belongs to the account's own server. */
	isOwnHost(url: URL): boolean;
	/** Our transaction id if we sent a message with this id. */
	ownTxn(id: string): TxnId | null;
}

/** Ids shorter than this are counters of simple clients and would collide. */
const minOriginId = 6;
export const maxIdLength = 512;
export interface Source {
	readonly from: Jid;
	readonly conversation: string;
	readonly room: RoomView | null;
	readonly own: boolean;
	/** Place and speaker, for the rules of `trust.ts`. */
	readonly claim: Claim;
	readonly sender: Actor;
	readonly ids: readonly RemoteId[];
	readonly txn: TxnId | null;
	readonly time: number;
}

/** Null for stanzas that may not say anything here. */
export function readSource(message: Element, view: MessageView): Source | null {
	const type = attr(message, 'type') ?? 'normal';
	const from = parseJid(attr(message, 'from') ?? bareText(view.self));
	if (from === null) return null;
	const bare = bareText(from);
	const room = view.room(bare);
	if (type === 'groupchat') {
		// Groupchat from anybody who is not a room we are in is noise or an attack.
		if (room === null) return null;
		const occupantId = readOccupantId(message, room.occupantIds);
		const proof = ownership(message, from, room, occupantId, view);
		const own = proof !== 'other';
		const id = archiveIdOf(message, room.jid, room.stanzaIds, view);
		const sid = senderId(message);
		const stanzaId = attr(message, 'id') ?? null;
		const txn = own ? ownTxn(view, [stanzaId, sid]) : null;
		const speaker = from.resource === '' ? 'room' : own ? 'self' : 'other';
		return {
			from,
			conversation: bareText(room.jid),
			room,
			own,
			claim: { place: 'room', speaker, proven: proof === 'proven' || txn !== null },
			sender: {
				remoteId: remoteUserId(from.resource === '' ? bare : authorKey(from, occupantId)),
				name: from.resource === '' ? bare : from.resource,
				strength: occupantId === null ? 'session' : 'stable',
			},
			// Corrections name the stanza's id, so that is the sender's id of a room message.
			ids: idsOf(id, stanzaId ?? sid),
			txn,
			time: timeOf(message, view, [room.jid]),
		};
	}
	const own = sameBare(from, view.self);
	const to = parseJid(attr(message, 'to'));
	const peer = own ? to : from;
	if (peer === null || (own && view.origin === 'live' && !(to !== null && sameBare(to, view.self)))) return null;
	// Private messages of a room keep the occupant's address; with everybody else resources do not matter.
	const occupant = view.room(bareText(peer)) !== null;
	const key = occupant ? fullText(peer) : bareText(peer);
	const sid = senderId(message);
	const speaker = own ? view.self : from;
	return {
		from,
		conversation: key,
		room: null,
		own,
		claim: {
			place: occupant ? 'whisper' : 'direct',
			speaker: own ? 'self' : occupant && from.resource === '' ? 'room' : 'other',
			proven: true,
		},
		sender: {
			remoteId: remoteUserId(own || !occupant ? bareText(speaker) : fullText(from)),
			name: occupant && !own ? from.resource : unescapeLocal(speaker.local === '' ? speaker.domain : speaker.local),
			strength: occupant && !own ? 'session' : 'stable',
		},
		ids: idsOf(archiveIdOf(message, bareOf(view.self), view.stanzaIds, view), sid),
		txn: own ? ownTxn(view, [attr(message, 'id') ?? null, sid]) : null,
		time: timeOf(message, view, [bareOf(view.self), bareOf(from)]),
	};
}

/**
 * Is it ours? `proven` by an id or address that the room vouches for, or because we bear the nickname right now and the
 * room gives it to nobody else; `likely` when only the nickname says so of a message from before.
 */
function ownership(
	message: Element,
	from: Jid,
	room: RoomView,
	occupantId: string | null,
	view: MessageView,
): 'proven' | 'likely' | 'other' {
	if (occupantId !== null && room.selfOccupantId !== null)
		return occupantId === room.selfOccupantId ? 'proven' : 'other';
	const item = child(
		child(message, 'x', 'http://jabber.org/protocol/muc#user'),
		'item',
		'http://jabber.org/protocol/muc#user',
	);
	const real = view.origin === 'archive' ? parseJid(attr(item, 'jid')) : null;
	if (real !== null) return sameBare(real, view.self) ? 'proven' : 'other';
	if (from.resource === '' || from.resource !== room.nick) return 'other';
	return view.origin === 'live' && room.entered && !isDelayed(message) ? 'proven' : 'likely';
}

export const isDelayed = (message: Element): boolean => childrenOf(message, 'delay', 'urn:xmpp:delay').length > 0;

function ownTxn(view: MessageView, ids: readonly (string | null)[]): TxnId | null {
	for (const id of ids) {
		const txn = id === null ? null : view.ownTxn(id);
		if (txn !== null) return txn;
	}
	return null;
}

const archiveIdOf = (message: Element, archive: Jid, announced: boolean, view: MessageView): string | null =>
	view.origin === 'archive' ? view.archiveId : stanzaIdBy(message, bareOf(archive), announced);

function idsOf(server: string | null, origin: string | null): RemoteId[] {
	const ids: RemoteId[] = [];
	if (server !== null && server.length <= maxIdLength) ids.push(remoteId('server', server));
	if (origin !== null && origin.length >= minOriginId && origin.length <= maxIdLength)
		ids.push(remoteId('origin', origin));
	return ids;
}

const timeOf = (message: Element, view: MessageView, trusted: readonly Jid[]): number =>
	view.archiveTime ?? readDelay(message, trusted, view.now) ?? view.now;
