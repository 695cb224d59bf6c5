/** What a verdict on an outbox job does to the job and its message. Used by the outbox and by echoes that come in. */
import { isSend } from '../protocols/adapter/actions.ts';
import type { ActionOutcome } from '../protocols/adapter/actions.ts';
import { assertNever } from '../protocols/model/assert-never.ts';
import { withNewWords } from '../protocols/model/content.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import { chatError } from '../protocols/model/errors.ts';
import type { MessageId, RemoteId } from '../protocols/model/ids.ts';
import type { SendInput } from '../protocols/model/send-state.ts';
import { reduceSend } from '../protocols/model/send-state.ts';
import { eraseMessage } from './erase.ts';
import { withdrawnPrefix } from './materialise.ts';
import { finishJob as finish } from './outbox-finish.ts';
import { applyReaction } from './reactions.ts';
import { saneTime } from './stages/order.ts';
import { attend } from './stages/attention.ts';
import type { MessageRow, OutboxJob } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** Moves a message's send state; no-op when the reducer refuses. */
export function advanceSend(tx: Transaction, id: MessageId, input: SendInput): void {
	const row = tx.messages.row(id);
	if (row === undefined || row.message.send === null) return;
	const send = reduceSend(row.message.send, input);
	if (send !== row.message.send) tx.messages.update(id, { send });
}

export async function settleAccepted(
	tx: Transaction,
	job: OutboxJob,
	ids: readonly RemoteId[],
	time: number | null,
	now: number,
): Promise<void> {
	finish(tx, job, null);
	const row = await rowOf(tx, job);
	if (row === undefined) return;
	switch (job.action.type) {
		case 'send':
		case 'send-file': {
			await tx.messages.claimIds(row.message.id, ids);
			const before = row.message;
			advanceSend(tx, before.id, { type: 'accepted' });
			if (time !== null && Number.isFinite(time)) tx.messages.update(before.id, { time: saneTime(time, now) });
			await attend(tx, before.conversationId, before, row.message);
			return;
		}
		case 'edit': {
			const before = row.message;
			// The event that shows the edit may have come before the answer.
			const content = withNewWords(before.content, job.action.content);
			if (before.removedAt !== null || JSON.stringify(before.content) === JSON.stringify(content)) return;
			tx.messages.keepEdit(before.id, before.content, before.editedAt ?? before.time);
			tx.messages.update(before.id, { content, editedAt: saneTime(time ?? now, now) });
			await attend(tx, before.conversationId, before, row.message);
			return;
		}
		case 'remove':
			if (row.message.removedAt === null) await eraseMessage(tx, row, saneTime(time ?? now, now), null);
			return;
		case 'react':
			reacted(tx, job, row, ids, saneTime(time ?? now, now));
			return;
		default:
			return;
	}
}

function reacted(tx: Transaction, job: OutboxJob, row: MessageRow, ids: readonly RemoteId[], time: number): void {
	if (job.action.type !== 'react' || row.message.removedAt !== null) return;
	const self = tx.state.runtimeOf(job.accountId).self;
	const shown = row.reactions.filter((reaction) => reaction.own && !reaction.key.startsWith(withdrawnPrefix));
	const { added, removed } = job.action;
	const done =
		(added === null || shown.some(({ key }) => key === added)) && !shown.some(({ key }) => key === removed?.key);
	if (self === null || done) return;
	const base = { sender: self.remoteId, senderName: self.name, strength: 'stable' as const, own: true, ids, time };
	if (job.action.removed !== null)
		applyReaction(tx, row, { ...base, op: 'remove', keys: [job.action.removed.key], ids: [] });
	if (job.action.added !== null) applyReaction(tx, row, { ...base, op: 'add', keys: [job.action.added] });
}

