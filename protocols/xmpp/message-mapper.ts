/**
 * One message stanza to what it means, without side effects and without memory: everything it depends on is in the
 * {@link MessageView}. Stanzas that are not what they claim give no events.
 */
import type { AdapterEvent, Actor, RemoteMessage } from '../adapter/events.ts';
import type { MessageContent } from '../model/content.ts';
import { type RemoteId, remoteConversationId, remoteId, remoteUserId, type TxnId } from '../model/ids.ts';
import { plain, type RichText } from '../model/rich-text.ts';
import { fromStanzaError } from './errors.ts';
import { bareOf, bareText, fullText, type Jid, parseJid, sameBare, unescapeLocal } from './jid.ts';
import { attr, child, childrenOf, type Element, elements, ns, readStanzaError } from './stanza.ts';
import { authorKey, mayModerate, stanzaIdBy } from './trust.ts';
import { readXhtml } from './xep/0071-xhtml-im.ts';
import { readChatState, typingEvent } from './xep/0085-chat-states.ts';
import { readReceipt } from './xep/0184-receipts.ts';
import { readDelay } from './xep/0203-delay.ts';
import { readAction } from './xep/0245-me.ts';
import { readInvitation } from './xep/0249-invitations.ts';
import { readCorrection, nsCorrection } from './xep/0308-correction.ts';
import { readDisplayed } from './xep/0333-markers.ts';
import { senderId } from './xep/0359-stanza-ids.ts';
import { parseStyling } from './xep/0393-styling.ts';
import { readOccupantId } from './xep/0421-occupant-id.ts';
import { nsRetract, readRetraction } from './xep/0424-retraction.ts';
import { nsReactions, readReactions } from './xep/0444-reactions.ts';
import { nsReply, readReply, stripFallback } from './xep/0461-reply.ts';

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
	/** Our transaction id if we sent a message with this id. */
	ownTxn(id: string): TxnId | null;
}

/** Ids shorter than this are counters of simple clients and would collide. */
const minOriginId = 6;
const maxIdLength = 512;
const encryptedNamespaces = new Set([
	'eu.siacs.conversations.axolotl',
	'urn:xmpp:omemo:2',
	'urn:xmpp:openpgp:0',
	'jabber:x:encrypted',
]);

interface Parsed {
	readonly from: Jid;
	readonly conversation: string;
	readonly room: RoomView | null;
	readonly own: boolean;
	readonly sender: Actor;
	readonly ids: readonly RemoteId[];
	readonly txn: TxnId | null;
	readonly time: number;
}

/** Everything the stanza says, in order. */
export function mapMessage(message: Element, view: MessageView): AdapterEvent[] {
	const type = attr(message, 'type') ?? 'normal';
	if (type === 'error') return view.origin === 'live' ? mapBounce(message, view) : [];
	const invitation = mapInvitation(message, view);
	if (invitation !== null) return invitation;
	const parsed = parse(message, view, type);
	if (parsed === null) return [];
	const events: AdapterEvent[] = [];
	const conversation = remoteConversationId(parsed.conversation);
	const retraction = readRetraction(message);
	const reactions = readReactions(message);
	const correction = readCorrection(message);
	const target = (id: string, kind: 'by-archive' | 'by-sender'): RemoteId[] => [
		remoteId(parsed.room !== null && kind === 'by-archive' ? 'server' : 'origin', id),
	];
	const base = { conversation, sender: parsed.sender, own: parsed.own, time: parsed.time };
	if (retraction !== null) {
		const moderated = retraction.moderated && parsed.room !== null && mayModerate(parsed.from, parsed.room.jid);
		// A retraction that claims a moderator but does not come from the room is a forgery.
		if (retraction.moderated && !moderated) return [];
		return [
			{
				type: 'message-removed',
				...base,
				target: target(retraction.id, 'by-archive'),
				moderated,
				reason: retraction.reason,
			},
		];
	}
	// The room itself says nothing but subjects and notices.
	const content = readContent(message);
	if (reactions !== null) {
		events.push({
			type: 'reaction',
			...base,
			target: target(reactions.id, 'by-archive'),
			ids: parsed.ids,
			op: 'set',
			keys: reactions.keys,
		});
	}
	if (content !== null && correction !== null) {
		events.push({
			type: 'message-edited',
			...base,
			target: target(correction, 'by-sender'),
			ids: parsed.ids,
			txnId: parsed.txn,
			content,
		});
	} else if (content !== null) {
		events.push({ type: 'message', conversation, message: toMessage(message, parsed, content) });
	}
	events.push(...mapSubject(message, parsed, view), ...mapSignals(message, parsed, view, content !== null));
	return events;
}

