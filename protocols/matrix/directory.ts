/** Public rooms and people (specification "Listing rooms" and "User directory"). */
import type { DirectoryFacet, DirectoryPerson, DirectoryRoom } from '../adapter/adapter.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import { cleanName, get, getArray, getCount, getString } from './json.ts';
import { isRoomAlias, isRoomId, isUserId, localpartOf } from './matrix-id.ts';
import { withRetry } from './retry.ts';
import { clientApi, type Session } from './session.ts';

const pageSize = 50;
/** A directory that never ends is cut here. */
const maxPages = 200;

export function directoryOf(session: () => Session): DirectoryFacet {
	return {
		rooms: (filter, signal) => listRooms(session(), filter, signal),
		people: (filter, signal) => searchPeople(session(), filter, signal),
	};
}

async function* listRooms(
	session: Session,
	filter: string,
	signal: AbortSignal,
): AsyncGenerator<readonly DirectoryRoom[]> {
	let since: string | null = null;
	for (let page = 0; page < maxPages && !signal.aborted; page++) {
		const body: unknown = await post(session, signal, `${clientApi}/publicRooms`, {
			limit: pageSize,
			...(since === null ? {} : { since }),
			...(filter.trim() === '' ? {} : { filter: { generic_search_term: filter.trim() } }),
		});
		yield getArray(body, 'chunk', 1000).flatMap(readRoom);
		const next = getString(body, 'next_batch', 4096);
		if (next === null || next === since) return;
		since = next;
	}
}

function readRoom(raw: unknown): DirectoryRoom[] {
	const id = get(raw, 'room_id');
	if (!isRoomId(id)) return [];
	const alias = get(raw, 'canonical_alias');
	const joinName = isRoomAlias(alias) ? alias : id;
	return [
		{
			remoteId: remoteConversationId(id),
			joinName,
			name: cleanName(getString(raw, 'name') ?? '') || joinName,
			topic: cleanName(getString(raw, 'topic') ?? '', 1000),
			members: getCount(raw, 'num_joined_members'),
		},
	];
}

async function searchPeople(
	session: Session,
	filter: string,
	signal: AbortSignal,
): Promise<readonly DirectoryPerson[]> {
	const term = filter.trim();
	if (term === '') return [];
	const body = await post(session, signal, `${clientApi}/user_directory/search`, {
		search_term: term,
		limit: pageSize,
	});
	return getArray(body, 'results', 1000).flatMap((raw): DirectoryPerson[] => {
		const id = get(raw, 'user_id');
		if (!isUserId(id) || id === session.me) return [];
		return [
			{
				remoteId: remoteUserId(id),
				name: cleanName(getString(raw, 'display_name') ?? '') || localpartOf(id),
				address: id,
			},
		];
	});
}

function post(session: Session, signal: AbortSignal, path: string, body: unknown): Promise<unknown> {
	const both = AbortSignal.any([signal, session.signal]);
	return withRetry(session.context.clock, both, () => session.http.request('POST', path, { body, signal: both }));
}
