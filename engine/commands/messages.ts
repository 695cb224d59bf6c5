/** Commands about messages: send, retry, cancel, edit, remove, react. */
import type { AdapterAction } from '../../protocols/adapter/actions.ts';
import type { MediaContent, OutgoingContent } from '../../protocols/model/content.ts';
import { ChatException, fail } from '../../protocols/model/errors.ts';
import { safeFileName } from '../../protocols/model/file-name.ts';
import type { MessageId, TxnId } from '../../protocols/model/ids.ts';
import { reactionKey } from '../../protocols/model/reaction-key.ts';
import { requireFeature } from '../capability-check.ts';
import type { Core } from '../core.ts';
import { ownReactionKeys } from '../materialise.ts';
import { localSource } from '../media/media-id.ts';
import {
	cancelMessage,
	conversationOf,
	enqueue,
	hideMessage,
	isUploading,
	queueMessage,
	retryMessage,
	rowOf,
	targetOf,
	txnFor,
	waitingSend,
} from '../outgoing.ts';
import { attend } from '../stages/attention.ts';
import type { StoredConversation, StoredMessage } from '../store/store.ts';
import type { Transaction } from '../transaction.ts';
import type { Handlers } from './env.ts';

type Names =
	| 'message.send'
	| 'message.sendFile'
	| 'media.fetch'
	| 'media.cancel'
	| 'message.retry'
	| 'message.cancel'
	| 'message.edit'
	| 'message.remove'
	| 'message.react';

/** While online, a refused change is told to whoever asked for it, if the refusal comes this soon. */
const verdictMs = 10_000;

export const messageCommands: Handlers<Names> = {
	'message.send': async ({ core }, { commandId, conversationId, content, replyTo, threadRoot }) => ({
		messageId: await core.write((tx) =>
			queueMessage(core, tx, commandId, conversationId, content, { replyTo, threadRoot }),
		),
	}),
	'message.sendFile': async ({ core }, { commandId, conversationId, file, replyTo, threadRoot }) => {
		const size = (await core.media.size(file.id)) ?? fail('bad-input', 'no such file');
		const { id, name, ...rest } = file;
		const content: MediaContent = {
			...rest,
			kind: 'media',
			name: safeFileName(name),
			size,
			source: localSource(id),
			thumbnail: null,
			host: null,
		};
		const links = { replyTo, threadRoot };
		return { messageId: await core.write((tx) => queueMessage(core, tx, commandId, conversationId, content, links)) };
	},
	'media.fetch': ({ core }, { messageId, part }) => core.files.fetch(messageId, part),
	'media.cancel': async ({ core }, { messageId, part }) => {
		await core.files.cancel(messageId, part);
		return null;
	},
	'message.retry': async ({ core }, { messageId }) => {
		await core.write((tx) => retryMessage(core, tx, messageId));
		return null;
	},
	'message.cancel': async ({ core }, { messageId }) => {
		await core.write((tx) => cancelMessage(core, tx, messageId));
		return null;
	},
	'message.edit': async ({ core }, { commandId, messageId, content }) => {
		await awaitVerdict(core, await core.write((tx) => edit(core, tx, commandId, messageId, content)));
		return null;
	},
	'message.remove': async ({ core }, { commandId, messageId, reason, forMe }) => {
		await awaitVerdict(core, await core.write((tx) => remove(core, tx, commandId, messageId, reason, forMe)));
		return null;
	},
	'message.react': async ({ core }, { commandId, messageId, key, on }) => {
		await awaitVerdict(core, await core.write((tx) => react(core, tx, commandId, messageId, reactionKey(key), on)));
		return null;
	},
};

interface Queued {
	readonly txn: TxnId;
	readonly online: boolean;
	readonly verdict: Promise<Error | null>;
}

/** Queues a change to a message; the wait for its verdict begins before it can come. */
function change(
	core: Core,
	tx: Transaction,
	conversation: StoredConversation,
	message: StoredMessage,
	txn: TxnId,
	action: AdapterAction,
): Queued {
	enqueue(core, tx, {
		accountId: conversation.accountId,
		txnId: txn,
		lane: conversation.id,
		messageId: message.id,
		coalesce: null,
		action,
	});
	const online = core.runners.get(conversation.accountId)?.online === true;
	const verdict = online
		? core.settlements.wait(txn, verdictMs).then((error) => (error === null ? null : new ChatException(error)))
		: Promise.resolve(null);
	return { txn, online, verdict };
}

