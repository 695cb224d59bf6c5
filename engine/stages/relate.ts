/**
 * Stage 3: events about other messages. A target that is not known yet makes the event an orphan, which is applied when
 * the target arrives. Every rule here gives the same end state in whatever order the events come.
 */
import type { Actor, AdapterEvent } from '../../protocols/adapter/events.ts';
import { assertNever } from '../../protocols/model/assert-never.ts';
import type { SortKey } from '../../protocols/model/entities.ts';
import { compareSort } from '../../protocols/model/entities.ts';
import type { RemoteId } from '../../protocols/model/ids.ts';
import { reduceSend } from '../../protocols/model/send-state.ts';
import { eraseMessage } from '../erase.ts';
import type { Run } from '../ingest-run.ts';
import { confirmJobs } from '../outbox-finish.ts';
import { applyReaction, withdrawReaction } from '../reactions.ts';
import type { MessageRow, StoredConversation, StoredMessage, StoredReaction } from '../store/store.ts';
import { advanceRead, attend } from './attention.ts';
import { saneTime } from './order.ts';

export type Relation = Extract<
	AdapterEvent,
	{ type: 'message-edited' | 'message-removed' | 'reaction' | 'receipt' | 'read-marker' }
>;

export const isRelation = (event: AdapterEvent): event is Relation =>
	event.type === 'message-edited' ||
	event.type === 'message-removed' ||
	event.type === 'reaction' ||
	event.type === 'receipt' ||
	event.type === 'read-marker';

export const targetOf = (event: Relation): readonly RemoteId[] =>
	event.type === 'receipt' || event.type === 'read-marker' ? event.upTo : event.target;

/** An event waits this long for its target. */
export const orphanLifeMs = 30 * 24 * 3600 * 1000;

/**
 * @param arrivedAt when the event reached us; earlier than now for an orphan
 */
export async function relate(
	run: Run,
	conversation: StoredConversation,
	event: Relation,
	arrivedAt: number,
): Promise<void> {
	const { tx } = run;
	if (event.type === 'read-marker' && event.upTo.length === 0) {
		if (event.time !== null) await readByTime(run, conversation, event.time);
		return;
	}
	if (event.type === 'message-removed') {
		const reaction = await tx.messages.findReaction(conversation.id, event.target);
		if (reaction !== null) {
			if (event.moderated || isSameReactor(run, reaction, event, arrivedAt)) withdrawReaction(tx, reaction);
			return;
		}
	}
	const rows = await targets(run, conversation, targetOf(event));
	if (rows.length === 0) {
		keepOrphan(run, conversation, event, arrivedAt);
		return;
	}
	await apply(run, conversation, rows, event, arrivedAt);
}

async function targets(run: Run, conversation: StoredConversation, ids: readonly RemoteId[]): Promise<MessageRow[]> {
	const found = await run.tx.messages.find(conversation.id, ids);
	return run.tx.messages.load(found);
}

function keepOrphan(run: Run, conversation: StoredConversation, event: Relation, arrivedAt: number): void {
	const target = targetOf(event);
	if (target.length === 0) return;
	run.tx.messages.addOrphan({ id: 0, conversationId: conversation.id, target, event, at: arrivedAt });
}

async function apply(
	run: Run,
	conversation: StoredConversation,
	rows: readonly MessageRow[],
	event: Relation,
	arrivedAt: number,
): Promise<void> {
	switch (event.type) {
		case 'message-edited': {
			const row = rows.find(({ message }) => mayChange(run, message, event, arrivedAt));
			if (row !== undefined) await edit(run, row, event);
			else waitForOthers(run, conversation, rows, event, arrivedAt);
			return;
		}
		case 'message-removed': {
			const row = rows.find(({ message }) => event.moderated || mayChange(run, message, event, arrivedAt));
			if (row !== undefined) await remove(run, row, event);
			else waitForOthers(run, conversation, rows, event, arrivedAt);
			return;
		}
		case 'reaction': {
			const [row] = rows;
			if (row !== undefined && row.message.removedAt === null) react(run, row, event, arrivedAt);
			return;
		}
		case 'receipt':
			await receipt(run, conversation, newestOf(rows), event);
			return;
		case 'read-marker':
			await advanceRead(run.tx, conversation.id, newestOf(rows));
			return;
		default:
			assertNever(event);
	}
}

/** None of the messages named may be changed by this sender, but another one may yet come under the other ids. */
function waitForOthers(
	run: Run,
	conversation: StoredConversation,
	rows: readonly MessageRow[],
	event: Relation,
	arrivedAt: number,
): void {
	const key = (id: RemoteId): string => `${id.kind} ${id.value}`;
	const owned = new Set(rows.flatMap((row) => row.message.ids.map(key)));
	const target = targetOf(event).filter((id) => !owned.has(key(id)));
	if (target.length > 0)
		run.tx.messages.addOrphan({ id: 0, conversationId: conversation.id, target, event, at: arrivedAt });
}

function react(run: Run, row: MessageRow, event: Extract<Relation, { type: 'reaction' }>, arrivedAt: number): void {
	const change = {
		sender: event.sender.remoteId,
		senderName: event.sender.name,
		strength: event.sender.strength,
		own: event.own,
		op: event.op,
		keys: event.keys,
		ids: event.ids,
		time: saneTime(event.time, run.now),
	};
	applyReaction(run.tx, row, change, (reaction) => isSameReactor(run, reaction, event, arrivedAt));
	if (event.own) confirmJobs(run.tx, row.message.id, 'react');
}

