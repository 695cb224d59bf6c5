/** Events through the mapper, in a room where `@mod:hs` may moderate. */
import type { AdapterEvent } from '../../adapter/events.ts';
import { mapTimelineEvent, type RoomView } from '../event-mapper.ts';
import { readEvent } from '../sync-response.ts';

export const me = '@me:hs';
const view: RoomView = {
	roomId: '!r:hs',
	me,
	nameOf: (user) => (user === '@bob:hs' ? 'Bob' : user),
	ownNames: ['me', 'Mimi'],
	mayRedact: (user) => user === '@mod:hs',
	mayMentionRoom: (user) => user === '@mod:hs',
};

export const map = (raw: object): AdapterEvent[] => {
	const event = readEvent({ event_id: '$1', sender: '@bob:hs', origin_server_ts: 5, ...raw });
	return event === null ? [] : mapTimelineEvent(event, view);
};
