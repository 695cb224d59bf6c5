/** Stage 2: is this message already stored? Identity by transaction id, then remote ids, then, in replays only, by look. */
import type { RemoteMessage } from '../../protocols/adapter/events.ts';
import { plainBody } from '../../protocols/model/content.ts';
import { remoteId, txnId } from '../../protocols/model/ids.ts';
import type { TxnId } from '../../protocols/model/ids.ts';
import type { Run } from '../ingest-run.ts';
import type { MessageRow, StoredConversation } from '../store/store.ts';

/** Two lines of the same person with the same words this close together may be one line told twice. */
const alikeWithinMs = 5000;

/** Our transaction id on a message, whichever way the adapter told it. */
export function txnOf(message: RemoteMessage): TxnId | null {
	if (!message.own) return null;
	if (message.txnId !== null) return message.txnId;
	const id = message.ids.find((candidate) => candidate.kind === 'txn');
	return id === undefined ? null : txnId(id.value);
}

/** The stored row that this message is about, or null when it is new. */
export async function identify(
	run: Run,
	conversation: StoredConversation,
	message: RemoteMessage,
): Promise<MessageRow | null> {
	const { messages } = run.tx;
	const txn = txnOf(message);
	if (txn !== null) {
		const row = await messages.findTxn(run.session.accountId, txn);
		// The id of an earlier attempt stays attached to the row as a remote id.
		if (row !== undefined && row.message.conversationId === conversation.id) return row;
	}
	const ids = txn === null ? message.ids : [...message.ids, remoteId('txn', txn)];
	const [byId] = await messages.find(conversation.id, ids);
	if (byId !== undefined) return messages.row(byId) ?? null;
	if (run.origin === 'live') return null;
	// With ids of its own a message is only taken for a stored one if that one was ours and never got any.
	if (message.ids.length > 0 && !message.own) return null;
	return findAlike(run, conversation, message);
}

async function findAlike(
	run: Run,
	conversation: StoredConversation,
	message: RemoteMessage,
): Promise<MessageRow | null> {
	const { tx } = run;
	if (!tx.state.conversations.has(conversation.id)) return null;
	const body = plainBody(message.content);
	if (body === '') return null;
	const alike = await tx.store.findAlike(conversation.id, message.sender.remoteId, body, message.time, alikeWithinMs);
	const candidates = tx.messages
		.adopt(alike)
		.filter((row) => !run.matched.has(row.message.id) && !row.message.ids.some((id) => id.kind === 'server'))
		.filter((row) => row.message.content.kind === message.content.kind)
		.sort((a, b) => Math.abs(a.message.time - message.time) - Math.abs(b.message.time - message.time));
	return candidates[0] ?? null;
}
