/** The user's messages and changes to messages on their way into the outbox. */
import { isSend } from '../protocols/adapter/actions.ts';
import type { AdapterAction, MessageTarget, SendAction } from '../protocols/adapter/actions.ts';
import { can } from '../protocols/model/capabilities.ts';
import type { MediaContent, MessageContent, OutgoingContent } from '../protocols/model/content.ts';
import { plainBody } from '../protocols/model/content.ts';
import { fail } from '../protocols/model/errors.ts';
import type { AccountId, ConversationId, MessageId, TxnId } from '../protocols/model/ids.ts';
import { remoteId, remoteUserId, txnId } from '../protocols/model/ids.ts';
import { reduceSend } from '../protocols/model/send-state.ts';
import { requireFeature } from './capability-check.ts';
import type { Core } from './core.ts';
import { previewOf } from './materialise.ts';
import { pendingUpload } from './media/uploads.ts';
import { finishJob } from './outbox-finish.ts';
import { advanceRead, attend } from './stages/attention.ts';
import { placeAfter, seqOf } from './stages/order.ts';
import type { MessageRow, OutboxJob, StoredConversation, StoredMessage } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** Jobs of one account that may wait. */
const maxJobs = 1000;

/** Command ids serve as transaction ids where any wire can carry them (IRCv3 labels: 64 bytes). */
export function txnFor(core: Core, commandId: string): TxnId {
	return txnId(/^[A-Za-z0-9._-]{1,64}$/.test(commandId) ? commandId : core.random.uuid());
}

export function conversationOf(tx: Transaction, id: ConversationId): StoredConversation {
	return tx.conversations.get(id) ?? fail('bad-input', 'no such conversation');
}

export async function rowOf(tx: Transaction, id: MessageId): Promise<MessageRow> {
	const [row] = await tx.messages.load([id]);
	return row ?? fail('bad-input', 'no such message');
}

export function targetOf(message: StoredMessage): MessageTarget {
	return {
		ids: message.ids,
		sender: message.sender.remoteId,
		senderName: message.sender.name,
		text: plainBody(message.content),
		time: message.time,
	};
}

interface NewJob {
	readonly accountId: AccountId;
	readonly txnId: TxnId;
	readonly lane: string;
	readonly messageId: MessageId | null;
	readonly action: AdapterAction;
	readonly coalesce: string | null;
}

/** Puts a job into the outbox; a queued one with the same coalesce key makes way. */
export function enqueue(core: Core, tx: Transaction, job: NewJob): void {
	let position = core.clock.now();
	let count = 0;
	let replaced: OutboxJob | null = null;
	for (const known of core.state.outbox.values()) {
		position = Math.max(position, known.position + 1);
		if (known.accountId !== job.accountId || tx.outbox.get(known.txnId) === undefined) continue;
		count += 1;
		if (job.coalesce === null || known.coalesce !== job.coalesce || known.state !== 'queued') continue;
		replaced = known;
		tx.outbox.remove(known.txnId);
	}
	if (count >= maxJobs) fail('rate-limited', 'too much waits to be sent');
	for (const staged of tx.outbox.changes.values())
		if (staged !== null) position = Math.max(position, staged.position + 1);
	// The position doubles as the time of the user's decision: made ascending, it stays within milliseconds of it.
	tx.outbox.put(job.txnId, {
		...job,
		state: 'queued',
		attempts: 0,
		attemptedAt: null,
		// A newer wish does not cut the wait that the server asked for.
		nextAttemptAt: replaced?.nextAttemptAt ?? null,
		lastError: replaced?.lastError ?? null,
		position,
	});
	if (job.messageId !== null) tx.messages.touched.add(job.messageId);
}

const noLinks = { replyTo: null, threadRoot: null };

