/** Receipts with the names of their readers. */
import type { Receipt } from '../protocols/model/entities.ts';
import type { Core } from './core.ts';
import type { StoredConversation, StoredReceipt } from './store/store.ts';

export function toReceipt(core: Core, conversation: StoredConversation, stored: StoredReceipt): Receipt {
	const { state, ephemeral } = core;
	const contact = state.contactByRemote.get(conversation.accountId, stored.reader);
	const known = [
		ephemeral.member(conversation.id, stored.reader)?.name,
		contact === undefined ? undefined : state.contacts.get(contact)?.name,
		conversation.peer === stored.reader ? conversation.name : undefined,
	];
	return { ...stored, name: known.find((name) => name !== undefined && name !== '') ?? stored.reader };
}
