/** Commands of the engine carried out on a session. Every failure is a typed outcome; nothing here throws to the engine. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import type { AdapterContext } from '../adapter/context.ts';
import { assertNever } from '../model/assert-never.ts';
import { ChatException, chatError, fail } from '../model/errors.ts';
import { type RemoteConversationId, remoteId, type TxnId } from '../model/ids.ts';
import { type ErrorContext, fromFailure } from './errors.ts';
import { readReference } from './file-reference.ts';
import { bareText, fullText, type Jid, parseJid, withResource } from './jid.ts';
import {
	editStanza,
	fileStanza,
	reactStanza,
	referenceOf,
	removeStanza,
	sendStanza,
	typingStanza,
} from './outgoing.ts';
import { sendRaw } from './raw-stanza.ts';
import { removeRosterItem, setRosterItem, subscriptionStanza } from './roster.ts';
import type { SentMessages } from './sent-messages.ts';
import { joinedRoom, performInRoom } from './room-actions.ts';
import { doneIn, userAddress } from './addresses.ts';
import type { Session } from './session.ts';
import { child, childText, el, type Element } from './stanza.ts';
import { setBlocked } from './xep/0191-blocking.ts';
import { publishOwn } from './xep/0223-own-data.ts';
import { displayed } from './xep/0333-markers.ts';
import { moderate } from './xep/0425-moderation.ts';
import { displayedSyncElement, nsDisplayedSync } from './xep/0490-displayed-sync.ts';

export interface ActionParts {
	readonly context: AdapterContext;
	readonly sent: SentMessages;
	/** The account's settings let the user send stanzas of their own. */
	readonly allowRaw: boolean;
	/** Saves the session's counters soon. */
	saveSoon(): void;
}

/** Actions that need no connection are not handled here. */
export type OnlineAction = Exclude<AdapterAction, { type: 'answer-decision' | 'presence' }>;

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
		case 'remove':
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
		case 'send-file': {
			const file = readReference(action.content.source) ?? fail('bad-input', 'the file has no address');
			return sendMessage(session, action.conversation, action.txnId, parts, (to) => fileStanza(action, to, file));
		}
		case 'edit': {
			const target =
				action.target.ids.find((id) => id.kind === 'origin')?.value ??
				fail('unsupported', 'the message has no id to refer to');
			return sendMessage(session, action.conversation, action.txnId, parts, (to) => editStanza(action, to, target));
		}
		case 'remove':
			return remove(session, action, parts);
		case 'react':
			return sendMessage(session, action.conversation, action.txnId, parts, (to) =>
				reactStanza(
					action,
					to,
					referenceOf(action.target, to.room) ?? fail('unsupported', 'the message has no id to refer to'),
				),
			);
		case 'mark-read':
			return markRead(session, action);
		case 'typing': {
			const to = session.destination(action.conversation);
			if (to.chatStates && (!to.room || session.rooms.get(to.to)?.phase === 'joined'))
				session.stream.send(typingStanza(to, action.state));
			return done;
		}
		case 'open-direct': {
			const jid = userAddress(action.user);
			const key = session.rooms.get(bareText(jid)) !== undefined && jid.resource !== '' ? fullText(jid) : bareText(jid);
			await session.emit([session.introduction(key)]);
			return doneIn(key);
		}
		case 'join':
		case 'answer-invite':
		case 'leave':
		case 'create-room':
		case 'set-topic':
		case 'set-room-name':
		case 'invite':
		case 'kick':
		case 'ban':
		case 'unban':
		case 'set-role':
			return performInRoom(session, action, parts.context);
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
		case 'raw':
			return parts.allowRaw ? sendRaw(session, action.text, parts.context) : rejected(chatError('not-allowed', 'raw'));
		case 'whois':
			return whois(session, userAddress(action.user), parts.context);
		case 'set-display-name':
		case 'slash':
			return rejected(chatError('unsupported', action.type));
		default:
			return assertNever(action);
	}
}

async function sendMessage(
	session: Session,
	conversation: RemoteConversationId,
	txn: TxnId,
	parts: ActionParts,
	build: (to: ReturnType<Session['destination']>) => Element,
): Promise<ActionOutcome> {
	const to = session.destination(conversation);
	const jid = parseJid(conversation);
	if (jid === null) return rejected(chatError('bad-address', conversation));
	if (to.room) joinedRoom(session, conversation);
	// The same transaction again: what was written once is not written twice.
	if (parts.sent.isSettled(txn)) return { kind: 'accepted', ids: [remoteId('origin', txn)], time: null };
	if (parts.sent.isOpen(txn)) return { kind: 'pending' };
	const stanza = build(to);
	const xml = stanza.toString();
	if (Buffer.byteLength(xml, 'utf8') > session.stream.stanzaLimit * 0.75) {
		return rejected(
			chatError('message-too-long', null, { params: { limit: String(Math.floor(session.stream.stanzaLimit * 0.4)) } }),
		);
	}
	parts.sent.add(txn, bareText(jid), to.room, xml);
	if (!session.stream.send(stanza, txn)) {
		parts.sent.forget(txn);
		return rejected(chatError('connection-lost', null, { retry: 'later' }));
	}
	parts.saveSoon();
	return session.stream.sm.active || to.room
		? { kind: 'pending' }
		: { kind: 'unconfirmed', ids: [remoteId('origin', txn)] };
}

