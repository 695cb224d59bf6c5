import { useEffect, useMemo, useState } from 'react';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Account } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { after } from '../../platform/clock.ts';
import { matchingContacts, mergeFound } from './found-people.ts';
import type { DirectoryPerson, FoundPerson } from './found-people.ts';

const pauseMs = 300;
const minLetters = 2;

export interface PeopleSearch {
	readonly people: readonly FoundPerson[];
	readonly searching: boolean;
	/** The server was asked and knows nobody more. */
	readonly asked: boolean;
}

/** Contacts at once, and the server's directory when typing pauses, where the server has one. */
export function usePeopleSearch(account: Account | undefined, text: string): PeopleSearch {
	const { client } = useApp();
	const contacts = useAppState((state) => state.engine.contacts);
	const [hits, setHits] = useState<{ text: string; people: readonly DirectoryPerson[] } | null>(null);
	const wanted = text.trim();
	const accountId = account?.id;
	const canAsk = account !== undefined && can(account.capabilities.searchPeople) && wanted.length >= minLetters;
	useEffect(() => {
		setHits(null);
		if (!canAsk || accountId === undefined) return undefined;
		let live = true;
		const stop = after(pauseMs, () => {
			client
				.query('search.people', { accountId, filter: wanted.slice(0, 200) })
				.then(({ people }) => {
					if (live) setHits({ text: wanted, people });
				})
				// The address can be typed without the directory, so its failure needs no words.
				.catch(() => {
					if (live) setHits({ text: wanted, people: [] });
				});
		});
		return () => {
			live = false;
			stop();
		};
	}, [client, accountId, canAsk, wanted]);
	const people = useMemo(() => {
		if (accountId === undefined) return [];
		return mergeFound(matchingContacts(contacts.values(), accountId, wanted), hits?.people ?? []);
	}, [contacts, accountId, wanted, hits]);
	return { people, searching: canAsk && hits === null, asked: hits !== null };
}