/** Stores a new message as queued together with its job: from here on it cannot be lost. */
export async function queueMessage(
	core: Core,
	tx: Transaction,
	commandId: string,
	id: ConversationId,
	content: OutgoingContent | MediaContent,
	links: { readonly replyTo: MessageId | null; readonly threadRoot: MessageId | null } = noLinks,
): Promise<MessageId> {
	const conversation = conversationOf(tx, id);
	const { accountId } = conversation;
	const txn = txnFor(core, commandId);
	const known = await tx.messages.findTxn(accountId, txn);
	if (known !== undefined) return known.message.id;
	checkSend(conversation, content);
	const target = links.replyTo === null ? null : await replyTarget(tx, conversation, links.replyTo);
	const root = links.threadRoot === null ? null : await threadTarget(tx, conversation, links.threadRoot);
	const now = core.clock.now();
	const seq = seqOf(core.state.nextMessageId);
	const sort = placeAfter(await tx.tail(id), now, now, seq);
	const self = core.state.runtimeOf(accountId).self;
	const account = tx.accounts.get(accountId);
	const message = tx.messages.insert(accountId, {
		conversationId: id,
		ids: [],
		sender: {
			remoteId: self?.remoteId ?? remoteUserId(account?.address ?? 'self'),
			name: self?.name ?? account?.label ?? '',
			strength: 'stable',
		},
		own: true,
		content,
		time: now,
		sort,
		mention: false,
		encrypted: conversation.capabilities.encryption === 'on' || conversation.capabilities.encryption === 'required',
		hidden: false,
		replyTo:
			target === null
				? null
				: { ids: target.ids, messageId: target.id, senderName: target.sender.name, preview: previewOf(target.content) },
		threadRoot: root === null ? null : root.ids,
		expiresAt: null,
		editedAt: null,
		removedAt: null,
		removedBy: null,
		send: { kind: 'queued' },
		txnId: txn,
	});
	enqueue(core, tx, {
		accountId,
		txnId: txn,
		lane: laneOf(id, txn, content),
		messageId: message.id,
		coalesce: null,
		action: sendAction(conversation, txn, content, target, root),
	});
	for (const gap of tx.gapsOf(id)) if (gap.before === null) tx.gaps.put(gap.id, { ...gap, before: sort });
	await tx.reach(id, sort);
	await attend(tx, id, null, message);
	await advanceRead(tx, id, sort);
	return message.id;
}

/** Words keep their order; a large file does not hold them up. */
function laneOf(id: ConversationId, txn: TxnId, content: OutgoingContent | MediaContent): string {
	return content.kind === 'media' ? `file ${txn} ${id}` : id;
}

function checkSend(conversation: StoredConversation, content: OutgoingContent | MediaContent): void {
	const { text, encryption, attachments } = conversation.capabilities;
	if (content.kind === 'media') {
		if (attachments.reason !== 'offline') requireFeature(attachments, 'attachments');
		if (attachments.maxBytes !== null && (content.size ?? 0) > attachments.maxBytes)
			fail('oversized', null, { params: { limit: String(attachments.maxBytes) } });
	} else if (content.body.text.trim() === '') fail('bad-input', 'nothing to send');
	// Being offline is what the outbox is for.
	if (text.send.reason !== 'offline') requireFeature(text.send, 'text');
	if (content.kind === 'emote' && text.emote.reason !== 'offline') requireFeature(text.emote, 'emote');
	if (encryption === 'required' && !can(text.send)) fail('encryption-unavailable');
	if (conversation.membership === 'banned') fail('banned');
	if (conversation.membership !== 'joined' && conversation.membership !== 'joining' && conversation.kind !== 'direct')
		fail('not-joined');
}

async function replyTarget(tx: Transaction, conversation: StoredConversation, id: MessageId): Promise<StoredMessage> {
	const { message } = await rowOf(tx, id);
	if (message.conversationId !== conversation.id) fail('bad-input', 'the reply is to another conversation');
	requireFeature(conversation.capabilities.reply, 'reply');
	return message;
}

/** The root of the thread that a message starts or stands in. */
async function threadTarget(tx: Transaction, conversation: StoredConversation, id: MessageId): Promise<StoredMessage> {
	const row = await rowOf(tx, id);
	if (row.message.conversationId !== conversation.id) fail('bad-input', 'the thread is in another conversation');
	requireFeature(conversation.capabilities.thread, 'thread');
	if (row.message.threadRoot === null) {
		if (row.message.ids.length === 0) fail('unsupported', 'the network gave this message no id');
		return row.message;
	}
	if (row.links.thread === null) return fail('bad-input', 'the root of this thread is not known');
	return (await rowOf(tx, row.links.thread.messageId)).message;
}

