/** The way of one message through the stages: resolve, dedupe, order, relate (what waited for it), attend. */
import type { RemoteMessage } from '../../protocols/adapter/events.ts';
import { compareSort } from '../../protocols/model/entities.ts';
import type { SortKey } from '../../protocols/model/entities.ts';
import type { RemoteConversationId } from '../../protocols/model/ids.ts';
import { reduceSend } from '../../protocols/model/send-state.ts';
import { eraseMessage } from '../erase.ts';
import { overlapGap, reachGap } from '../gaps.ts';
import type { Run } from '../ingest-run.ts';
import { previewOf } from '../materialise.ts';
import { finishJob } from '../outbox-finish.ts';
import type { MessageRow, StoredConversation, StoredMessage } from '../store/store.ts';
import { advanceRead, attend, deservesNotice } from './attention.ts';
import { identify, txnOf } from './dedupe.ts';
import { placeAfter, saneTime, seqOf } from './order.ts';
import { isRelation, relate } from './relate.ts';
import { resolveConversation } from './resolve.ts';

export async function takeMessage(run: Run, remoteId: RemoteConversationId, message: RemoteMessage): Promise<void> {
	const conversation = resolveConversation(run, remoteId, message.own ? null : message.sender);
	const known = await identify(run, conversation, message);
	if (known !== null) {
		overlapGap(run, conversation.id);
		run.matched.add(known.message.id);
		await recognise(run, conversation, known, message);
		return;
	}
	// A replay tells only what was stored before; a message that is not there was removed by the user.
	if (run.origin === 'replay') return;
	await insertMessage(run, conversation, message, await nextPlace(run, conversation, saneTime(message.time, run.now)));
}

/** The place of a message that arrives now. */
async function nextPlace(run: Run, conversation: StoredConversation, time: number): Promise<SortKey> {
	const seq = seqOf(run.core.state.nextMessageId);
	if (run.origin === 'live' && conversation.capabilities.ordering !== 'timestamp') {
		return placeAfter(await run.tx.tail(conversation.id), time, run.now, seq);
	}
	// What was missed is told in order among itself, but live messages may have overtaken it.
	const gap = run.gaps.get(conversation.id);
	const previous = run.origin === 'live' ? null : (run.previous.get(conversation.id) ?? gap?.after ?? null);
	return placeAfter(previous, time, run.now, seq);
}

export async function insertMessage(
	run: Run,
	conversation: StoredConversation,
	message: RemoteMessage,
	sort: SortKey,
): Promise<StoredMessage> {
	const { tx } = run;
	const stored = tx.messages.insert(run.session.accountId, {
		conversationId: conversation.id,
		ids: message.ids,
		sender: message.sender,
		own: message.own,
		content: message.content,
		time: saneTime(message.time, run.now),
		sort,
		mention: message.mention && !message.own,
		encrypted: message.encrypted,
		hidden: false,
		replyTo: await replyOf(run, conversation, message),
		threadRoot: message.threadRoot === null || message.threadRoot.length === 0 ? null : message.threadRoot,
		expiresAt: expiryOf(message),
		editedAt: null,
		removedAt: null,
		removedBy: null,
		send: message.own && message.content.kind !== 'system' ? { kind: 'sent' } : null,
		txnId: txnOf(message),
	});
	run.inserted.add(stored.id);
	run.previous.set(conversation.id, sort);
	reachGap(run, conversation.id, sort);
	await tx.reach(conversation.id, sort);
	await attend(tx, conversation.id, null, stored);
	await adoptOrphans(run, conversation, stored);
	const row = tx.messages.row(stored.id);
	if (stored.expiresAt !== null) {
		const at = stored.expiresAt;
		if (at <= run.now && row !== undefined) await eraseMessage(tx, row, at, null);
		else tx.after(() => run.core.expiry.note(at));
	}
	const current = row?.message ?? stored;
	// Whoever answers has read what stands above.
	if (current.own && current.content.kind !== 'system' && run.origin !== 'page')
		await advanceRead(tx, conversation.id, sort);
	if (run.origin === 'live') {
		tx.after(() => run.core.ephemeral.spoke(conversation.id, current.sender.remoteId));
		notice(run, conversation, current);
	}
	return current;
}

function expiryOf({ expiresAt }: RemoteMessage): number | null {
	return expiresAt === undefined || expiresAt === null || !Number.isFinite(expiresAt) ? null : expiresAt;
}