async function awaitVerdict(_core: Core, queued: Queued | null): Promise<void> {
	const error = queued === null ? null : await queued.verdict;
	if (error !== null) throw error;
}

/** The network must know a message before it can be told to change it. */
function requireIds(message: StoredMessage): void {
	if (message.ids.length === 0) fail('unsupported', 'the network gave this message no id');
}

async function edit(
	core: Core,
	tx: Transaction,
	commandId: string,
	id: MessageId,
	content: OutgoingContent,
): Promise<Queued | null> {
	const row = await rowOf(tx, id);
	const { message } = row;
	const conversation = conversationOf(tx, message.conversationId);
	if (!message.own || message.send === null) fail('not-allowed', 'only own messages can be edited');
	if (message.removedAt !== null) fail('bad-input', 'the message was removed');
	if (content.body.text.trim() === '') fail('bad-input', 'nothing to send');
	const waiting = waitingSend(tx, message);
	if (waiting !== undefined && waiting.action.type === 'send') {
		// Not sent yet: nobody needs to hear about the first wording.
		tx.messages.update(id, { content });
		tx.outbox.put(waiting.txnId, { ...waiting, action: { ...waiting.action, content } });
		await attend(tx, conversation.id, message, row.message);
		return null;
	}
	if (message.send.kind === 'failed' || message.send.kind === 'uncertain') fail('bad-input', 'send it again first');
	const { edit: feature } = conversation.capabilities;
	requireFeature(feature, 'edit');
	if (feature.maxAgeMs !== null && core.clock.now() - message.time > feature.maxAgeMs)
		fail('not-allowed', 'too old to be edited');
	requireIds(message);
	const txn = txnFor(core, commandId);
	return change(core, tx, conversation, message, txn, {
		type: 'edit',
		txnId: txn,
		conversation: conversation.remoteId,
		target: targetOf(message),
		content,
	});
}

async function remove(
	core: Core,
	tx: Transaction,
	commandId: string,
	id: MessageId,
	reason: string | null,
	forMe: boolean,
): Promise<Queued | null> {
	const { message } = await rowOf(tx, id);
	const conversation = conversationOf(tx, message.conversationId);
	if (forMe) {
		await hideMessage(tx, id);
		return null;
	}
	if (message.removedAt !== null) return null;
	const unsent =
		message.send !== null &&
		(message.send.kind === 'queued' ||
			message.send.kind === 'failed' ||
			message.send.kind === 'uncertain' ||
			isUploading(tx, message));
	if (unsent) {
		await cancelMessage(core, tx, id);
		return null;
	}
	requireFeature(message.own ? conversation.capabilities.removeOwn : conversation.capabilities.removeAny, 'remove');
	requireIds(message);
	const txn = txnFor(core, commandId);
	return change(core, tx, conversation, message, txn, {
		type: 'remove',
		txnId: txn,
		conversation: conversation.remoteId,
		target: targetOf(message),
		reason,
	});
}

async function react(
	core: Core,
	tx: Transaction,
	commandId: string,
	id: MessageId,
	key: string,
	on: boolean,
): Promise<Queued | null> {
	const row = await rowOf(tx, id);
	const { message } = row;
	const conversation = conversationOf(tx, message.conversationId);
	requireFeature(conversation.capabilities.react, 'react');
	if (key === '') fail('bad-input', 'an empty reaction');
	if (message.removedAt !== null) fail('bad-input', 'the message was removed');
	requireIds(message);
	const now = ownReactionKeys(core.state, row);
	if (now.includes(key) === on) return null;
	const keys = on ? [...now, key] : now.filter((other) => other !== key);
	const stored = row.reactions.find((reaction) => reaction.own && reaction.key === key);
	const txn = txnFor(core, commandId);
	return change(core, tx, conversation, message, txn, {
		type: 'react',
		txnId: txn,
		conversation: conversation.remoteId,
		target: targetOf(message),
		keys,
		added: on ? key : null,
		removed: on ? null : { key, ids: stored?.ids ?? [] },
	});
}
