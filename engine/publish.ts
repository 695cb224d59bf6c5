/** Patches of a finished transaction: what changed on disk, as the UI sees it. */
import type { ConversationId, MessageId } from '../protocols/model/ids.ts';
import type { Message } from '../protocols/model/entities.ts';
import { toChatError } from '../protocols/model/errors.ts';
import { maxReceipts } from './contract/queries.ts';
import type { Core } from './core.ts';
import { toAccount, toContact, toConversation, toGap, toMessage } from './materialise.ts';
import { toReceipt } from './receipts.ts';
import type { Transaction } from './transaction.ts';

/**
 * @param isOpen has any client this conversation open? Timelines of the others need no patches.
 */
export async function publish(core: Core, tx: Transaction, isOpen: (id: ConversationId) => boolean): Promise<void> {
	const { state, patches } = core;
	const push: typeof patches.push = (op) => patches.push(op, tx.origin);
	for (const [id, account] of tx.accounts.changes) {
		push(account === null ? { op: 'account.remove', id } : { op: 'account.put', account: toAccount(state, account) });
	}
	const conversations = new Set<ConversationId>(tx.drafts.changes.keys());
	for (const [id, conversation] of tx.conversations.changes) {
		if (conversation === null) push({ op: 'conversation.remove', id });
		else conversations.add(id);
	}
	for (const id of conversations) {
		const conversation = state.conversations.get(id);
		if (conversation !== undefined) push({ op: 'conversation.put', conversation: toConversation(state, conversation) });
	}
	const contacts = new Set(tx.contactsToShow);
	for (const [id, contact] of tx.contacts.changes) {
		if (contact === null) push({ op: 'contact.remove', id });
		else contacts.add(id);
	}
	for (const id of contacts) {
		const contact = state.contacts.get(id);
		if (contact !== undefined) push({ op: 'contact.put', contact: toContact(state, contact) });
	}
	for (const [id, person] of tx.persons.changes)
		push(person === null ? { op: 'person.remove', id } : { op: 'person.put', person });
	await publishStored(core, tx, isOpen);
	for (const [id, gap] of tx.gaps.changes) {
		const conversationId = gap?.conversationId ?? tx.gaps.before(id)?.conversationId;
		if (conversationId === undefined || !isOpen(conversationId)) continue;
		push(gap === null ? { op: 'gap.remove', conversationId, id } : { op: 'gap.put', gap: toGap(state, gap) });
	}
	withdrawNotices(core, tx);
	if (tx.settingsChanged) push({ op: 'settings.put', settings: state.settings });
}

/** Messages that quote or head a changed one and are shown anew with it. */
const maxRelated = 500;

/** What the store derives is read back after the commit. When it cannot be, windows are told to ask again. */
async function publishStored(core: Core, tx: Transaction, isOpen: (id: ConversationId) => boolean): Promise<void> {
	try {
		await publishTimelines(core, tx, isOpen);
		await publishReceipts(core, tx, isOpen);
	} catch (thrown) {
		core.log.error('patches not made', { code: toChatError(thrown).code });
		core.patches.push({ op: 'resync', scope: 'all' });
	}
}

async function publishTimelines(core: Core, tx: Transaction, isOpen: (id: ConversationId) => boolean): Promise<void> {
	const shown = new Map<ConversationId, Message[]>();
	const gone = new Map<ConversationId, MessageId[]>();
	const into = <T>(map: Map<ConversationId, T[]>, id: ConversationId, value: T): void => {
		const list = map.get(id);
		if (list === undefined) map.set(id, [value]);
		else list.push(value);
	};
	const open = (id: MessageId): boolean => {
		const row = tx.messages.row(id);
		return row !== undefined && isOpen(row.message.conversationId);
	};
	const touched = [...tx.messages.touched].filter(open);
	const heads = [...new Set([...tx.messages.found, ...tx.messages.rewritten])].filter(open);
	const related = heads.length === 0 ? [] : await core.store.related(heads, maxRelated);
	const wanted = [...new Set([...touched, ...related])];
	for (const row of wanted.length === 0 ? [] : await core.store.getMessages(wanted)) {
		if (row.message.hidden) into(gone, row.message.conversationId, row.message.id);
		else into(shown, row.message.conversationId, toMessage(core.state, row));
	}
	for (const [id, conversationId] of tx.messages.deleted) if (isOpen(conversationId)) into(gone, conversationId, id);
	for (const [conversationId, messages] of shown)
		core.patches.push({ op: 'timeline.put', conversationId, messages }, tx.origin);
	for (const [conversationId, ids] of gone)
		core.patches.push({ op: 'timeline.remove', conversationId, ids }, tx.origin);
}

async function publishReceipts(core: Core, tx: Transaction, isOpen: (id: ConversationId) => boolean): Promise<void> {
	for (const [conversationId, readers] of tx.messages.readers) {
		const conversation = core.state.conversations.get(conversationId);
		if (conversation === undefined || !isOpen(conversationId)) continue;
		for (const stored of await core.store.receipts(conversationId, maxReceipts)) {
			if (!readers.has(stored.reader)) continue;
			const receipt = toReceipt(core, conversation, stored);
			core.patches.push({ op: 'receipt.put', conversationId, receipt }, tx.origin);
		}
	}
}

/** A notification must not go on showing what was removed, hidden or reworded. */
function withdrawNotices(core: Core, tx: Transaction): void {
	const { state, host, patches } = core;
	for (const [conversationId, messageId] of state.shownNotices) {
		const deleted = tx.messages.deleted.has(messageId);
		if (!deleted && !tx.messages.rewritten.has(messageId)) continue;
		state.shownNotices.delete(conversationId);
		patches.push({ op: 'notify.withdraw', conversationId, messageId });
		host.clearNotification(conversationId);
	}
}
