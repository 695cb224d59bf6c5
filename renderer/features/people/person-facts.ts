/** What is known about a user on one account, gathered from contacts, persons, members and messages. Pure. */
import type { Availability } from '../../../protocols/model/capabilities.ts';
import type { Contact, IdentityStrength, Person } from '../../../protocols/model/entities.ts';
import type { AccountId, ConversationId, RemoteUserId } from '../../../protocols/model/ids.ts';
import type { EngineState } from '../../state/engine-state.ts';

export interface PersonFacts {
	readonly contact: Contact | null;
	readonly person: Person | null;
	/** All contacts of the person, the asked one first. */
	readonly contacts: readonly Contact[];
	readonly name: string;
	/** Real address behind an occupant where the network shows it, else the network's id. */
	readonly address: string;
	readonly availability: Availability;
	readonly statusText: string;
	readonly strength: IdentityStrength | null;
	readonly isSelf: boolean;
}

/** Somebody on the contact list is known by a lasting address; else the newest message tells. */
function strengthOf(
	engine: EngineState,
	user: RemoteUserId,
	conversation: ConversationId | null,
	contact: Contact | null,
): IdentityStrength | null {
	const messages = conversation === null ? [] : (engine.timelines.get(conversation)?.messages ?? []);
	const newest = messages.findLast((message) => message.sender.remoteId === user);
	return newest?.sender.strength ?? (contact?.onRoster === true && contact.subscription !== 'none' ? 'stable' : null);
}

export function personFacts(
	engine: EngineState,
	accountId: AccountId,
	user: RemoteUserId,
	conversationId: ConversationId | null,
): PersonFacts {
	const contact =
		[...engine.contacts.values()].find((one) => one.accountId === accountId && one.remoteId === user) ?? null;
	const person =
		contact?.personId === undefined || contact.personId === null
			? null
			: (engine.persons.get(contact.personId) ?? null);
	const others = (person?.contactIds ?? [])
		.map((id) => engine.contacts.get(id))
		.filter((one): one is Contact => one !== undefined && one.id !== contact?.id);
	const member = conversationId === null ? undefined : engine.members.get(conversationId)?.byId.get(user);
	const name = [person?.name, contact?.name, member?.name].find((one) => one !== undefined && one !== '') ?? user;
	const known = contact?.availability ?? 'unknown';
	return {
		contact,
		person,
		contacts: contact === null ? others : [contact, ...others],
		name,
		address: member?.address ?? user,
		availability: known === 'unknown' ? (member?.availability ?? 'unknown') : known,
		statusText: contact?.statusText ?? '',
		strength: strengthOf(engine, user, conversationId, contact),
		isSelf: member?.self === true || engine.accounts.get(accountId)?.self?.remoteId === user,
	};
}