/** Whoever holds a name without a stable identity now may be somebody else than who reacted under it earlier. */
function isSameReactor(
	run: Run,
	reaction: StoredReaction,
	event: { readonly sender: Actor; readonly own: boolean },
	arrivedAt: number,
): boolean {
	if (event.own || reaction.own) return event.own && reaction.own;
	if (reaction.sender !== event.sender.remoteId) return false;
	if (reaction.strength === 'stable') return event.sender.strength === 'stable';
	if (run.origin !== 'live' && run.inserted.has(reaction.messageId)) return true;
	return reaction.time >= run.session.startedAt - sessionSkewMs && arrivedAt >= run.session.startedAt;
}

const newestOf = (rows: readonly MessageRow[]): SortKey =>
	rows.map((row) => row.message.sort).reduce((a, b) => (compareSort(a, b) >= 0 ? a : b));

/**
 * Only the author may change a message. A name without a stable identity behind it proves nothing about yesterday, so
 * it counts within the session in which both things happened, or inside one stretch of history that the server told.
 */
function mayChange(
	run: Run,
	message: StoredMessage,
	event: { readonly sender: Actor; readonly own: boolean },
	arrivedAt: number,
): boolean {
	if (event.own) return message.own;
	if (message.own || message.sender.remoteId !== event.sender.remoteId) return false;
	if (message.sender.strength === 'stable') return event.sender.strength === 'stable';
	if (run.origin !== 'live' && run.inserted.has(message.id)) return true;
	return (
		message.id >= run.session.firstMessageId &&
		message.time >= run.session.startedAt - sessionSkewMs &&
		arrivedAt >= run.session.startedAt
	);
}
/** Server clocks differ from ours by a little. */
const sessionSkewMs = 60_000;

async function edit(run: Run, row: MessageRow, event: Extract<Relation, { type: 'message-edited' }>): Promise<void> {
	const { messages } = run.tx;
	const before = row.message;
	if (event.own) confirmJobs(run.tx, before.id, 'edit');
	if (before.removedAt !== null || before.content.kind === 'system') return;
	if (before.encrypted && event.encrypted !== true) return;
	const time = saneTime(event.time, run.now);
	if (before.editedAt !== null) {
		if (time < before.editedAt) {
			messages.keepEdit(before.id, event.content, time);
			return;
		}
		// The same edit told twice, or two at one instant: the greater text wins, whichever came first.
		if (time === before.editedAt && JSON.stringify(event.content) <= JSON.stringify(before.content)) {
			messages.keepEdit(before.id, event.content, time);
			return;
		}
	}
	messages.keepEdit(before.id, before.content, before.editedAt ?? before.time);
	messages.update(before.id, { content: event.content, editedAt: time });
	await attend(run.tx, before.conversationId, before, row.message);
}

async function remove(run: Run, row: MessageRow, event: Extract<Relation, { type: 'message-removed' }>): Promise<void> {
	const before = row.message;
	if (event.own) confirmJobs(run.tx, before.id, 'remove');
	const time = saneTime(event.time, run.now);
	const by = event.sender.remoteId === before.sender.remoteId ? null : event.sender.name;
	// The first removal counts; of two at one instant the author's own, then the lesser name.
	if (before.removedAt !== null && before.removedAt < time) return;
	if (before.removedAt === time && (before.removedBy ?? '') <= (by ?? '')) return;
	await eraseMessage(run.tx, row, time, by);
}

const ownPerReceipt = 500;

async function receipt(
	run: Run,
	conversation: StoredConversation,
	sort: SortKey,
	event: Extract<Relation, { type: 'receipt' }>,
): Promise<void> {
	const { tx } = run;
	if (event.reader === tx.state.runtimeOf(run.session.accountId).self?.remoteId) return;
	const time = event.time === null ? null : saneTime(event.time, run.now);
	tx.messages.putReceipt(conversation.id, { reader: event.reader, kind: event.kind, sort, time });
	// In a room one reader says nothing about the others.
	if (conversation.kind !== 'direct') return;
	const stored = tx.state.conversations.has(conversation.id)
		? await tx.store.ownUpTo(conversation.id, sort, event.kind, ownPerReceipt)
		: [];
	await tx.messages.load(stored.map((message) => message.id));
	for (const { message } of tx.messages.rowsOf(conversation.id)) {
		if (!message.own || message.send === null || compareSort(message.sort, sort) > 0) continue;
		// What never left this machine was not read by anybody, whatever its place in the timeline.
		if (message.send.kind === 'queued' || message.send.kind === 'failed' || message.send.kind === 'cancelled') continue;
		const send = reduceSend(message.send, { type: event.kind });
		if (send !== message.send) tx.messages.update(message.id, { send });
	}
}

async function readByTime(run: Run, conversation: StoredConversation, time: number): Promise<void> {
	const { tx } = run;
	const stored = tx.state.conversations.has(conversation.id)
		? await tx.store.lastAtOrBefore(conversation.id, time)
		: null;
	let upTo = stored?.message.sort ?? null;
	for (const { message } of tx.messages.rowsOf(conversation.id)) {
		if (message.time <= time && (upTo === null || compareSort(message.sort, upTo) > 0)) upTo = message.sort;
	}
	if (upTo !== null) await advanceRead(tx, conversation.id, upTo);
}
