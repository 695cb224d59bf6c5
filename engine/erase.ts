/** Removal of a message's content, from the network or by our own confirmed action. */
import { plain } from '../protocols/model/rich-text.ts';
import { attend } from './stages/attention.ts';
import type { MessageRow } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** Nothing of the text may remain once a message is removed; the row stays to show that something was there. */
export async function eraseMessage(tx: Transaction, row: MessageRow, at: number, by: string | null): Promise<void> {
	const before = row.message;
	tx.messages.update(before.id, {
		content: { kind: 'text', body: plain('') },
		removedAt: at,
		removedBy: by,
		editedAt: null,
		replyTo: null,
		mention: false,
	});
	tx.messages.clearEdits(before.id);
	for (const sender of new Set(row.reactions.map((reaction) => reaction.sender))) {
		tx.messages.removeReaction(before.id, sender, null);
	}
	await attend(tx, before.conversationId, before, row.message);
}
