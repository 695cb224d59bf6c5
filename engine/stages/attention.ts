/** Stage 5: counters, the sidebar's last line, own read position, and whether a message deserves a notification. */
import { compareSort } from '../../protocols/model/entities.ts';
import type { SortKey } from '../../protocols/model/entities.ts';
import type { ConversationId } from '../../protocols/model/ids.ts';
import type { NotifyOp } from '../contract/patches.ts';
import { previewOf } from '../materialise.ts';
import { oneLine } from '../one-line.ts';
import type { EngineState } from '../state.ts';
import type { StoredConversation, StoredMessage, UnreadFact } from '../store/store.ts';
import type { Transaction } from '../transaction.ts';
import { countUnread, nothingUnread, unreadFactOf, unreadOf } from '../unread.ts';

/** Keeps counters and last line right after one message appeared (`before` null), changed, or went (`after` null). */
export async function attend(
	tx: Transaction,
	id: ConversationId,
	before: StoredMessage | null,
	after: StoredMessage | null,
): Promise<void> {
	const conversation = tx.conversations.get(id);
	if (conversation === undefined) return;
	const old = before === null ? nothingUnread : unreadOf(unreadFactOf(before), conversation.readUpTo);
	const now = after === null ? nothingUnread : unreadOf(unreadFactOf(after), conversation.readUpTo);
	const unread = conversation.unread + now.unread - old.unread;
	const mentions = conversation.mentions + now.mentions - old.mentions;
	const last = await lastAfter(tx, conversation, before, after);
	if (unread === conversation.unread && mentions === conversation.mentions && last === conversation.last) return;
	tx.putConversation({ ...conversation, unread, mentions, last });
}

async function lastAfter(
	tx: Transaction,
	conversation: StoredConversation,
	before: StoredMessage | null,
	after: StoredMessage | null,
): Promise<StoredConversation['last']> {
	const { last } = conversation;
	if (after !== null && !after.hidden && after.content.kind !== 'system') {
		if (last === null || last.messageId === after.id || compareSort(after.sort, last.sort) > 0) return lastOf(after);
		return last;
	}
	// The message on show went away: what is newest now?
	if (last === null || before === null || last.messageId !== before.id) return last;
	const newest = await tx.store.newestVisible(conversation.id);
	return newest === null || newest.message.id === before.id ? null : lastOf(newest.message);
}

const lastOf = (message: StoredMessage): NonNullable<StoredConversation['last']> => ({
	messageId: message.id,
	sort: message.sort,
	time: message.time,
	senderName: message.sender.name,
	own: message.own,
	preview: message.removedAt === null ? previewOf(message.content) : '',
});

/**
 * Moves the own read position forward, never back.
 * @returns whether it moved
 */
export async function advanceRead(tx: Transaction, id: ConversationId, upTo: SortKey): Promise<boolean> {
	const conversation = tx.conversations.get(id);
	if (conversation === undefined) return false;
	if (conversation.readUpTo !== null && compareSort(upTo, conversation.readUpTo) <= 0) return false;
	const counted = conversation.unread === 0 ? nothingUnread : await recount(tx, id, upTo);
	tx.putConversation({ ...conversation, readUpTo: upTo, ...counted });
	return true;
}

const factsPerRead = 1000;

/** Counts from the stored messages and what this transaction staged over them. */
async function recount(
	tx: Transaction,
	id: ConversationId,
	readUpTo: SortKey | null,
): Promise<{ unread: number; mentions: number }> {
	const facts = new Map<string, UnreadFact>();
	const keyOf = (sort: SortKey): string => `${sort.ts} ${sort.seq}`;
	if (tx.state.conversations.has(id)) {
		let from = readUpTo;
		for (;;) {
			const chunk = await tx.store.unreadFacts(id, from, factsPerRead);
			for (const fact of chunk) facts.set(keyOf(fact.sort), fact);
			const newest = chunk.at(-1);
			if (newest === undefined || chunk.length < factsPerRead) break;
			from = newest.sort;
		}
	}
	for (const touched of tx.messages.touched) {
		const row = tx.messages.row(touched);
		if (row?.message.conversationId === id) facts.set(keyOf(row.message.sort), unreadFactOf(row.message));
	}
	return countUnread(facts.values(), readUpTo);
}

/** Does this message, just arrived, deserve a notification? Pure decision over the state. */
export function deservesNotice(
	state: EngineState,
	conversation: StoredConversation,
	message: StoredMessage,
	blocked: boolean,
): boolean {
	if (message.own || message.hidden || message.removedAt !== null || message.content.kind === 'system') return false;
	if (!state.settings.notifications || blocked || conversation.archived) return false;
	if (conversation.notify === 'none' || (conversation.notify === 'mentions' && !message.mention)) return false;
	// "Do not disturb" is what busy means.
	if (state.accounts.get(conversation.accountId)?.presence.availability === 'busy') return false;
	for (const client of state.focus.values()) if (client.focused && client.visible === conversation.id) return false;
	return true;
}

/** Names stand in the title of a notification, which desktops do not bound. */
const maxNoticeName = 80;

export function noticeOf(state: EngineState, conversation: StoredConversation, message: StoredMessage): NotifyOp {
	const place = oneLine(conversation.name, maxNoticeName);
	const who = message.sender.name === '' ? place : oneLine(message.sender.name, maxNoticeName);
	return {
		op: 'notify',
		conversationId: conversation.id,
		messageId: message.id,
		title: conversation.kind === 'direct' ? who : `${who} · ${place}`,
		body: state.settings.notificationPreview ? oneLine(previewOf(message.content), 140) : '',
	};
}
