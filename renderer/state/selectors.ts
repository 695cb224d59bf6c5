/** Memoised reads: the components' only source. */
import type { Availability } from '../../protocols/model/capabilities.ts';
import type { Account, Contact, Conversation } from '../../protocols/model/entities.ts';
import type { ConversationId } from '../../protocols/model/ids.ts';
import type { EngineState } from './engine-state.ts';
import { memoOne } from './memo-one.ts';
import type { AppState } from './store.ts';

export const selectedConversation = (state: AppState): Conversation | null =>
	state.ui.selected === null ? null : (state.engine.conversations.get(state.ui.selected) ?? null);

/** Accounts in the user's order. */
export const orderedAccounts = memoOne((accounts: EngineState['accounts']): readonly Account[] =>
	[...accounts.values()].sort((a, b) => a.position - b.position || a.label.localeCompare(b.label)),
);

/** Contacts by the direct conversation they stand for. */
const contactsByConversation = memoOne((contacts: EngineState['contacts']): ReadonlyMap<ConversationId, Contact> => {
	const found = new Map<ConversationId, Contact>();
	for (const contact of contacts.values())
		if (contact.conversationId !== null) found.set(contact.conversationId, contact);
	return found;
});

/** Presence of the other side of a direct conversation; null for rooms. */
export function presenceOf(state: AppState, conversation: Conversation): Availability | null {
	if (conversation.kind !== 'direct') return null;
	return contactsByConversation(state.engine.contacts).get(conversation.id)?.availability ?? 'unknown';
}

/** The person's name wins over the contact's, which wins over the network's. */
export function displayName(engine: EngineState, conversation: Conversation): string {
	const contact: Contact | undefined =
		conversation.kind === 'direct' ? contactsByConversation(engine.contacts).get(conversation.id) : undefined;
	const person =
		contact?.personId === undefined || contact.personId === null ? undefined : engine.persons.get(contact.personId);
	return (
		person?.name ?? ((contact?.name ?? '') === '' ? conversation.name || conversation.remoteId : (contact?.name ?? ''))
	);
}

export interface Totals {
	readonly unread: number;
	readonly mentions: number;
}

/** Sums for the window title; muted conversations do not count. */
export const totals = memoOne((conversations: EngineState['conversations']): Totals => {
	let unread = 0;
	let mentions = 0;
	for (const conversation of conversations.values()) {
		if (conversation.archived || conversation.notify === 'none') continue;
		unread += conversation.unread;
		mentions += conversation.mentions;
	}
	return { unread, mentions };
});