async function remove(
	session: Session,
	action: Extract<AdapterAction, { type: 'remove' }>,
	parts: ActionParts,
): Promise<ActionOutcome> {
	const room = session.rooms.get(action.conversation);
	const id = referenceOf(action.target, room !== undefined) ?? fail('unsupported', 'the message has no id to refer to');
	const own =
		room === undefined ||
		room.isSelf(action.target.sender) ||
		action.target.ids.some(({ value }) => parts.sent.txnOf(value) !== null);
	if (!own && room.moderation !== null) {
		joinedRoom(session, action.conversation);
		await moderate(session.stream.iq, bareText(room.jid), room.moderation, id, action.reason);
		return done;
	}
	return sendMessage(session, action.conversation, action.txnId, parts, (to) => removeStanza(action, to, id));
}

async function markRead(
	session: Session,
	action: Extract<AdapterAction, { type: 'mark-read' }>,
): Promise<ActionOutcome> {
	const to = session.destination(action.conversation);
	const server = action.upTo.ids.find((id) => id.kind === 'server')?.value;
	const origin = action.upTo.ids.find((id) => id.kind === 'origin')?.value;
	const contact = session.roster.items.get(to.to);
	const mayTell = action.visible && !to.room && (contact?.subscription === 'from' || contact?.subscription === 'both');
	if (mayTell && origin !== undefined)
		session.stream.send(
			el('message', { to: to.to, type: 'chat' }, displayed(origin), el('store', { xmlns: 'urn:xmpp:hints' })),
		);
	if (server !== undefined && session.server.ownData) {
		const by = bareText(session.archiveOf(action.conversation) ?? session.accountJid);
		await publishOwn(session.stream.iq, nsDisplayedSync, action.conversation, displayedSyncElement(server, by));
	}
	return done;
}

async function authorise(session: Session, address: string, allow: boolean): Promise<ActionOutcome> {
	session.stream.send(subscriptionStanza(allow ? 'subscribed' : 'unsubscribed', address));
	session.roster.requests.delete(address);
	// Wanting to be seen usually means wanting to see; asking back saves the user a step.
	if (allow && !session.roster.sees(address)) session.stream.send(subscriptionStanza('subscribe', address));
	const contact = session.roster.contact(address);
	await session.emit([
		{
			type: 'contacts-delta',
			upsert: contact.onRoster ? [contact] : [],
			remove: contact.onRoster ? [] : [contact.remoteId],
		},
	]);
	return done;
}

async function whois(session: Session, jid: Jid, context: AdapterContext): Promise<ActionOutcome> {
	const bare = bareText(jid);
	const contact = session.roster.contact(bare);
	const state = session.book.overall(bare);
	const lines = [
		bare,
		`subscription: ${contact.subscription}`,
		`presence: ${state.availability}${state.statusText === '' ? '' : ` (${state.statusText})`}`,
	];
	for (const { resource } of session.book.devicesOf(bare).slice(0, 5)) {
		const full = withResource(jid, resource);
		const reply =
			full === null
				? null
				: await session.stream.iq
						.get(el('query', { xmlns: 'jabber:iq:version' }), { to: fullText(full), timeoutMs: 5000 })
						.catch(() => null);
		const query = reply === null ? undefined : child(reply, 'query', 'jabber:iq:version');
		const software = [childText(query, 'name', 'jabber:iq:version'), childText(query, 'version', 'jabber:iq:version')]
			.filter((t) => t !== undefined)
			.join(' ');
		lines.push(`${resource}${software === '' ? '' : `: ${software.slice(0, 200)}`}`);
	}
	await session.emit([
		{
			type: 'server-text',
			level: 'info',
			text: lines.join('\n'),
			time: context.clock.now(),
			conversation: null,
			reply: true,
			code: null,
		},
	]);
	return done;
}

/** Where a failed look-up is worth a typed throw. */
export const notConnected = (): ChatException =>
	new ChatException(chatError('connection-lost', null, { retry: 'later' }));