const sendAction = (
	conversation: StoredConversation,
	txn: TxnId,
	content: OutgoingContent | MediaContent,
	replyTo: StoredMessage | null,
	threadRoot: StoredMessage | null,
): SendAction => {
	const common = {
		txnId: txn,
		conversation: conversation.remoteId,
		replyTo: replyTo === null ? null : targetOf(replyTo),
		threadRoot: threadRoot === null ? null : targetOf(threadRoot),
	};
	return content.kind === 'media' ? { ...common, type: 'send-file', content } : { ...common, type: 'send', content };
};

const isOutgoing = (content: MessageContent): content is OutgoingContent | MediaContent =>
	content.kind === 'text' || content.kind === 'emote' || content.kind === 'notice' || content.kind === 'media';

/** The user decides to send a failed or uncertain message again, as a new attempt of its own. */
export async function retryMessage(core: Core, tx: Transaction, id: MessageId): Promise<void> {
	const row = await rowOf(tx, id);
	const { message } = row;
	if (message.send === null) fail('bad-input', 'not an outgoing message');
	const send = reduceSend(message.send, { type: 'user-retry' });
	if (send === message.send) fail('bad-input', 'nothing to retry');
	const { content } = message;
	if (!isOutgoing(content)) fail('unsupported');
	const conversation = conversationOf(tx, message.conversationId);
	checkSend(conversation, content);
	const linked = async (target: { readonly messageId: MessageId } | null): Promise<StoredMessage | null> =>
		target === null ? null : (await rowOf(tx, target.messageId)).message;
	const reply = message.replyTo === null ? null : await linked(row.links.reply);
	const root = message.threadRoot === null ? null : await linked(row.links.thread);
	const txn = txnId(core.random.uuid());
	// A late echo of the first attempt must still find this row.
	if (message.txnId !== null) await tx.messages.addIds(id, [remoteId('txn', message.txnId)]);
	tx.messages.update(id, { send, txnId: txn });
	enqueue(core, tx, {
		accountId: conversation.accountId,
		txnId: txn,
		lane: laneOf(conversation.id, txn, content),
		messageId: id,
		coalesce: null,
		action: sendAction(conversation, txn, content, reply, root),
	});
}

/** Takes back a message that has not left, or that nobody knows has left. It disappears unless it turns up after all. */
export async function cancelMessage(core: Core, tx: Transaction, id: MessageId): Promise<void> {
	const { message } = await rowOf(tx, id);
	if (message.send === null) fail('bad-input', 'not an outgoing message');
	const job = message.txnId === null ? undefined : tx.outbox.get(message.txnId);
	const uploading = job !== undefined && pendingUpload(job.action) !== null;
	if (job !== undefined && job.state !== 'queued' && !uploading) fail('bad-input', 'it is being sent');
	const state = uploading ? reduceSend(message.send, { type: 'requeue' }) : message.send;
	const send = reduceSend(state, { type: 'cancel' });
	if (send === state) fail('bad-input', 'it was sent already');
	if (job !== undefined) {
		finishJob(tx, job, null);
		tx.after(() => core.files.uploads.cancel(job.txnId));
	}
	await hideMessage(tx, id, { send });
}

/** Hides a message from this profile's timeline only. */
export async function hideMessage(
	tx: Transaction,
	id: MessageId,
	also: { readonly send?: StoredMessage['send'] } = {},
): Promise<void> {
	const before = (await rowOf(tx, id)).message;
	tx.messages.update(id, { hidden: true, ...also });
	await attend(tx, before.conversationId, before, (await rowOf(tx, id)).message);
}

/** The job that will send this message, while it still waits. */
export function waitingSend(tx: Transaction, message: StoredMessage): OutboxJob | undefined {
	const job = message.txnId === null ? undefined : tx.outbox.get(message.txnId);
	return job?.state === 'queued' && isSend(job.action) ? job : undefined;
}

/** Its file is on the way up; no message has left. */
export function isUploading(tx: Transaction, message: StoredMessage): boolean {
	const job = message.txnId === null ? undefined : tx.outbox.get(message.txnId);
	return job?.state === 'sending' && pendingUpload(job.action) !== null;
}
