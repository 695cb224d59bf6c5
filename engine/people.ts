/** Contacts as the network lists them, and persons: several contacts merged by the user into one human. */
import type { RemoteContact } from '../protocols/adapter/events.ts';
import type { Person } from '../protocols/model/entities.ts';
import { fail } from '../protocols/model/errors.ts';
import { contactId, personId } from '../protocols/model/ids.ts';
import type { ContactId, PersonId, RemoteUserId } from '../protocols/model/ids.ts';
import { newId } from './core.ts';
import type { Core } from './core.ts';
import type { Run } from './ingest-run.ts';
import type { StoredContact } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/**
 * Takes a contact list or a change to it.
 * @param removed null: the list is complete, whoever is not in it goes
 */
export function putContacts(run: Run, upsert: readonly RemoteContact[], removed: readonly RemoteUserId[] | null): void {
	const { tx, session } = run;
	const named = new Set<RemoteUserId>();
	for (const remote of upsert) {
		if (typeof remote.remoteId !== 'string' || remote.remoteId.length === 0 || remote.remoteId.length > 1024) continue;
		named.add(remote.remoteId);
		const known = tx.contactByRemote(session.accountId, remote.remoteId);
		const next: StoredContact = {
			id: known?.id ?? contactId(newId(run.core)),
			accountId: session.accountId,
			remoteId: remote.remoteId,
			name: remote.name.slice(0, 512),
			groups: remote.groups,
			subscription: remote.subscription,
			onRoster: remote.onRoster,
			blocked: remote.blocked,
			personId: known?.personId ?? null,
		};
		if (known === undefined || !sameContact(known, next)) tx.putContact(next);
	}
	const gone =
		removed ??
		[...tx.state.contactByRemote.entriesOf(session.accountId)].map(([id]) => id).filter((id) => !named.has(id));
	for (const remote of gone) {
		const contact = tx.contactByRemote(session.accountId, remote);
		if (contact !== undefined) removeContact(tx, contact);
	}
}

function sameContact(a: StoredContact, b: StoredContact): boolean {
	return (
		a.name === b.name &&
		a.subscription === b.subscription &&
		a.onRoster === b.onRoster &&
		a.blocked === b.blocked &&
		a.groups.length === b.groups.length &&
		a.groups.every((group, i) => group === b.groups[i])
	);
}

function removeContact(tx: Transaction, contact: StoredContact): void {
	if (contact.personId !== null) detach(tx, contact);
	tx.contacts.remove(contact.id);
}

/** Takes a contact out of its person; a person of one contact is none. */
function detach(tx: Transaction, contact: StoredContact): void {
	const person = contact.personId === null ? undefined : tx.persons.get(contact.personId);
	tx.putContact({ ...contact, personId: null });
	if (person === undefined) return;
	const rest = person.contactIds.filter((id) => id !== contact.id);
	if (rest.length >= 2) {
		tx.persons.put(person.id, { ...person, contactIds: rest });
		return;
	}
	for (const id of rest) {
		const last = tx.contacts.get(id);
		if (last !== undefined) tx.putContact({ ...last, personId: null });
	}
	tx.persons.remove(person.id);
}

function contactOf(tx: Transaction, id: ContactId): StoredContact {
	return tx.contacts.get(id) ?? fail('bad-input', 'no such contact');
}

/** Merges contacts into one person; those that belong to another person leave it. */
export function mergePersons(core: Core, tx: Transaction, ids: readonly ContactId[], name: string | null): PersonId {
	const contacts = [...new Set(ids)].map((id) => contactOf(tx, id));
	const [first] = contacts;
	if (first === undefined || contacts.length < 2) fail('bad-input', 'two contacts are needed');
	const existing = contacts
		.map((contact) => (contact.personId === null ? undefined : tx.persons.get(contact.personId)))
		.find((person) => person !== undefined);
	for (const contact of contacts)
		if (contact.personId !== null && contact.personId !== existing?.id) detach(tx, contact);
	const members = [...new Set([...(existing?.contactIds ?? []), ...contacts.map((contact) => contact.id)])];
	const person: Person = {
		id: existing?.id ?? personId(newId(core)),
		name: name ?? existing?.name ?? first.name,
		contactIds: members,
	};
	tx.persons.put(person.id, person);
	for (const id of members) tx.putContact({ ...contactOf(tx, id), personId: person.id });
	return person.id;
}

/** Takes one contact out of a person, or dissolves it. */
export function splitPerson(tx: Transaction, id: PersonId, contact: ContactId | null): void {
	const person = tx.persons.get(id) ?? fail('bad-input', 'no such person');
	if (contact !== null) {
		if (!person.contactIds.includes(contact)) fail('bad-input', 'not a contact of this person');
		detach(tx, contactOf(tx, contact));
		return;
	}
	for (const member of person.contactIds) {
		const stored = tx.contacts.get(member);
		if (stored !== undefined) tx.putContact({ ...stored, personId: null });
	}
	tx.persons.remove(id);
}

export function renamePerson(tx: Transaction, id: PersonId, name: string): void {
	const person = tx.persons.get(id) ?? fail('bad-input', 'no such person');
	tx.persons.put(id, { ...person, name });
}
