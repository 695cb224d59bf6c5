/**
 * Actions on messages → requests. Every event goes out under the engine's transaction id, so that sending the same
 * action again gives the same event (specification "Transaction identifiers"), and past the encryption guard.
 */
import type { ActionOutcome, AdapterAction, MessageTarget } from '../adapter/actions.ts';
import { done } from '../adapter/actions.ts';
import type { OutgoingContent } from '../model/content.ts';
import { ChatException, fail } from '../model/errors.ts';
import { type RemoteId, remoteId } from '../model/ids.ts';
import { getArray, getString } from './json.ts';
import { isEventId } from './matrix-id.ts';
import { mentionsOf, withoutControls, writeBody } from './html-write.ts';
import { withRetry } from './retry.ts';
import { clientApi, roomPath, segment, type Session } from './session.ts';

type ActionOf<T extends AdapterAction['type']> = Extract<AdapterAction, { type: T }>;
type Json = Readonly<Record<string, unknown>>;

/** What the specification allows for a whole event, less what the server adds to ours. */
const maxEventBytes = 63_000;

const msgtypes = { text: 'm.text', emote: 'm.emote', notice: 'm.notice' } as const;

export async function sendMessage(session: Session, action: ActionOf<'send'>): Promise<ActionOutcome> {
	const relation = relationOf(action.replyTo, action.threadRoot);
	const content = {
		...textContent(action.content, action.replyTo),
		...(relation === null ? {} : { 'm.relates_to': relation }),
	};
	return sendEvent(session, action.conversation, 'm.room.message', content, action.txnId);
}

export async function editMessage(session: Session, action: ActionOf<'edit'>): Promise<ActionOutcome> {
	const fresh = textContent(action.content, null);
	const html = getString(fresh, 'formatted_body');
	const content = {
		...fresh,
		// Clients without edits show this as a new message.
		body: `* ${getString(fresh, 'body') ?? ''}`,
		...(html === null ? {} : { formatted_body: `* ${html}` }),
		'm.new_content': fresh,
		'm.relates_to': { rel_type: 'm.replace', event_id: eventIdOf(action.target) },
	};
	return sendEvent(session, action.conversation, 'm.room.message', content, action.txnId);
}

export async function removeMessage(session: Session, action: ActionOf<'remove'>): Promise<ActionOutcome> {
	return redact(session, action.conversation, eventIdOf(action.target), action.txnId, action.reason);
}

export async function react(session: Session, action: ActionOf<'react'>): Promise<ActionOutcome> {
	const target = eventIdOf(action.target);
	const ids: RemoteId[] = [];
	if (action.removed !== null) {
		const known = action.removed.ids.find((id) => id.kind === 'server')?.value;
		const event = known ?? (await findReaction(session, action.conversation, target, action.removed.key));
		// Nothing to take back: the server does not know the reaction any more, which is what was wanted.
		if (event !== null) await redact(session, action.conversation, event, `${action.txnId}.remove`, null);
	}
	if (action.added !== null) {
		const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: action.added } };
		const outcome = await sendEvent(session, action.conversation, 'm.reaction', content, action.txnId);
		if (outcome.kind !== 'accepted') return outcome;
		ids.push(...outcome.ids);
	}
	return { kind: 'accepted', ids, time: null };
}

/** Own reaction with a key, from the server (specification "Relationships API"). */
async function findReaction(session: Session, roomId: string, target: string, key: string): Promise<string | null> {
	const path = `/_matrix/client/v1/rooms/${segment(roomId)}/relations/${segment(target)}/m.annotation/m.reaction`;
	const body = await request(session, () =>
		session.http.request('GET', path, { query: { limit: 100 }, signal: session.signal }),
	);
	for (const raw of getArray(body, 'chunk')) {
		const id = getString(raw, 'event_id');
		const content: unknown = (raw as Json)['content'];
		const relation: unknown = (content as Json | undefined)?.['m.relates_to'];
		if (getString(raw, 'sender') === session.me && getString(relation, 'key') === key && isEventId(id)) return id;
	}
	return null;
}

/** Fully-read marker and receipt in one call; a private receipt clears our counts without telling anyone (1.4). */
export async function markRead(session: Session, action: ActionOf<'mark-read'>): Promise<ActionOutcome> {
	const event = eventIdOf(action.upTo);
	const body = { 'm.fully_read': event, [action.visible ? 'm.read' : 'm.read.private']: event };
	await request(session, () =>
		session.http.request('POST', roomPath(action.conversation, 'read_markers'), { body, signal: session.signal }),
	);
	return done;
}

/** How long the server shows us as typing without a new word; the engine repeats more often than that. */
const typingTimeoutMs = 30_000;

