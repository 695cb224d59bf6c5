/** What is known of one message: what it said before, and what happened to it. */
import { compareSort } from '../protocols/model/entities.ts';
import type { Receipt } from '../protocols/model/entities.ts';
import { fail } from '../protocols/model/errors.ts';
import type { MessageId, RemoteUserId } from '../protocols/model/ids.ts';
import { maxReceipts } from './contract/queries.ts';
import type { MessageVersion, QueryResults } from './contract/queries.ts';
import type { Core } from './core.ts';
import { shownContent } from './materialise.ts';
import { toReceipt } from './receipts.ts';
import type { MessageRow, StoredConversation } from './store/store.ts';

/** Versions told of one message: the newest. */
const maxVersions = 200;

async function messageOf(
	core: Core,
	id: MessageId,
): Promise<{ readonly row: MessageRow; readonly conversation: StoredConversation }> {
	const [row] = await core.store.getMessages([id]);
	const conversation = row === undefined ? undefined : core.state.conversations.get(row.message.conversationId);
	if (row === undefined || conversation === undefined || row.message.hidden)
		return fail('bad-input', 'no such message');
	return { row, conversation };
}

/** The same edit may have been told twice; it is one version. */
export function messageEdits(core: Core, id: MessageId): Promise<QueryResults['message.edits']> {
	return core.exclusive.run('read', async () => {
		const { row, conversation } = await messageOf(core, id);
		const { message } = row;
		if (message.removedAt !== null) return { versions: [] };
		const shown = (content: MessageVersion['content']): MessageVersion['content'] =>
			shownContent(content, conversation.accountId);
		const current: MessageVersion = {
			content: shown(message.content),
			at: message.editedAt ?? message.time,
			current: true,
		};
		const earlier = new Map<string, MessageVersion>();
		const keyOf = (version: MessageVersion): string => `${version.at} ${JSON.stringify(version.content)}`;
		for (const { content, at } of await core.store.edits(id)) {
			const version = { content: shown(content), at, current: false };
			if (keyOf(version) !== keyOf(current)) earlier.set(keyOf(version), version);
		}
		const sorted = [...earlier].sort(([a, x], [b, y]) => x.at - y.at || (a < b ? -1 : 1)).map(([, version]) => version);
		return { versions: [...sorted.slice(1 - maxVersions), current] };
	});
}

export function messageDetails(core: Core, id: MessageId): Promise<QueryResults['message.details']> {
	return core.exclusive.run('read', async () => {
		const { row, conversation } = await messageOf(core, id);
		const { message } = row;
		const receipts = await core.store.receipts(conversation.id, maxReceipts);
		const furthest = new Map<RemoteUserId, Receipt>();
		for (const stored of receipts) {
			if (compareSort(stored.sort, message.sort) < 0 || stored.reader === message.sender.remoteId) continue;
			const known = furthest.get(stored.reader);
			if (known === undefined || (known.kind === 'delivered' && stored.kind === 'read'))
				furthest.set(stored.reader, toReceipt(core, conversation, stored));
		}
		return {
			ids: message.ids,
			txnId: message.txnId,
			encrypted: message.encrypted,
			trace: await core.store.trace(id),
			readers: Array.from(furthest.values(), ({ reader, name, kind, time }) => ({ reader, name, kind, time })),
		};
	});
}
