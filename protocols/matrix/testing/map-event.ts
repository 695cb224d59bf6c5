/** Events through the mapper, in a room where `@mod:hs` may moderate. */
import type { AdapterEvent } from '../../adapter/events.ts';
import { factsOf } from '../event-facts.ts';
import { mapTimelineEvent, type RoomView } from '../event-mapper.ts';
import type { RelationTarget } from '../relation-rules.ts';
import { readEvent } from '../sync-response.ts';

export const me = '@me:hs';
const view: RoomView = {
	roomId: '!r:hs',
	me,
	nameOf: (user) => (user === '@bob:hs' ? 'Bob' : user),
	ownNames: ['me', 'Mimi'],
	mayRedact: (user) => user === '@mod:hs',
	mayMentionRoom: (user) => user === '@mod:hs',
	target: () => null,
};

/** What the session would know of an event it saw in a room; a message of Bob with id `$0` unless told otherwise. */
export function seen(raw: object = {}, roomId = view.roomId): RelationTarget | null {
	const content = { msgtype: 'm.text', body: 'old' };
	const event = readEvent({ event_id: '$0', sender: '@bob:hs', type: 'm.room.message', content, ...raw });
	return event === null ? null : factsOf(roomId, event);
}

/** @param known an event seen before, see {@link seen} */
export const map = (raw: object, known: RelationTarget | null = null): AdapterEvent[] => {
	const event = readEvent({ event_id: '$1', sender: '@bob:hs', origin_server_ts: 5, ...raw });
	const target = (id: string): RelationTarget | null => (known?.id === id ? known : null);
	return event === null ? [] : mapTimelineEvent(event, { ...view, target });
};