/** Refused for good: the message says so; other changes simply disappear from view. */
export async function settleRejected(tx: Transaction, job: OutboxJob, error: ChatError): Promise<void> {
	finish(tx, job, error);
	const row = await rowOf(tx, job);
	if (row === undefined) return;
	if (isSend(job.action))
		advanceSend(tx, row.message.id, { type: 'rejected', error, retryable: error.retry !== 'never' });
	tx.messages.touched.add(row.message.id);
}

/** Nobody can know: a message waits for the user's decision, anything else is dropped with an error. */
export async function settleUnknown(tx: Transaction, job: OutboxJob, error: ChatError | null): Promise<void> {
	const verdict = error ?? chatError('delivery-unknown');
	finish(tx, job, verdict);
	const row = await rowOf(tx, job);
	if (row === undefined) return;
	if (isSend(job.action)) advanceSend(tx, row.message.id, { type: 'unknown', error: verdict });
	tx.messages.touched.add(row.message.id);
}

async function settleWritten(tx: Transaction, job: OutboxJob, ids: readonly RemoteId[], now: number): Promise<void> {
	// A link that never confirms will never undo an edit or reaction either: taken as done.
	if (!isSend(job.action)) return settleAccepted(tx, job, ids, null, now);
	finish(tx, job, null);
	const row = await rowOf(tx, job);
	if (row === undefined) return;
	await tx.messages.claimIds(row.message.id, ids);
	advanceSend(tx, row.message.id, { type: 'written' });
}

/** Puts a job back in its lane; the message shows as queued again. */
export async function requeue(
	tx: Transaction,
	job: OutboxJob,
	nextAttemptAt: number | null,
	lastError: ChatError | null,
): Promise<void> {
	tx.outbox.put(job.txnId, { ...job, state: 'queued', nextAttemptAt, lastError });
	const row = await rowOf(tx, job);
	if (row !== undefined && isSend(job.action)) advanceSend(tx, row.message.id, { type: 'requeue' });
}

async function rowOf(tx: Transaction, job: OutboxJob): Promise<MessageRow | undefined> {
	if (job.messageId === null) return undefined;
	const [row] = await tx.messages.load([job.messageId]);
	return row;
}

/** After this many refusals that promised to be temporary the message fails visibly. */
export const maxAttempts = 8;

/** How a failed attempt goes on. */
export type NextAttempt = { readonly kind: 'give-up' } | { readonly kind: 'again'; readonly when: number };

/** Pure decision after a refusal. */
export function nextAttempt(error: ChatError, attempts: number, now: number): NextAttempt {
	if (error.retry === 'never') return { kind: 'give-up' };
	// A lost link says nothing about the message, so it never uses up the attempts.
	if (attempts >= maxAttempts && error.source !== 'network') return { kind: 'give-up' };
	const backoff = Math.min(60_000, 1000 * 2 ** Math.max(0, attempts - 1));
	if (error.retry === 'after') return { kind: 'again', when: now + Math.max(error.retryAfterMs ?? 0, backoff) };
	return { kind: 'again', when: now + (error.retry === 'now' && attempts <= 1 ? 0 : backoff) };
}

/** Applies the outcome of `perform` or `outcomeOf` to a job that was sending. */
export async function settleOutcome(
	tx: Transaction,
	job: OutboxJob,
	outcome: ActionOutcome,
	now: number,
): Promise<void> {
	switch (outcome.kind) {
		case 'accepted':
			return settleAccepted(tx, job, outcome.ids, outcome.time, now);
		case 'pending':
			tx.outbox.put(job.txnId, { ...job, state: 'awaiting-echo', lastError: null });
			return;
		case 'unconfirmed':
			return settleWritten(tx, job, outcome.ids, now);
		case 'rejected': {
			const next = nextAttempt(outcome.error, job.attempts, now);
			if (next.kind === 'give-up') return settleRejected(tx, job, outcome.error);
			return requeue(tx, job, next.when, outcome.error);
		}
		case 'uncertain':
			return settleUnknown(tx, job, outcome.error);
		default:
			return assertNever(outcome);
	}
}
