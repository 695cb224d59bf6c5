/** Public rooms of the account's room service, and people of its directory. */
import type { DirectoryPerson, DirectoryRoom } from '../adapter/adapter.ts';
import { ChatException, chatError } from '../model/errors.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import { fromFailure } from './errors.ts';
import { bareText, parseJid, unescapeLocal } from './jid.ts';
import type { Session } from './session.ts';
import { queryItems } from './xep/0030-disco.ts';
import { searchPeople } from './xep/0055-search.ts';

const maxPages = 100;

/** @param filter substring of name or address; a domain (`rooms.example.org`) lists that service instead */
export async function* listRooms(
	session: Session,
	filter: string,
	signal: AbortSignal,
): AsyncGenerator<readonly DirectoryRoom[]> {
	const wanted = filter.trim().toLocaleLowerCase('en');
	const other = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(wanted) ? wanted : null;
	const service = other ?? session.roomService;
	if (service === null) throw new ChatException(chatError('unsupported', 'the server has no room service'));
	let after: string | null = null;
	for (let count = 0; count < maxPages && !signal.aborted; count++) {
		const page: Awaited<ReturnType<typeof queryItems>> = await queryItems(
			session.stream.iq,
			service,
			after,
			signal,
		).catch((error: unknown) => {
			throw new ChatException(fromFailure(error, 'query', { host: service }), error);
		});
		const rooms = page.items.flatMap((item): DirectoryRoom[] => {
			const jid = parseJid(item.jid);
			if (jid === null || jid.local === '') return [];
			const key = bareText(jid);
			// Prosody and ejabberd add the number of people to the name.
			const members = /\((\d+)\)$/.exec(item.name ?? '');
			const name = (item.name ?? '').replace(/\s*\(\d+\)$/, '') || unescapeLocal(jid.local);
			if (other === null && wanted !== '' && !name.toLocaleLowerCase('en').includes(wanted) && !key.includes(wanted))
				return [];
			return [
				{
					remoteId: remoteConversationId(key),
					joinName: key,
					name: name.slice(0, 500),
					topic: '',
					members: members === null ? null : Number(members[1]),
				},
			];
		});
		if (rooms.length > 0) yield rooms;
		if (page.next === null) return;
		after = page.next;
	}
}

/** Rejects with `unsupported` where the server has no directory. */
export async function listPeople(
	session: Session,
	filter: string,
	signal: AbortSignal,
): Promise<readonly DirectoryPerson[]> {
	const service = session.searchService;
	if (service === null) throw new ChatException(chatError('unsupported', 'the server has no directory of people'));
	const people = await searchPeople(session.stream.iq, service, filter.trim(), signal).catch((error: unknown) => {
		throw new ChatException(fromFailure(error, 'query', { host: service }), error);
	});
	return people.map(({ address, name }) => ({
		remoteId: remoteUserId(address),
		name: name === '' ? unescapeLocal(address.slice(0, address.indexOf('@'))) : name,
		address,
	}));
}
