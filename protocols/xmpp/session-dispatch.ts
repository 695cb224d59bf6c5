/** One stanza of the live stream to its effects and events; every privileged one goes through `trust.ts` first. */
import type { RemoteContact } from '../adapter/events.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import { bareText, fullText, type Jid, parseJid } from './jid.ts';
import { mapMessage } from './message-mapper.ts';
import { answerRequest, hasQuery } from './own-info.ts';
import { nicknameOf, nsRoster } from './roster.ts';
import type { Session } from './session.ts';
import { displayedEvents } from './session-start.ts';
import { attr, child, el, type Element, errorReply, ns, resultReply } from './stanza.ts';
import { mayExercise, senderOf } from './trust.ts';
import { configurationChanged, statusCodes } from './xep/0045-muc.ts';
import { receiptFor, wantsReceipt } from './xep/0184-receipts.ts';
import { readBlockPush } from './xep/0191-blocking.ts';
import { readPubsubEvent } from './xep/0223-own-data.ts';
import { readInvitation } from './xep/0249-invitations.ts';
import { readCarbon } from './xep/0280-carbons.ts';
import { senderId } from './xep/0359-stanza-ids.ts';
import { nsBookmarks } from './xep/0402-bookmarks.ts';
import { nsDisplayedSync } from './xep/0490-displayed-sync.ts';

/** Peers remembered for what they can do or asked for; a flood of strangers must not fill the memory. */
const maxStrangers = 5000;

/** One stanza; resolves when what it says is durable. */
export function dispatchStanza(session: Session, stanza: Element): Promise<void> | void {
	switch (stanza.name) {
		case 'message':
			return message(session, stanza);
		case 'presence':
			return presence(session, stanza);
		default:
			return iq(session, stanza);
	}
}

function message(session: Session, stanza: Element): Promise<void> | void {
	if (session.archive.accept(stanza, session.self)) return;
	const carbon = readCarbon(stanza, session.self);
	if (carbon.kind === 'forged') {
		session.parts.context.log.warn('forged carbon dropped', { from: attr(stanza, 'from') ?? '' });
		return;
	}
	if (readPubsubEvent(stanza) !== null) return pubsub(session, stanza);
	const from = parseJid(attr(stanza, 'from') ?? session.bare);
	if (from === null) return;
	const message = carbon.kind === 'copy' ? carbon.message : stanza;
	const origin = carbon.kind === 'copy' ? 'copy' : 'live';
	if (carbon.kind === 'none' && from.local === '' && session.rooms.get(bareText(from)) === undefined)
		return serverText(session, stanza, from);
	const type = attr(message, 'type');
	return new Promise<void>((resolve, reject) => {
		const run = (): void => {
			handleMessage(session, message, origin, from).then(resolve, reject);
		};
		if (type === 'groupchat') session.rooms.order.inOrder(bareText(from), run);
		else if (session.held !== null && type !== 'error') session.held.push(run);
		else run();
	});
}

async function handleMessage(session: Session, message: Element, origin: 'live' | 'copy', from: Jid): Promise<void> {
	const events = mapMessage(message, session.view(origin));
	const invitation = readInvitation(message);
	if (invitation?.password !== null && invitation?.password !== undefined && session.invitePasswords.size < 200)
		session.invitePasswords.set(bareText(invitation.room), invitation.password);
	if (origin === 'live') answerReceipt(session, message, from);
	const room = origin === 'live' && from.resource === '' ? session.rooms.get(bareText(from)) : undefined;
	if (room !== undefined && configurationChanged(statusCodes(message))) void session.rooms.reconfigured(room);
	for (const event of events)
		if (event.type === 'typing' && session.chatStatePeers.size < maxStrangers)
			session.chatStatePeers.add(String(event.conversation));
	const mine = events.flatMap((event) => (event.type === 'message' || event.type === 'message-edited' ? [event] : []));
	const oneToOne = mine.some((event) => session.rooms.get(String(event.conversation)) === undefined);
	const ids = mine.flatMap((event) => (event.type === 'message' ? event.message.ids : event.ids));
	const archived = oneToOne && session.server.archive ? ids.find((id) => id.kind === 'server')?.value : undefined;
	await session.emit(events, 'live', archived);
}

/** Only to people who may see our presence anyway: a receipt tells that we are here (XEP-0184 section 8). */
function answerReceipt(session: Session, message: Element, from: Jid): void {
	const id = attr(message, 'id') ?? senderId(message);
	const item = session.roster.items.get(bareText(from));
	if (
		!wantsReceipt(message) ||
		id === null ||
		attr(message, 'type') === 'groupchat' ||
		attr(message, 'type') === 'error'
	)
		return;
	if (item?.subscription !== 'from' && item?.subscription !== 'both') return;
	if (!session.parts.context.shares(remoteConversationId(bareText(from)), 'delivery')) return;
	session.stream.send(
		el(
			'message',
			{ to: fullText(from), type: attr(message, 'type') },
			receiptFor(id),
			el('store', { xmlns: 'urn:xmpp:hints' }),
		),
	);
}

