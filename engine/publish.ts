/** Patches of a finished transaction: what changed on disk, as the UI sees it. */
import type { ConversationId, MessageId } from '../protocols/model/ids.ts';
import type { Message } from '../protocols/model/entities.ts';
import type { Core } from './core.ts';
import { toAccount, toContact, toConversation, toGap, toMessage } from './materialise.ts';
import type { Transaction } from './transaction.ts';

/**
 * @param isOpen has any client this conversation open? Timelines of the others need no patches.
 */
export function publish(core: Core, tx: Transaction, isOpen: (id: ConversationId) => boolean): void {
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
	publishTimelines(core, tx, isOpen);
	for (const [id, gap] of tx.gaps.changes) {
		const conversationId = gap?.conversationId ?? tx.gaps.before(id)?.conversationId;
		if (conversationId === undefined || !isOpen(conversationId)) continue;
		push(gap === null ? { op: 'gap.remove', conversationId, id } : { op: 'gap.put', gap: toGap(state, gap) });
	}
	if (tx.settingsChanged) push({ op: 'settings.put', settings: state.settings });
}

function publishTimelines(core: Core, tx: Transaction, isOpen: (id: ConversationId) => boolean): void {
	const shown = new Map<ConversationId, Message[]>();
	const gone = new Map<ConversationId, MessageId[]>();
	const into = <T>(map: Map<ConversationId, T[]>, id: ConversationId, value: T): void => {
		const list = map.get(id);
		if (list === undefined) map.set(id, [value]);
		else list.push(value);
	};
	for (const id of tx.messages.touched) {
		const row = tx.messages.row(id);
		if (row === undefined || !isOpen(row.message.conversationId)) continue;
		if (row.message.hidden) into(gone, row.message.conversationId, id);
		else into(shown, row.message.conversationId, toMessage(core.state, row));
	}
	for (const [id, conversationId] of tx.messages.deleted) if (isOpen(conversationId)) into(gone, conversationId, id);
	for (const [conversationId, messages] of shown)
		core.patches.push({ op: 'timeline.put', conversationId, messages }, tx.origin);
	for (const [conversationId, ids] of gone)
		core.patches.push({ op: 'timeline.remove', conversationId, ids }, tx.origin);
}