async function replyOf(
	run: Run,
	conversation: StoredConversation,
	message: RemoteMessage,
): Promise<StoredMessage['replyTo']> {
	const { replyTo } = message;
	if (replyTo === null) return null;
	const [target] = await run.tx.messages.find(conversation.id, replyTo.ids);
	const row = target === undefined ? undefined : run.tx.messages.row(target);
	return {
		ids: replyTo.ids,
		messageId: row?.message.id ?? null,
		senderName: row?.message.sender.name ?? replyTo.senderName ?? '',
		preview: row === undefined ? (replyTo.text ?? '').slice(0, 140) : previewOf(row.message.content),
	};
}

/** Edits, removals, reactions and receipts that came before their message. */
async function adoptOrphans(run: Run, conversation: StoredConversation, message: StoredMessage): Promise<void> {
	if (message.ids.length === 0) return;
	for (const orphan of await run.tx.messages.takeOrphans(conversation.id, message.ids)) {
		if (isRelation(orphan.event)) await relate(run, conversation, orphan.event, orphan.at);
	}
}

function notice(run: Run, conversation: StoredConversation, message: StoredMessage): void {
	const blocked = run.tx.contactByRemote(run.session.accountId, message.sender.remoteId)?.blocked ?? false;
	const current = run.tx.conversations.get(conversation.id) ?? conversation;
	if (deservesNotice(run.core.state, current, message, blocked)) run.notable.set(conversation.id, message);
}

/** The message is stored already: it may bring more ids, prove our sending, or be readable at last. */
async function recognise(
	run: Run,
	conversation: StoredConversation,
	row: MessageRow,
	message: RemoteMessage,
): Promise<void> {
	const { tx } = run;
	const before = row.message;
	const isProof = message.own && before.own && before.txnId !== null;
	const fresh = await (isProof
		? tx.messages.claimIds(before.id, message.ids)
		: tx.messages.addIds(before.id, message.ids));
	if (message.own && before.own) await confirmOwn(run, conversation, row, message);
	else if (before.content.kind === 'undecryptable' && message.content.kind !== 'undecryptable') {
		tx.messages.update(before.id, { content: message.content, mention: message.mention });
		await attend(tx, conversation.id, before, row.message);
	}
	if (fresh.length > 0) await adoptOrphans(run, conversation, row.message);
	run.previous.set(conversation.id, row.message.sort);
}

/** Echo of our own message: the same row becomes "sent", and may move once to where the server put it. */
async function confirmOwn(
	run: Run,
	conversation: StoredConversation,
	row: MessageRow,
	message: RemoteMessage,
): Promise<void> {
	const { tx, core } = run;
	const before = row.message;
	const job = before.txnId === null ? undefined : tx.outbox.get(before.txnId);
	if (job !== undefined) finishJob(tx, job, null);
	if (before.send === null) return;
	const send = reduceSend(before.send, { type: 'accepted' });
	const first = send !== before.send || core.awaitingEcho.delete(before.id);
	if (!first) return;
	const time = saneTime(message.time, run.now);
	const sort = run.origin === 'page' ? before.sort : await movedPlace(run, conversation, before, time);
	tx.messages.update(before.id, { send, time, sort, hidden: false, sender: message.sender });
	if (before.send.kind === 'cancelled')
		core.log.info('a cancelled message was sent after all', { account: run.session.accountId });
	await tx.reach(conversation.id, sort);
	await attend(tx, conversation.id, before, row.message);
	await advanceRead(tx, conversation.id, sort);
}

async function movedPlace(
	run: Run,
	conversation: StoredConversation,
	before: StoredMessage,
	time: number,
): Promise<SortKey> {
	const tail = await run.tx.tail(conversation.id);
	// Already the newest: moving it would change nothing but the numbers.
	if (run.origin === 'live' && tail !== null && compareSort(before.sort, tail) >= 0) return before.sort;
	if (run.origin === 'replay') return before.sort;
	const seq = seqOf(run.core.state.takeMessageId());
	if (run.origin === 'live' && conversation.capabilities.ordering !== 'timestamp')
		return placeAfter(tail, time, run.now, seq);
	return placeAfter(
		run.previous.get(conversation.id) ?? run.gaps.get(conversation.id)?.after ?? null,
		time,
		run.now,
		seq,
	);
}
