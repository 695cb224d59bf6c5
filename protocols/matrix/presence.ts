/** Own presence out, others' presence in where sync does not tell it (specification "Presence"). */
import type { AdapterEvent } from '../adapter/events.ts';
import type { OwnPresence } from '../model/entities.ts';
import { remoteUserId } from '../model/ids.ts';
import { getString } from './json.ts';
import { withRetry } from './retry.ts';
import { clientApi, segment, type Session } from './session.ts';
import { readPresence } from './sync-mapper.ts';

const statusPath = (user: string): string => `${clientApi}/presence/${segment(user)}/status`;

/** Busy is not in the specification; away with the user's words is the nearest that everybody understands. */
function wireState(availability: OwnPresence['availability']): 'online' | 'unavailable' | 'offline' {
	switch (availability) {
		case 'available':
		case 'chat':
			return 'online';
		case 'away':
		case 'extended-away':
		case 'busy':
			return 'unavailable';
		case 'invisible':
			return 'offline';
	}
}

/** Both calls are needed: the next `/sync` would undo a status set alone. */
export async function setOwnPresence(session: Session, presence: OwnPresence): Promise<void> {
	const state = wireState(presence.availability);
	session.setSyncPresence(state);
	const body = { presence: state, ...(presence.statusText === '' ? {} : { status_msg: presence.statusText }) };
	await withRetry(session.context.clock, session.signal, () =>
		session.http.request('PUT', statusPath(session.me), { body, signal: session.signal }),
	);
}

/** A server without presence says that we are offline although we are syncing as online. */
export async function presenceWorks(session: Session): Promise<boolean> {
	try {
		const body = await session.http.request('GET', statusPath(session.me), { signal: session.signal });
		return getString(body, 'presence', 50) !== 'offline';
	} catch {
		return false;
	}
}

/** Sync tells only changes, so after a restart the state of the contacts is asked for, a few at most. */
const maxAsked = 40;

export async function askContacts(session: Session, users: readonly string[]): Promise<readonly AdapterEvent[]> {
	const events: AdapterEvent[] = [];
	for (const user of users.slice(0, maxAsked)) {
		if (session.signal.aborted) break;
		const body = await session.http.request('GET', statusPath(user), { signal: session.signal }).catch(() => null);
		if (body !== null) events.push({ type: 'presence', user: remoteUserId(user), ...readPresence(body, true) });
	}
	return events;
}
