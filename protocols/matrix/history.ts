/** Pages of older messages (specification "Room message history"), read past the SDK's timelines. */
import type { HistoryFacet, HistoryPage, HistoryRequest } from '../adapter/adapter.ts';
import { fail } from '../model/errors.ts';
import { cleanName, getArray, getString } from './json.ts';
import { isUserId } from './matrix-id.ts';
import { withRetry } from './retry.ts';
import { roomPath, segment, type Session } from './session.ts';
import { membershipOf, readEvent } from './sync-response.ts';

/** Servers cap pages at 100 to 1,000; a page with only state in it must not look like the end. */
const maxPage = 100;

export function historyOf(session: () => Session): HistoryFacet {
	return { page: (request, signal) => readPage(session(), request, signal) };
}

async function readPage(session: Session, request: HistoryRequest, signal: AbortSignal): Promise<HistoryPage> {
	const backward = request.direction === 'backward';
	const from = request.token ?? (await tokenAt(session, request, signal));
	if (from === null && !backward) return { events: [], next: null, reachedEnd: true };
	const body = await get(session, signal, roomPath(request.conversation, 'messages'), {
		dir: backward ? 'b' : 'f',
		from: from ?? undefined,
		limit: Math.max(1, Math.min(maxPage, Math.trunc(request.limit))),
		filter: JSON.stringify({ lazy_load_members: true }),
	});
	const chunk = getArray(body, 'chunk', 1000);
	const raw = (backward ? chunk.toReversed() : chunk).map(readEvent).filter((event) => event !== null);
	const events = session.mapper.timeline(request.conversation, raw, namesOf(getArray(body, 'state', 10_000)));
	const end = getString(body, 'end', 4096);
	// No `end`, or one that does not move: nothing more may be seen. A server that repeats itself must not loop us.
	const exhausted = end === null || end === from;
	return { events, next: exhausted ? null : end, reachedEnd: exhausted };
}

/** Where paging starts from a known message; null means the newest end. */
async function tokenAt(session: Session, request: HistoryRequest, signal: AbortSignal): Promise<string | null> {
	const event = request.anchor?.ids.find((id) => id.kind === 'server')?.value;
	if (request.anchor === null) return null;
	if (event === undefined) fail('bad-input', 'the message has no id on the server');
	const body = await get(session, signal, roomPath(request.conversation, `context/${segment(event)}`), { limit: 0 });
	return getString(body, request.direction === 'backward' ? 'start' : 'end', 4096);
}

function get(
	session: Session,
	signal: AbortSignal,
	path: string,
	query: Readonly<Record<string, string | number | undefined>>,
): Promise<unknown> {
	const both = AbortSignal.any([signal, session.signal]);
	return withRetry(session.context.clock, both, () => session.http.request('GET', path, { query, signal: both }));
}

/** Names of the senders of this page, who may have left the room long ago. */
function namesOf(state: readonly unknown[]): ReadonlyMap<string, string> {
	const names = new Map<string, string>();
	for (const raw of state) {
		const event = readEvent(raw);
		if (event?.type !== 'm.room.member' || !isUserId(event.stateKey) || membershipOf(event.content) === 'leave')
			continue;
		const name = cleanName(getString(event.content, 'displayname') ?? '');
		if (name !== '') names.set(event.stateKey, name);
	}
	return names;
}
