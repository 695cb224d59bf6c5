/** Is somebody to be taken for a contact who they are not? Pure; the skeletons come from `skeleton.ts`. */
import type { Contact } from '../../../../protocols/model/entities.ts';
import type { AccountId, ContactId, RemoteUserId } from '../../../../protocols/model/ids.ts';

/** Somebody as the window shows them. */
export interface Shown {
	readonly accountId: AccountId;
	readonly remoteId: RemoteUserId;
	readonly name: string;
	/** The real address behind an occupant, where the network shows it. */
	readonly address: string | null;
	/** The id counts in one room only, and who is behind it elsewhere may not be known. */
	readonly isOccupant: boolean;
}

export interface Lookalike {
	/** `same-name`: the very name of a contact; `similar-name`: one that reads like it. */
	readonly kind: 'same-name' | 'similar-name';
	readonly contact: Contact;
}

type Skeletons = (name: string) => readonly string[];

/** Names that very many people share by accident would only make noise. */
const minCompared = 3;

const plain = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

export class LookalikeIndex {
	readonly #skeletons: Skeletons;
	readonly #bySkeleton = new Map<string, Set<Contact>>();

	/**
	 * @param contacts those whom the user knows: on the contact list
	 */
	constructor(contacts: Iterable<Contact>, skeletons: Skeletons) {
		this.#skeletons = skeletons;
		for (const contact of contacts) {
			if (!contact.onRoster || contact.blocked) continue;
			const names = new Set([contact.name, contact.remoteId]);
			for (const name of names) {
				if (plain(name).length < minCompared) continue;
				for (const skeleton of skeletons(name)) {
					const same = this.#bySkeleton.get(skeleton);
					if (same === undefined) this.#bySkeleton.set(skeleton, new Set([contact]));
					else same.add(contact);
				}
			}
		}
	}

	/**
	 * The very same name is suspicious only where it could be given to somebody else: within one account, and not of
	 * occupants whose address the room hides, or every friend in such a room would be under suspicion. A name that only
	 * reads like a contact's is made to deceive, wherever it appears.
	 * @param isSamePerson contacts that the user merged into one person are one, whatever they are called
	 * @returns the contact that this one could be taken for, or null
	 */
	check(shown: Shown, isSamePerson: (contact: ContactId) => boolean): Lookalike | null {
		if (plain(shown.name).length < minCompared) return null;
		let found: Lookalike | null = null;
		for (const name of new Set([shown.name, shown.remoteId]))
			for (const skeleton of this.#skeletons(name))
				for (const contact of this.#bySkeleton.get(skeleton) ?? []) {
					if (isSelf(shown, contact) || isSamePerson(contact.id)) return null;
					const kind = isSameName(shown, contact) ? 'same-name' : 'similar-name';
					if (kind === 'same-name' && !isTelling(shown, contact)) continue;
					if (found === null || (found.kind === 'similar-name' && kind === 'same-name')) found = { kind, contact };
				}
		return found;
	}
}

const isSameName = (shown: Shown, contact: Contact): boolean =>
	[contact.name, contact.remoteId].some((name) => plain(name) === plain(shown.name));

const isTelling = (shown: Shown, contact: Contact): boolean =>
	shown.accountId === contact.accountId && !(shown.isOccupant && shown.address === null);

/** The contact themselves, or somebody whose address proves that they are. */
function isSelf(shown: Shown, contact: Contact): boolean {
	if (shown.remoteId === contact.remoteId) return true;
	return shown.address !== null && bare(shown.address) === bare(contact.remoteId);
}

/** An address without the device behind it. */
const bare = (address: string): string => address.replace(/\/.*$/u, '').toLowerCase();
