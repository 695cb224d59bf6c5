/** Commands of the engine carried out on a session. Every failure is a typed outcome; nothing here throws to the engine. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import type { AdapterContext } from '../adapter/context.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Role } from '../model/entities.ts';
import { ChatException, chatError, fail } from '../model/errors.ts';
import { type RemoteConversationId, remoteConversationId, remoteId, type TxnId } from '../model/ids.ts';
import { type ErrorContext, fromFailure } from './errors.ts';
import { bareText, escapeLocal, fullText, type Jid, parseJid, withResource } from './jid.ts';
import { editStanza, reactStanza, referenceOf, removeStanza, sendStanza, typingStanza } from './outgoing.ts';
import type { Room } from './room.ts';
import { removeRosterItem, setRosterItem, subscriptionStanza } from './roster.ts';
import type { SentMessages } from './sent-messages.ts';
import type { Session } from './session.ts';
import { child, childText, el, type Element } from './stanza.ts';
import { kick, setAffiliation, setRole, setSubject } from './xep/0045-muc.ts';
import { setBlocked } from './xep/0191-blocking.ts';
import { publishOwn } from './xep/0223-own-data.ts';
import { directInvitation, mediatedInvitation } from './xep/0249-invitations.ts';
import { displayed } from './xep/0333-markers.ts';
import { displayedSyncElement, nsDisplayedSync } from './xep/0490-displayed-sync.ts';

export interface ActionParts {
	readonly context: AdapterContext;
	readonly sent: SentMessages;
	/** Saves the session's counters soon. */
	saveSoon(): void;
}

/** Actions that need no connection are not handled here. */
export type OnlineAction = Exclude<AdapterAction, { type: 'answer-decision' | 'presence' }>;

const doneIn = (key: string): ActionOutcome => ({ kind: 'accepted', ids: [], time: null, conversation: remoteConversationId(key) });
const rejected = (error: ReturnType<typeof chatError>): ActionOutcome => ({ kind: 'rejected', error });

export async function perform(session: Session, action: OnlineAction, parts: ActionParts): Promise<ActionOutcome> {
	try {
		return await dispatch(session, action, parts);
	} catch (error) {
		return rejected(fromFailure(error, contextOf(action)));
	}
}

function contextOf(action: OnlineAction): ErrorContext {
	switch (action.type) {
		case 'join':
		case 'create-room':
		case 'answer-invite':
			return 'join';
		case 'set-topic':
		case 'set-room-name':
		case 'invite':
		case 'kick':
		case 'ban':
		case 'unban':
		case 'set-role':
			return 'room-admin';
		case 'contact-add':
		case 'contact-update':
		case 'contact-remove':
		case 'contact-authorise':
			return 'roster';
		default:
			return 'query';
	}
}