export async function setTyping(session: Session, action: ActionOf<'typing'>): Promise<ActionOutcome> {
	const typing = action.state === 'active';
	const path = roomPath(action.conversation, `typing/${segment(session.me)}`);
	// Not worth a wait: the next keystroke tells again.
	await session.http.request('PUT', path, {
		body: typing ? { typing, timeout: typingTimeoutMs } : { typing },
		signal: session.signal,
	});
	return done;
}

async function sendEvent(
	session: Session,
	roomId: string,
	type: string,
	content: Json,
	txn: string,
): Promise<ActionOutcome> {
	if (!session.rooms.stateKnown(roomId) && !session.guard.wasEverEncrypted(roomId)) await session.roomState(roomId);
	// Where encryption lands, `type` and `content` are replaced here; whatever is left readable must pass the guard.
	session.guard.check(roomId, type, session.rooms.stateKnown(roomId));
	if (Buffer.byteLength(JSON.stringify(content)) > maxEventBytes) fail('message-too-long');
	const path = roomPath(roomId, `send/${segment(type)}/${segment(txn)}`);
	return accepted(session, txn, () => {
		// Again after a wait for a rate limit: encryption may have been switched on meanwhile.
		session.guard.check(roomId, type, session.rooms.stateKnown(roomId));
		return session.http.request('PUT', path, { body: content, signal: session.signal, context: 'send' });
	});
}

async function redact(
	session: Session,
	roomId: string,
	event: string,
	txn: string,
	reason: string | null,
): Promise<ActionOutcome> {
	// A reason is readable text; it stays out of encrypted rooms.
	const said = reason === null || session.guard.wasEverEncrypted(roomId) ? {} : { reason };
	session.guard.check(roomId, 'm.room.redaction', session.rooms.stateKnown(roomId));
	const path = roomPath(roomId, `redact/${segment(event)}/${segment(txn)}`);
	return accepted(session, txn, () =>
		session.http.request('PUT', path, { body: said, signal: session.signal, context: 'send' }),
	);
}

async function accepted(session: Session, txn: string, run: () => Promise<unknown>): Promise<ActionOutcome> {
	const body = await request(session, run);
	const id = getString(body, 'event_id', 255);
	if (id === null) fail('protocol-violation', 'the server accepted the event without an id');
	return { kind: 'accepted', ids: [remoteId('server', id), remoteId('txn', txn)], time: null };
}

const request = (session: Session, run: () => Promise<unknown>): Promise<unknown> =>
	withRetry(session.context.clock, session.signal, run);

function textContent(content: OutgoingContent, replyTo: MessageTarget | null): Json {
	const rich = withoutControls(content.body);
	const { body, html } = writeBody(rich);
	const mentions = mentionsOf(rich);
	// A reply notifies the author of the message replied to (specification "Rich replies").
	const users = new Set([...(mentions.user_ids ?? []), ...(replyTo === null ? [] : [replyTo.sender])]);
	return {
		msgtype: msgtypes[content.kind],
		body,
		...(html === null ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
		// Present even when empty: its absence would make others search the text for their names.
		'm.mentions': { ...mentions, ...(users.size > 0 ? { user_ids: [...users] } : {}) },
	};
}

function relationOf(replyTo: MessageTarget | null, threadRoot: MessageTarget | null): Json | null {
	const reply = replyTo === null ? null : { 'm.in_reply_to': { event_id: eventIdOf(replyTo) } };
	if (threadRoot === null) return reply;
	const root = eventIdOf(threadRoot);
	return {
		rel_type: 'm.thread',
		event_id: root,
		...(reply ?? { 'm.in_reply_to': { event_id: root } }),
		is_falling_back: reply === null,
	};
}

/** @throws {ChatException} `not-allowed` for a message the server has not confirmed yet */
function eventIdOf(target: MessageTarget): string {
	const id = target.ids.find((candidate) => candidate.kind === 'server')?.value;
	if (id === undefined) fail('bad-input', 'the message has no id on the server yet', { retry: 'later' });
	return id;
}

/** Errors after which the request may have been carried out although we saw no answer. */
const maybeDone = new Set([
	'connection-lost',
	'connection-closed',
	'timeout',
	'not-a-server',
	'server-error',
	'cancelled',
	'oversized',
]);

/** What a failed action means; message actions may be repeated safely with the same transaction id. */
export function outcomeOfFailure(thrown: unknown, action: AdapterAction): ActionOutcome | null {
	if (!(thrown instanceof ChatException)) return null;
	const { error } = thrown;
	const sends = action.type === 'send' || action.type === 'edit' || action.type === 'remove' || action.type === 'react';
	if (sends && maybeDone.has(error.code)) return { kind: 'uncertain', error };
	return { kind: 'rejected', error };
}

export const accountDataPath = (session: Session, type: string): string =>
	`${clientApi}/user/${segment(session.me)}/account_data/${segment(type)}`;