function parse(message: Element, view: MessageView, type: string): Parsed | null {
	const from = parseJid(attr(message, 'from') ?? bareText(view.self));
	if (from === null) return null;
	const bare = bareText(from);
	const room = view.room(bare);
	if (type === 'groupchat') {
		// Groupchat from anybody who is not a room we are in is noise or an attack.
		if (room === null) return null;
		const occupantId = readOccupantId(message, room.occupantIds);
		const own = isOwnOccupant(message, from, room, occupantId, view);
		const id = archiveIdOf(message, room.jid, room.stanzaIds, view);
		const sid = senderId(message);
		const stanzaId = attr(message, 'id') ?? null;
		const txn = own ? ownTxn(view, [stanzaId, sid]) : null;
		return {
			from,
			conversation: bareText(room.jid),
			room,
			own,
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

function isOwnOccupant(
	message: Element,
	from: Jid,
	room: RoomView,
	occupantId: string | null,
	view: MessageView,
): boolean {
	if (occupantId !== null && room.selfOccupantId !== null) return occupantId === room.selfOccupantId;
	const item = child(
		child(message, 'x', 'http://jabber.org/protocol/muc#user'),
		'item',
		'http://jabber.org/protocol/muc#user',
	);
	const real = view.origin === 'archive' ? parseJid(attr(item, 'jid')) : null;
	if (real !== null) return sameBare(real, view.self);
	return from.resource !== '' && from.resource === room.nick;
}

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

/** What there is to show, or null for messages without any content. */
function readContent(message: Element): MessageContent | null {
	const encryption = elements(message).find(
		(e) =>
			(e.getName() === 'encrypted' || e.getName() === 'openpgp' || e.getName() === 'x') &&
			encryptedNamespaces.has(e.getNS() ?? ''),
	);
	if (encryption !== undefined) {
		const omemo = (encryption.getNS() ?? '').includes('omemo') || (encryption.getNS() ?? '').includes('axolotl');
		// Without payload it only carries keys between devices.
		if (omemo && !elements(encryption).some((e) => e.getName() === 'payload')) return null;
		return { kind: 'undecryptable', reason: omemo ? 'OMEMO' : 'OpenPGP' };
	}
	const raw = message.getChildText('body', ns.client);
	if (raw === null) return null;
	const body = stripFallback(message, raw, new Set([nsReply, nsRetract, nsReactions, nsCorrection]));
	if (body === '') return null;
	const action = readAction(body);
	const unstyled = child(message, 'unstyled', 'urn:xmpp:styling:0') !== undefined;
	if (action !== null) return { kind: 'emote', body: unstyled ? plain(action) : parseStyling(action) };
	return { kind: 'text', body: bodyOf(message, body, unstyled) };
}

function bodyOf(message: Element, body: string, unstyled: boolean): RichText {
	const xhtml = readXhtml(message);
	if (xhtml !== null && xhtml.spans.length > 0) return xhtml;
	return unstyled ? plain(body) : parseStyling(body);
}

function toMessage(message: Element, parsed: Parsed, content: MessageContent): RemoteMessage {
	const reply = readReply(message);
	const author = reply === null ? null : parseJid(reply.to);
	const text = content.kind === 'text' || content.kind === 'emote' ? content.body.text : '';
	return {
		ids: parsed.ids,
		sender: parsed.sender,
		own: parsed.own,
		txnId: parsed.txn,
		content,
		time: parsed.time,
		mention: !parsed.own && parsed.room !== null && mentions(text, parsed.room.nick),
		encrypted: content.kind === 'undecryptable',
		replyTo:
			reply === null
				? null
				: {
						ids: [remoteId(parsed.room === null ? 'origin' : 'server', reply.id)],
						senderName: author === null ? null : parsed.room === null ? unescapeLocal(author.local) : author.resource,
						text: null,
					},
		threadRoot: null,
	};
}

/** The nickname as a word of its own, whatever its case. */
function mentions(text: string, nick: string): boolean {
	if (nick === '' || text === '') return false;
	const hay = text.toLocaleLowerCase('en');
	const needle = nick.toLocaleLowerCase('en');
	for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) {
		const before = at === 0 ? '' : Array.from(hay.slice(Math.max(0, at - 2), at)).at(-1);
		const after = Array.from(hay.slice(at + needle.length, at + needle.length + 2))[0];
		if (!/[\p{L}\p{N}_]/u.test(before ?? '') && !/[\p{L}\p{N}_]/u.test(after ?? '')) return true;
	}
	return false;
}

/** XEP-0045 section 8.1: a subject without body or thread is the room's topic. */
function mapSubject(message: Element, parsed: Parsed, view: MessageView): AdapterEvent[] {
	const room = parsed.room;
	const subject = message.getChildText('subject', ns.client);
	if (
		room === null ||
		subject === null ||
		message.getChild('body', ns.client) !== undefined ||
		message.getChild('thread', ns.client) !== undefined
	)
		return [];
	const events: AdapterEvent[] = [];
	const conversation = remoteConversationId(parsed.conversation);
	if (view.origin === 'live')
		events.push({ type: 'conversation-upsert', conversation: { remoteId: conversation, topic: subject } });
	if (view.origin === 'archive' || (room.entered && parsed.from.resource !== '')) {
		const content: MessageContent = {
			kind: 'system',
			system: { event: 'topic', by: parsed.from.resource === '' ? null : parsed.sender.name, topic: subject },
		};
		if (parsed.ids.length > 0)
			events.push({
				type: 'message',
				conversation,
				message: { ...toMessage(message, parsed, content), content, mention: false },
			});
	}
	return events;
}

/** Receipts, read markers, typing. */
function mapSignals(message: Element, parsed: Parsed, view: MessageView, hasContent: boolean): AdapterEvent[] {
	const events: AdapterEvent[] = [];
	const conversation = remoteConversationId(parsed.conversation);
	const received = parsed.room === null && !parsed.own ? readReceipt(message) : null;
	if (received !== null) {
		events.push({
			type: 'receipt',
			conversation,
			reader: parsed.sender.remoteId,
			kind: 'delivered',
			upTo: [remoteId('origin', received)],
			time: parsed.time,
		});
	}
	const read = readDisplayed(message);
	if (read !== null) {
		const upTo = [remoteId(parsed.room === null ? 'origin' : 'server', read)];
		if (parsed.own) events.push({ type: 'read-marker', conversation, upTo, time: null });
		else
			events.push({
				type: 'receipt',
				conversation,
				reader: parsed.sender.remoteId,
				kind: 'read',
				upTo,
				time: parsed.time,
			});
	}
	const state = view.origin === 'live' && !parsed.own ? readChatState(message) : null;
	const delayed = childrenOf(message, 'delay', 'urn:xmpp:delay').length > 0;
	if (state !== null && !delayed) events.push(typingEvent(conversation, parsed.sender, hasContent ? 'done' : state));
	return events;
}

function mapInvitation(message: Element, view: MessageView): AdapterEvent[] | null {
	const invitation = readInvitation(message);
	if (invitation === null) return null;
	const key = bareText(invitation.room);
	if (view.origin === 'archive' || view.room(key) !== null) return [];
	const own = parseJid(attr(message, 'from'));
	if (own !== null && sameBare(own, view.self)) return [];
	return [
		{
			type: 'conversation-upsert',
			conversation: {
				remoteId: remoteConversationId(key),
				kind: 'group',
				name: unescapeLocal(invitation.room.local),
				membership: 'invited',
				invite: { from: invitation.from, reason: invitation.reason },
			},
		},
	];
}

/** An error reply to a message of ours (RFC 6120 section 8.3). */
function mapBounce(message: Element, view: MessageView): AdapterEvent[] {
	const id = attr(message, 'id');
	const txn = id === undefined ? null : view.ownTxn(id);
	if (txn === null) return [];
	const from = parseJid(attr(message, 'from'));
	const inRoom = from !== null && view.room(bareText(from)) !== null;
	const error = fromStanzaError(
		readStanzaError(message),
		inRoom ? 'room-message' : 'message',
		from === null ? {} : { address: bareText(from) },
	);
	return [{ type: 'send-result', txnId: txn, outcome: { kind: 'rejected', error } }];
}
