/**
 * Actions on messages → requests. Every event goes out under the engine's transaction id, so that sending the same
 * action again gives the same event (specification "Transaction identifiers"), and past the encryption guard.
 */
import type { ActionOutcome, AdapterAction } from '../adapter/actions.ts';
import { done, isSend } from '../adapter/actions.ts';
import type { MediaContent } from '../model/content.ts';
import { ChatException, fail } from '../model/errors.ts';
import { type RemoteId, remoteId } from '../model/ids.ts';
import { reactionKey } from '../model/reaction-key.ts';
import { MatrixHttpError } from './errors.ts';
import { getArray, getRecord, getString } from './json.ts';
import { isEventId, readMxc } from './matrix-id.ts';
import { messageContent } from './message-content.ts';
import { editContent, eventIdOf, fileContent, sendContent, type WireContent } from './outgoing-content.ts';
import { reactionOf } from './reaction-content.ts';
import { withRetry } from './retry.ts';
import { clientApi, roomPath, segment, type Session } from './session.ts';
import { readEvent } from './sync-response.ts';

type ActionOf<T extends AdapterAction['type']> = Extract<AdapterAction, { type: T }>;

/** What the specification allows for a whole event, less what the server adds to ours. */
const maxEventBytes = 63_000;

export async function sendMessage(session: Session, action: ActionOf<'send'>): Promise<ActionOutcome> {
	const content = sendContent({
		...action,
		me: session.me,
		newestInThread: (root) => session.mapper.facts.newestInThread(root),
	});
	return accept(await sendEvent(session, action.conversation, 'm.room.message', content, action.txnId));
}

export async function sendFile(session: Session, action: ActionOf<'send-file'>): Promise<ActionOutcome> {
	if (readMxc(action.content.source) === null) fail('bad-input', 'the file is not on the server yet');
	const content = fileContent({
		...action,
		me: session.me,
		newestInThread: (root) => session.mapper.facts.newestInThread(root),
	});
	return accept(await sendEvent(session, action.conversation, 'm.room.message', content, action.txnId));
}

export async function editMessage(session: Session, action: ActionOf<'edit'>): Promise<ActionOutcome> {
	const content = editContent(action.content, action.target, await fileBehind(session, action));
	return accept(await sendEvent(session, action.conversation, 'm.room.message', content, action.txnId));
}

/** The file that a message to be edited offers, as it is on the wire; null for words. Its edit is one of the caption. */
async function fileBehind(session: Session, action: ActionOf<'edit'>): Promise<MediaContent | null> {
	const target = eventIdOf(action.target);
	// Nothing is read from rooms that we may not write to anyway.
	if (session.guard.wasEverEncrypted(action.conversation) || session.mapper.facts.hasFile(target) === false)
		return null;
	const path = roomPath(action.conversation, `event/${segment(target)}`);
	const body = await request(session, () =>
		session.http.request('GET', path, { signal: session.signal, context: 'send' }),
	);
	const event = readEvent(body);
	if (event?.id !== target || event.sender !== session.me) return null;
	const content = messageContent(event.type, event.content);
	return content?.kind === 'media' ? content : null;
}

export async function removeMessage(session: Session, action: ActionOf<'remove'>): Promise<ActionOutcome> {
	return accept(await redact(session, action.conversation, eventIdOf(action.target), action.txnId, action.reason));
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
	if (action.added !== null) ids.push(...(await addReaction(session, action, target, reactionKey(action.added))));
	return accept(ids);
}

async function addReaction(
	session: Session,
	action: ActionOf<'react'>,
	target: string,
	key: string,
): Promise<readonly RemoteId[]> {
	const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } };
	try {
		return await sendEvent(session, action.conversation, 'm.reaction', content, action.txnId);
	} catch (thrown) {
		if (!(thrown instanceof MatrixHttpError) || thrown.errcode !== 'M_DUPLICATE_ANNOTATION') throw thrown;
		// There already, from another device or an earlier attempt: that is what was wanted.
		const known = await findReaction(session, action.conversation, target, key);
		return known === null ? [] : [remoteId('server', known)];
	}
}

/** Own reaction with a key, from the server (specification "Relationships API"). */
async function findReaction(session: Session, roomId: string, target: string, key: string): Promise<string | null> {
	const path = `/_matrix/client/v1/rooms/${segment(roomId)}/relations/${segment(target)}/m.annotation/m.reaction`;
	const body = await request(session, () =>
		session.http.request('GET', path, { query: { limit: 100 }, signal: session.signal }),
	);
	for (const raw of getArray(body, 'chunk')) {
		const id = getString(raw, 'event_id');
		const reaction = reactionOf(getRecord(raw, 'content'));
		if (getString(raw, 'sender') === session.me && reaction?.key === reactionKey(key) && isEventId(id)) return id;
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
	content: WireContent,
	txn: string,
): Promise<readonly RemoteId[]> {
	if (!session.rooms.stateKnown(roomId) && !session.guard.wasEverEncrypted(roomId)) await session.roomState(roomId);
	// Where encryption lands, `type` and `content` are replaced here; whatever is left readable must pass the guard.
	session.guard.check(roomId, type, session.rooms.stateKnown(roomId));
	if (Buffer.byteLength(JSON.stringify(content)) > maxEventBytes) fail('message-too-long');
	const path = roomPath(roomId, `send/${segment(type)}/${segment(txn)}`);
	return idsAfter(session, txn, () => {
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
): Promise<readonly RemoteId[]> {
	// A reason is readable text; it stays out of encrypted rooms.
	const said = reason === null || session.guard.wasEverEncrypted(roomId) ? {} : { reason };
	session.guard.check(roomId, 'm.room.redaction', session.rooms.stateKnown(roomId));
	const path = roomPath(roomId, `redact/${segment(event)}/${segment(txn)}`);
	return idsAfter(session, txn, () =>
		session.http.request('PUT', path, { body: said, signal: session.signal, context: 'send' }),
	);
}

const accept = (ids: readonly RemoteId[]): ActionOutcome => ({ kind: 'accepted', ids, time: null });

/** Ids of the event that a request made. */
async function idsAfter(session: Session, txn: string, run: () => Promise<unknown>): Promise<readonly RemoteId[]> {
	const body = await request(session, run);
	const id = getString(body, 'event_id', 255);
	if (id === null) fail('protocol-violation', 'the server accepted the event without an id');
	return [remoteId('server', id), remoteId('txn', txn)];
}

const request = (session: Session, run: () => Promise<unknown>): Promise<unknown> =>
	withRetry(session.context.clock, session.signal, run);

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

/** Actions that make an event under a transaction id of ours. */
export const isIdempotent = (action: AdapterAction): boolean =>
	isSend(action) || action.type === 'edit' || action.type === 'remove' || action.type === 'react';

/** What a failed action means; message actions may be repeated safely with the same transaction id. */
export function outcomeOfFailure(thrown: unknown, action: AdapterAction): ActionOutcome | null {
	if (!(thrown instanceof ChatException)) return null;
	const { error } = thrown;
	if (isIdempotent(action) && maybeDone.has(error.code)) return { kind: 'uncertain', error };
	return { kind: 'rejected', error };
}

export const accountDataPath = (session: Session, type: string): string =>
	`${clientApi}/user/${segment(session.me)}/account_data/${segment(type)}`;