async function dispatch(session: Session, action: OnlineAction, parts: ActionParts): Promise<ActionOutcome> {
	switch (action.type) {
		case 'send':
			return sendMessage(session, action.conversation, action.txnId, parts, (to) => sendStanza(action, to));
		case 'edit': {
			const target = action.target.ids.find((id) => id.kind === 'origin')?.value ?? fail('unsupported', 'the message has no id to refer to');
			return sendMessage(session, action.conversation, action.txnId, parts, (to) => editStanza(action, to, target));
		}
		case 'remove':
			return sendMessage(session, action.conversation, action.txnId, parts, (to) => removeStanza(action, to, referenceOf(action.target, to.room) ?? fail('unsupported', 'the message has no id to refer to')));
		case 'react':
			return sendMessage(session, action.conversation, action.txnId, parts, (to) => reactStanza(action, to, referenceOf(action.target, to.room) ?? fail('unsupported', 'the message has no id to refer to')));
		case 'mark-read':
			return markRead(session, action);
		case 'typing': {
			const to = session.destination(action.conversation);
			if (to.chatStates && (!to.room || session.rooms.get(to.to)?.phase === 'joined')) session.stream.send(typingStanza(to, action.state));
			return done;
		}
		case 'join':
			return join(session, roomAddress(session, action.name), action.password);
		case 'answer-invite':
			return answerInvite(session, action.conversation, action.accept);
		case 'leave':
			return leave(session, action);
		case 'create-room':
			return createRoom(session, action);
		case 'open-direct': {
			const jid = userAddress(action.user);
			const key = session.rooms.get(bareText(jid)) !== undefined && jid.resource !== '' ? fullText(jid) : bareText(jid);
			await session.emit([session.introduction(key)]);
			return doneIn(key);
		}
		case 'set-topic': {
			const room = joinedRoom(session, action.conversation);
			session.stream.send(setSubject(bareText(room.jid), parts.context.random.uuid(), action.topic));
			return done;
		}
		case 'set-room-name':
			return rejected(chatError('unsupported', 'set-room-name'));
		case 'invite': {
			const room = joinedRoom(session, action.conversation);
			const user = bareText(userAddress(action.user));
			// The room makes the invited a member where only members may enter; elsewhere the direct way reaches more clients.
			session.stream.send(room.has('muc_membersonly') ? mediatedInvitation(bareText(room.jid), user, action.reason) : directInvitation(bareText(room.jid), user, action.reason));
			return done;
		}
		case 'kick': {
			const room = joinedRoom(session, action.conversation);
			const nick = room.nickOf(action.user) ?? fail('no-such-user', action.user);
			await kick(session.stream.iq, bareText(room.jid), nick, action.reason);
			return done;
		}
		case 'ban':
		case 'unban': {
			const room = joinedRoom(session, action.conversation);
			const address = realAddress(room, action.user);
			await setAffiliation(session.stream.iq, bareText(room.jid), address, action.type === 'ban' ? 'outcast' : 'none', action.reason);
			return done;
		}
		case 'set-role':
			return changeRole(session, joinedRoom(session, action.conversation), action.user, action.role);
		case 'contact-add': {
			const jid = bareText(userAddress(action.user));
			await setRosterItem(session.stream.iq, jid, action.name, action.groups);
			session.stream.send(subscriptionStanza('subscribe', jid, action.message));
			if (session.roster.requests.has(jid)) session.stream.send(subscriptionStanza('subscribed', jid));
			return done;
		}
		case 'contact-update':
			await setRosterItem(session.stream.iq, bareText(userAddress(action.user)), action.name, action.groups);
			return done;
		case 'contact-remove':
			await removeRosterItem(session.stream.iq, bareText(userAddress(action.user)));
			return done;
		case 'contact-authorise':
			return authorise(session, bareText(userAddress(action.user)), action.allow);
		case 'block':
		case 'unblock': {
			const address = bareText(userAddress(action.user));
			await setBlocked(session.stream.iq, address, action.type === 'block');
			await session.applyBlock(action.type === 'block', [address]);
			return done;
		}
		case 'whois':
			return whois(session, userAddress(action.user), parts.context);
		case 'set-display-name':
		case 'slash':
		case 'raw':
			return rejected(chatError('unsupported', action.type));
		default:
			return assertNever(action);
	}
}

function userAddress(text: string): Jid {
	const address = text.trim().replace(/^xmpp:/i, '').replace(/\?.*$/, '');
	// A control character in a pasted address is never meant.
	const jid = /[\p{Cc}]/u.test(text) ? null : parseJid(address.includes('@') || !address.includes(' ') ? address : null);
	return jid ?? fail('bad-address', text.slice(0, 100));
}

function roomAddress(session: Session, text: string): Jid {
	const trimmed = text.trim().replace(/^xmpp:/i, '').replace(/\?.*$/, '');
	if (/[\p{Cc}]/u.test(text) || trimmed === '') fail('bad-address', text.slice(0, 100));
	const full = trimmed.includes('@') ? trimmed : session.roomService === null ? null : `${escapeLocal(trimmed.replace(/\s+/g, '-'))}@${session.roomService}`;
	const jid = parseJid(full);
	if (jid === null || jid.local === '') fail('bad-address', text.slice(0, 100));
	return { ...jid, resource: '' };
}

function joinedRoom(session: Session, conversation: RemoteConversationId): Room {
	const room = session.rooms.get(conversation);
	if (room === undefined || room.phase !== 'joined') fail('not-joined', null, { params: { room: conversation } });
	return room;
}

