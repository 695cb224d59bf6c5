/** People an account may mean by what was typed: contacts first, then what the server's directory says. Pure. */
import type { QueryResults } from '../../../engine/contract/queries.ts';
import type { Availability } from '../../../protocols/model/capabilities.ts';
import type { Contact } from '../../../protocols/model/entities.ts';
import type { AccountId, RemoteUserId } from '../../../protocols/model/ids.ts';

export type DirectoryPerson = QueryResults['search.people']['people'][number];

export interface FoundPerson {
	readonly remoteId: RemoteUserId;
	readonly name: string;
	/** What to type to mean this person. */
	readonly address: string;
	readonly availability: Availability | null;
}

export function matchingContacts(
	contacts: Iterable<Contact>,
	account: AccountId,
	text: string,
	limit = 8,
): readonly FoundPerson[] {
	const wanted = text.trim().toLowerCase();
	return [...contacts]
		.filter((contact) => contact.accountId === account && contact.onRoster && !contact.blocked)
		.filter((contact) => contact.name.toLowerCase().includes(wanted) || contact.remoteId.toLowerCase().includes(wanted))
		.sort((a, b) => a.name.localeCompare(b.name))
		.slice(0, limit)
		.map((contact) => ({
			remoteId: contact.remoteId,
			name: contact.name === '' ? contact.remoteId : contact.name,
			address: contact.remoteId,
			availability: contact.availability,
		}));
}

/** Contacts and directory hits, nobody twice. */
export function mergeFound(contacts: readonly FoundPerson[], hits: readonly DirectoryPerson[]): readonly FoundPerson[] {
	const known = new Set(contacts.map((person) => person.remoteId));
	const others = hits
		.filter((hit) => !known.has(hit.remoteId))
		.map((hit) => ({
			remoteId: hit.remoteId,
			name: hit.name === '' ? hit.address : hit.name,
			address: hit.address,
			availability: null,
		}));
	return [...contacts, ...others];
}
