/** Every warning about a name, wherever it is shown. */
import { useEffect, useMemo, useState } from 'react';
import type { Contact } from '../../../../protocols/model/entities.ts';
import type { ContactId } from '../../../../protocols/model/ids.ts';
import { useAppState } from '../../../app-context.ts';
import type { EngineState } from '../../../state/engine-state.ts';
import { type Lookalike, LookalikeIndex, type Shown } from './lookalikes.ts';
import { type NameTrick, tricksOf } from './name-tricks.ts';

export interface NameWarnings {
	readonly tricks: readonly NameTrick[];
	readonly lookalike: Lookalike | null;
}

type Skeletons = (name: string) => readonly string[];
let skeletons: Skeletons | null = null;
let loading: Promise<void> | null = null;
const maxRemembered = 20_000;

/** Names come again with every message, and reducing one costs more than remembering it. */
function remembering(reduce: Skeletons): Skeletons {
	const known = new Map<string, readonly string[]>();
	return (name) => {
		const found = known.get(name);
		if (found !== undefined) return found;
		if (known.size >= maxRemembered) known.clear();
		const made = reduce(name);
		known.set(name, made);
		return made;
	};
}

function load(): Promise<void> {
	loading ??= import('./skeleton.ts').then((module) => {
		skeletons = remembering(module.skeletonsOf);
	});
	return loading;
}

let built: { readonly contacts: EngineState['contacts']; readonly index: LookalikeIndex } | null = null;

/** Presence changes contacts all the time; only names and membership in the list make another index. */
function indexOf(contacts: EngineState['contacts'], reduce: Skeletons): LookalikeIndex {
	if (built?.contacts === contacts) return built.index;
	const index =
		built !== null && sameNames(built.contacts, contacts) ? built.index : new LookalikeIndex(contacts.values(), reduce);
	built = { contacts, index };
	return index;
}

function sameNames(a: EngineState['contacts'], b: EngineState['contacts']): boolean {
	if (a.size !== b.size) return false;
	for (const [id, contact] of b) if (!sameName(a.get(id), contact)) return false;
	return true;
}

const sameName = (a: Contact | undefined, b: Contact): boolean =>
	a === b ||
	(a !== undefined &&
		a.name === b.name &&
		a.remoteId === b.remoteId &&
		a.onRoster === b.onRoster &&
		a.blocked === b.blocked);

function samePersonAs(
	{ contacts, persons }: Pick<EngineState, 'contacts' | 'persons'>,
	shown: Shown,
): (id: ContactId) => boolean {
	for (const contact of contacts.values()) {
		if (contact.accountId !== shown.accountId || contact.remoteId !== shown.remoteId) continue;
		const person = contact.personId === null ? undefined : persons.get(contact.personId);
		return (id) => person?.contactIds.includes(id) === true;
	}
	return () => false;
}

/** Null where nothing is wrong. `shown` null: nobody is asked about, such as oneself. */
export function useNameWarnings(shown: Shown | null): NameWarnings | null {
	const [ready, setReady] = useState(skeletons !== null);
	useEffect(() => {
		if (ready) return undefined;
		let isHere = true;
		load()
			.then(() => {
				if (isHere) setReady(true);
			})
			// Without the table only what looks like others goes unsaid; it is asked for again with the next name.
			.catch(() => {
				loading = null;
			});
		return () => {
			isHere = false;
		};
	}, [ready]);
	const contacts = useAppState((state) => state.engine.contacts);
	const persons = useAppState((state) => state.engine.persons);
	const lookalike = useMemo(() => {
		if (shown === null || skeletons === null || !ready) return null;
		const index = indexOf(contacts, skeletons);
		// Who belongs to whom is looked up only for the few names that somebody else has.
		if (index.check(shown, () => false) === null) return null;
		return index.check(shown, samePersonAs({ contacts, persons }, shown));
	}, [shown, ready, contacts, persons]);
	return useMemo(() => {
		if (shown === null) return null;
		const tricks = tricksOf(shown.name);
		return tricks.length === 0 && lookalike === null ? null : { tricks, lookalike };
	}, [shown, lookalike]);
}