function realAddress(room: Room, user: string): string {
	const nick = room.nickOf(user);
	const known = nick === null ? null : room.addressOf(nick);
	const typed = known === null && nick === null ? parseJid(user) : null;
	return known ?? (typed !== null && typed.local !== '' ? bareText(typed) : fail('not-allowed', 'the room does not show the address of this person'));
}

async function sendMessage(session: Session, conversation: RemoteConversationId, txn: TxnId, parts: ActionParts, build: (to: ReturnType<Session['destination']>) => Element): Promise<ActionOutcome> {
	const to = session.destination(conversation);
	const jid = parseJid(conversation);
	if (jid === null) return rejected(chatError('bad-address', conversation));
	const looksLikeRoom = to.room || session.bookmarks.has(conversation) || jid.domain === session.roomService;
	if (looksLikeRoom && jid.resource === '') joinedRoom(session, conversation);
	// The same transaction again: what was written once is not written twice.
	if (parts.sent.isSettled(txn)) return { kind: 'accepted', ids: [remoteId('origin', txn)], time: null };
	if (parts.sent.isOpen(txn)) return { kind: 'pending' };
	const stanza = build(to);
	const xml = stanza.toString();
	if (Buffer.byteLength(xml, 'utf8') > session.stream.stanzaLimit * 0.75) {
		return rejected(chatError('message-too-long', null, { params: { limit: String(Math.floor(session.stream.stanzaLimit * 0.4)) } }));
	}
	parts.sent.add(txn, bareText(jid), to.room, xml);
	if (!session.stream.send(stanza, txn)) {
		parts.sent.forget(txn);
		return rejected(chatError('connection-lost', null, { retry: 'later' }));
	}
	parts.saveSoon();
	return session.stream.sm.active || to.room ? { kind: 'pending' } : { kind: 'unconfirmed', ids: [remoteId('origin', txn)] };
}

async function markRead(session: Session, action: Extract<AdapterAction, { type: 'mark-read' }>): Promise<ActionOutcome> {
	const to = session.destination(action.conversation);
	const server = action.upTo.ids.find((id) => id.kind === 'server')?.value;
	const origin = action.upTo.ids.find((id) => id.kind === 'origin')?.value;
	const contact = session.roster.items.get(to.to);
	const mayTell = action.visible && !to.room && (contact?.subscription === 'from' || contact?.subscription === 'both');
	if (mayTell && origin !== undefined) session.stream.send(el('message', { to: to.to, type: 'chat' }, displayed(origin), el('store', { xmlns: 'urn:xmpp:hints' })));
	if (server !== undefined && session.server.ownData) {
		const by = bareText(session.archiveOf(action.conversation) ?? session.accountJid);
		await publishOwn(session.stream.iq, nsDisplayedSync, action.conversation, displayedSyncElement(server, by));
	}
	return done;
}

async function join(session: Session, jid: Jid, password: string | null): Promise<ActionOutcome> {
	const key = bareText(jid);
	const secret = password ?? session.invitePasswords.get(key) ?? session.bookmarks.get(key)?.password ?? null;
	const room = await session.rooms.join(jid, { nick: session.bookmarks.get(key)?.nick ?? session.nick, password: secret, create: null });
	void session.setBookmark(room, true);
	return doneIn(key);
}

async function answerInvite(session: Session, conversation: RemoteConversationId, accept: boolean): Promise<ActionOutcome> {
	const jid = roomAddress(session, conversation);
	if (accept) return join(session, jid, null);
	session.invitePasswords.delete(bareText(jid));
	await session.emit([{ type: 'conversation-upsert', conversation: { remoteId: conversation, membership: 'left', invite: null } }]);
	return done;
}

async function leave(session: Session, action: Extract<AdapterAction, { type: 'leave' }>): Promise<ActionOutcome> {
	const room = session.rooms.get(action.conversation);
	if (room !== undefined) {
		await session.setBookmark(room, false);
		await session.rooms.leave(room, action.reason);
	} else await session.emit([{ type: 'conversation-upsert', conversation: { remoteId: action.conversation, membership: 'left' } }]);
	if (action.forget) await session.emit([{ type: 'conversation-removed', conversation: action.conversation }]);
	return done;
}