function serverText(session: Session, stanza: Element, from: Jid): Promise<void> | void {
	const text = [stanza.getChildText('subject', ns.client), stanza.getChildText('body', ns.client)]
		.filter((t) => t !== null && t !== '')
		.join('\n');
	if (text === '' || attr(stanza, 'type') === 'error') return;
	return session.emit([
		{
			type: 'server-text',
			level: 'notice',
			text: `${from.domain}: ${text}`.slice(0, 10_000),
			time: session.parts.context.clock.now(),
			conversation: null,
			reply: false,
			code: null,
		},
	]);
}

function pubsub(session: Session, stanza: Element): Promise<void> | void {
	const event = readPubsubEvent(stanza);
	if (event === null || !mayExercise('own-data', senderOf(stanza), session.self)) return;
	if (event.node === nsDisplayedSync)
		return session.emit(event.items.flatMap((item) => displayedEvents(session, item)));
	if (event.node !== nsBookmarks) return;
	for (const item of event.items) {
		const before = session.bookmarks.get(item.id);
		const bookmark = session.keepBookmark(item);
		// Only a change counts: our own publication comes back here, maybe after we were kicked.
		if (bookmark === null || before?.autojoin === bookmark.autojoin) continue;
		const room = session.rooms.get(bareText(bookmark.room));
		if (bookmark.autojoin && room?.phase !== 'joined')
			void session.rooms.enter(bookmark.room, bookmark.nick ?? session.nick, bookmark.password);
		else if (!bookmark.autojoin && room !== undefined && room.phase !== 'left')
			void session.rooms.leave(room, null).catch(() => undefined);
	}
	for (const id of event.retracted) {
		const jid = parseJid(id);
		const room = jid === null ? undefined : session.rooms.get(bareText(jid));
		if (jid !== null) session.bookmarks.delete(bareText(jid));
		if (room !== undefined && room.phase !== 'left') void session.rooms.leave(room, null).catch(() => undefined);
	}
}

function presence(session: Session, stanza: Element): Promise<void> | void {
	const from = parseJid(attr(stanza, 'from') ?? session.bare);
	if (from === null) return;
	const bare = bareText(from);
	if (session.rooms.get(bare) !== undefined) return session.emit(session.rooms.presence(stanza, from));
	const type = attr(stanza, 'type');
	switch (type) {
		case 'subscribe':
			if (session.roster.requests.size < maxStrangers) session.roster.requests.set(bare, nicknameOf(stanza));
			return session.emit([session.contactDelta(bare)]);
		case 'unsubscribe':
			session.roster.requests.delete(bare);
			return session.emit([session.contactDelta(bare)]);
		case 'unsubscribed':
		case 'unavailable':
		case undefined: {
			const caps =
				type === undefined ? session.peers.see(stanza, fullText(from), () => session.peerChanged(bare)) : null;
			const before = session.featuresOf(bare) === null;
			const overall = session.book.update(bare, from.resource, stanza, caps);
			if (type === 'unsubscribed' || bare === session.bare) return;
			if (before !== (session.featuresOf(bare) === null)) session.peerChanged(bare);
			return session.emit([
				{
					type: 'presence',
					user: remoteUserId(bare),
					availability: overall.availability,
					statusText: overall.statusText,
				},
			]);
		}
		case 'subscribed':
			// Servers push to new contacts only after another presence of ours (seen with ejabberd).
			session.stream.send(el('presence', {}, ...session.presenceChildren()));
			return;
		default:
			return;
	}
}

function iq(session: Session, stanza: Element): Promise<void> | void {
	const type = attr(stanza, 'type');
	if (type !== 'get' && type !== 'set') return;
	const sender = senderOf(stanza);
	const { context } = session.parts;
	if (type === 'set' && hasQuery(stanza, nsRoster)) {
		if (!mayExercise('roster-push', sender, session.self)) return refuse(session, stanza);
		session.stream.send(resultReply(stanza));
		const { changed, removed } = session.roster.apply(child(stanza, 'query', nsRoster));
		const upsert: RemoteContact[] = changed.map((address) => session.roster.contact(address));
		return session.emit([{ type: 'contacts-delta', upsert, remove: removed.map(remoteUserId) }]);
	}
	const push = type === 'set' ? readBlockPush(stanza) : null;
	if (push !== null) {
		if (!mayExercise('block-push', sender, session.self)) return refuse(session, stanza);
		session.stream.send(resultReply(stanza));
		return session.applyBlock(push.blocked, push.addresses);
	}
	session.stream.send(answerRequest(stanza, { ...context.client, now: context.clock.now() }));
}

function refuse(session: Session, stanza: Element): void {
	session.parts.context.log.warn('forged push refused', { from: attr(stanza, 'from') ?? '' });
	session.stream.send(errorReply(stanza, 'cancel', 'service-unavailable'));
}
