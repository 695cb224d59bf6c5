/** What happened in a room as lines of its timeline. */
import type { AdapterEvent } from '../adapter/events.ts';
import type { SystemEvent } from '../model/content.ts';
import { type RemoteUserId, remoteUserId } from '../model/ids.ts';
import { bareText } from './jid.ts';
import type { Room } from './room.ts';
import { commonRole, type OccupantPresence } from './xep/0045-muc.ts';

/** A line said by the room itself; it has no id because no archive keeps it. */
export function roomLine(
	room: Pick<Room, 'jid' | 'remoteId' | 'name'>,
	system: SystemEvent,
	time: number,
): AdapterEvent {
	return {
		type: 'message',
		conversation: room.remoteId,
		message: {
			ids: [],
			sender: { remoteId: remoteUserId(bareText(room.jid)), name: room.name, strength: 'stable' },
			own: false,
			txnId: null,
			content: { kind: 'system', system },
			time,
			mention: false,
			encrypted: false,
			replyTo: null,
			threadRoot: null,
		},
	};
}

interface Who {
	readonly user: RemoteUserId;
	readonly name: string;
}

/** Somebody is gone (XEP-0045 section 17.3, status codes 301, 307, 321, 322, 333). */
export function departure(who: Who, presence: OccupantPresence): SystemEvent {
	const { codes, actor: by, reason } = presence;
	// 333 with 307: the service removed somebody whose connection broke; nobody was kicked.
	if (!codes.has('333')) {
		if (codes.has('301')) return { event: 'ban', ...who, by, reason };
		if (codes.has('307')) return { event: 'kick', ...who, by, reason };
	}
	return { event: codes.has('333') ? 'quit' : 'leave', ...who, reason: reason ?? presence.status };
}

/** Somebody who was here already stands differently now; null when it is only their presence that changed. */
export function promotion(who: Who, before: OccupantPresence, after: OccupantPresence): SystemEvent | null {
	const role = commonRole(after.affiliation, after.role);
	if (role === commonRole(before.affiliation, before.role)) return null;
	return { event: 'role', ...who, by: after.actor, role };
}