async function createRoom(session: Session, action: Extract<AdapterAction, { type: 'create-room' }>): Promise<ActionOutcome> {
	const jid = roomAddress(session, action.name);
	const wishes = new Map([
		['muc#roomconfig_persistentroom', '1'],
		['muc#roomconfig_publicroom', action.isPublic ? '1' : '0'],
		['muc#roomconfig_membersonly', action.isPublic ? '0' : '1'],
		['muc#roomconfig_whois', action.isPublic ? 'moderators' : 'anyone'],
		['muc#roomconfig_enablelogging', '1'],
		['mam', '1'],
		['muc#roomconfig_roomname', action.name.includes('@') ? '' : action.name.trim()],
	]);
	if (wishes.get('muc#roomconfig_roomname') === '') wishes.delete('muc#roomconfig_roomname');
	const room = await session.rooms.join(jid, { nick: session.nick, password: null, create: wishes });
	const key = bareText(room.jid);
	if (action.topic !== null && action.topic !== '') session.stream.send(setSubject(key, `topic-${key}`, action.topic));
	for (const user of action.invite) {
		const address = bareText(userAddress(user));
		session.stream.send(room.has('muc_membersonly') ? mediatedInvitation(key, address, null) : directInvitation(key, address, null));
	}
	void session.setBookmark(room, true);
	return doneIn(key);
}

async function changeRole(session: Session, room: Room, user: string, role: Role): Promise<ActionOutcome> {
	const key = bareText(room.jid);
	const { iq } = session.stream;
	if (role === 'owner' || role === 'admin') {
		await setAffiliation(iq, key, realAddress(room, user), role, null);
		return done;
	}
	const nick = room.nickOf(user) ?? fail('no-such-user', user);
	await setRole(iq, key, nick, role === 'moderator' || role === 'helper' ? 'moderator' : role === 'muted' ? 'visitor' : 'participant');
	return done;
}

async function authorise(session: Session, address: string, allow: boolean): Promise<ActionOutcome> {
	session.stream.send(subscriptionStanza(allow ? 'subscribed' : 'unsubscribed', address));
	session.roster.requests.delete(address);
	// Wanting to be seen usually means wanting to see; asking back saves the user a step.
	if (allow && !session.roster.sees(address)) session.stream.send(subscriptionStanza('subscribe', address));
	const contact = session.roster.contact(address);
	await session.emit([{ type: 'contacts-delta', upsert: contact.onRoster ? [contact] : [], remove: contact.onRoster ? [] : [contact.remoteId] }]);
	return done;
}

async function whois(session: Session, jid: Jid, context: AdapterContext): Promise<ActionOutcome> {
	const bare = bareText(jid);
	const contact = session.roster.contact(bare);
	const state = session.book.overall(bare);
	const lines = [bare, `subscription: ${contact.subscription}`, `presence: ${state.availability}${state.statusText === '' ? '' : ` (${state.statusText})`}`];
	for (const { resource } of session.book.devicesOf(bare).slice(0, 5)) {
		const full = withResource(jid, resource);
		const reply = full === null ? null : await session.stream.iq.get(el('query', { xmlns: 'jabber:iq:version' }), { to: fullText(full), timeoutMs: 5000 }).catch(() => null);
		const query = reply === null ? undefined : child(reply, 'query', 'jabber:iq:version');
		const software = [childText(query, 'name', 'jabber:iq:version'), childText(query, 'version', 'jabber:iq:version')].filter((t) => t !== undefined).join(' ');
		lines.push(`${resource}${software === '' ? '' : `: ${software.slice(0, 200)}`}`);
	}
	await session.emit([{ type: 'server-text', level: 'info', text: lines.join('\n'), time: context.clock.now(), conversation: null, reply: true, code: null }]);
	return done;
}

/** Where a failed look-up is worth a typed throw. */
export const notConnected = (): ChatException => new ChatException(chatError('connection-lost', null, { retry: 'later' }));
