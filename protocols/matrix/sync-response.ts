/**
 * A `/sync` answer made safe (client-server specification "Syncing"). One pass over the parsed JSON yields two views:
 * {@link SyncResponse} with checked types for our mapper, and `forSdk`, a cleaned copy that holds room state only.
 * Messages never enter the SDK, so its memory does not grow with traffic and no message content can break it.
 */
import {
	cleanJson,
	entriesOf,
	get,
	getArray,
	getCount,
	getFlag,
	getRecord,
	getString,
	isRecord,
	isUnsafeKey,
	type JsonRecord,
} from './json.ts';
import { isEventId, isRoomId, isUserId } from './matrix-id.ts';

/** An event whose frame has been checked; `content` and `unsigned` are still anything. */
export interface RawEvent {
	readonly type: string;
	/** Null for ephemeral events, account data and stripped state. */
	readonly id: string | null;
	readonly sender: string | null;
	/** `origin_server_ts` in ms UTC; 0 when absent or absurd. */
	readonly ts: number;
	readonly stateKey: string | null;
	readonly content: JsonRecord;
	readonly unsigned: JsonRecord;
	readonly redacts: string | null;
}

export interface JoinedRoom {
	readonly state: readonly RawEvent[];
	readonly timeline: readonly RawEvent[];
	readonly limited: boolean;
	readonly prevBatch: string | null;
	readonly ephemeral: readonly RawEvent[];
	readonly accountData: readonly RawEvent[];
}

export interface SyncResponse {
	readonly nextBatch: string;
	readonly join: ReadonlyMap<string, JoinedRoom>;
	readonly invite: ReadonlyMap<string, readonly RawEvent[]>;
	readonly leave: ReadonlyMap<string, JoinedRoom>;
	readonly presence: readonly RawEvent[];
	readonly accountData: readonly RawEvent[];
	/** What the SDK may see. */
	readonly forSdk: object;
}

const syncLimits = { maxRooms: 20_000, maxTimeline: 2000, maxState: 100_000, maxEphemeral: 1000 } as const;

/** Null when the answer is no sync answer at all. */
export function readSync(body: unknown): SyncResponse | null {
	const nextBatch = getString(body, 'next_batch', 4096);
	if (nextBatch === null || nextBatch === '') return null;
	const rooms = getRecord(body, 'rooms');
	const join = readRooms(get(rooms, 'join'), readJoined);
	const leave = readRooms(get(rooms, 'leave'), readJoined);
	const invite = readRooms(get(rooms, 'invite'), (room) => readEvents(getRecord(room, 'invite_state')));
	const presence = readEvents(getRecord(body, 'presence'), syncLimits.maxState);
	const accountData = readEvents(getRecord(body, 'account_data'));
	return { nextBatch, join, invite, leave, presence, accountData, forSdk: forSdk(body, nextBatch) };
}

function readRooms<T>(section: unknown, read: (room: unknown) => T): Map<string, T> {
	const rooms = new Map<string, T>();
	for (const [id, room] of entriesOf(section, syncLimits.maxRooms)) if (isRoomId(id)) rooms.set(id, read(room));
	return rooms;
}

function readJoined(room: unknown): JoinedRoom {
	const timeline = getRecord(room, 'timeline');
	const state = getRecord(room, stateAfter);
	return {
		state: readEvents(isRecord(get(room, stateAfter)) ? state : getRecord(room, 'state'), syncLimits.maxState),
		timeline: readEvents(timeline, syncLimits.maxTimeline).filter(
			(event) => event.id !== null && event.sender !== null,
		),
		limited: getFlag(timeline, 'limited'),
		prevBatch: getString(timeline, 'prev_batch', 4096),
		ephemeral: readEvents(getRecord(room, 'ephemeral'), syncLimits.maxEphemeral),
		accountData: readEvents(getRecord(room, 'account_data'), syncLimits.maxEphemeral),
	};
}

/** MSC4222: state at the end of the timeline; the SDK asks for it under this name. */
const stateAfter = 'org.matrix.msc4222.state_after';

function readEvents(holder: JsonRecord, max: number = syncLimits.maxState): RawEvent[] {
	const events: RawEvent[] = [];
	for (const raw of getArray(holder, 'events', max)) {
		const event = readEvent(raw);
		if (event !== null) events.push(event);
	}
	return events;
}

/** Null when the value has not the frame of an event. */
export function readEvent(raw: unknown): RawEvent | null {
	const type = getString(raw, 'type', 255);
	if (type === null || type === '' || isUnsafeKey(type)) return null;
	const id = get(raw, 'event_id');
	const sender = get(raw, 'sender');
	const stateKey = getString(raw, 'state_key', 255);
	if (stateKey !== null && isUnsafeKey(stateKey)) return null;
	const redacts = getString(raw, 'redacts', 255) ?? getString(get(raw, 'content'), 'redacts', 255);
	return {
		type,
		id: isEventId(id) ? id : null,
		sender: isUserId(sender) ? sender : null,
		ts: saneTime(getCount(raw, 'origin_server_ts')),
		stateKey,
		content: getRecord(raw, 'content'),
		unsigned: getRecord(raw, 'unsigned'),
		redacts,
	};
}

/** Times JavaScript cannot represent read as unknown; the engine clamps the rest. */
function saneTime(ts: number | null): number {
	return ts === null || ts > 8_640_000_000_000_000 ? 0 : ts;
}

function forSdk(body: unknown, nextBatch: string): object {
	const rooms = getRecord(body, 'rooms');
	const section = (name: string, keep: (room: unknown) => object): object => {
		const out: Record<string, object> = {};
		for (const [id, room] of entriesOf(get(rooms, name), syncLimits.maxRooms)) if (isRoomId(id)) out[id] = keep(room);
		return out;
	};
	return {
		next_batch: nextBatch,
		account_data: { events: sdkEvents(getRecord(body, 'account_data'), isAccountDataForSdk) },
		rooms: {
			join: section('join', joinedForSdk),
			invite: section('invite', (room) => ({
				invite_state: { events: sdkEvents(getRecord(room, 'invite_state'), isState) },
			})),
			leave: section('leave', joinedForSdk),
			knock: {},
		},
	};
}

/** The answer of `/members` as the SDK may see it. */
export function membersForSdk(body: unknown): object {
	const chunk = getArray(body, 'chunk', syncLimits.maxState);
	return { chunk: sdkEvents({ events: chunk }, (event) => isState(event) && event.type === 'm.room.member') };
}

function joinedForSdk(room: unknown): object {
	const timeline = getRecord(room, 'timeline');
	const after = get(room, stateAfter);
	return {
		...(isRecord(after)
			? { [stateAfter]: { events: sdkEvents(after, isState) } }
			: { state: { events: sdkEvents(getRecord(room, 'state'), isState) } }),
		// Limited only matters for timelines; without messages there is nothing to reset.
		timeline: {
			events: isRecord(after) ? [] : sdkEvents(timeline, isState),
			limited: false,
			prev_batch: getString(timeline, 'prev_batch', 4096),
		},
		summary: summaryForSdk(get(room, 'summary')),
		ephemeral: { events: [] },
		account_data: { events: [] },
		unread_notifications: {},
	};
}

function summaryForSdk(summary: unknown): object {
	const heroes = getArray(summary, 'm.heroes', 20).filter(isUserId);
	const joined = getCount(summary, 'm.joined_member_count');
	const invited = getCount(summary, 'm.invited_member_count');
	return {
		...(isRecord(summary) && Array.isArray(get(summary, 'm.heroes')) ? { 'm.heroes': heroes } : {}),
		...(joined === null ? {} : { 'm.joined_member_count': joined }),
		...(invited === null ? {} : { 'm.invited_member_count': invited }),
	};
}

const isState = (event: RawEvent): boolean => event.stateKey !== null && event.sender !== null;

/** Kept by the SDK's store so that they survive a restart; everything else of the account is not used here. */
const isAccountDataForSdk = (event: RawEvent): boolean =>
	event.type === 'm.direct' || event.type === 'm.ignored_user_list';

function sdkEvents(holder: JsonRecord, keep: (event: RawEvent) => boolean): object[] {
	const out: object[] = [];
	for (const raw of getArray(holder, 'events', syncLimits.maxState)) {
		const event = readEvent(raw);
		if (event === null || !keep(event)) continue;
		const content = cleanJson(event.content);
		const roomId = get(raw, 'room_id');
		out.push({
			type: event.type,
			content: !isRecord(content) ? {} : event.stateKey === null ? content : stateContent(event.type, content),
			...(isRoomId(roomId) ? { room_id: roomId } : {}),
			...(event.id === null ? {} : { event_id: event.id }),
			...(event.sender === null ? {} : { sender: event.sender }),
			...(event.stateKey === null ? {} : { state_key: event.stateKey }),
			...(event.ts === 0 ? {} : { origin_server_ts: event.ts }),
			unsigned: {},
		});
	}
	return out;
}

/** Coerces the content types that the SDK's room model reads without checks. */
function stateContent(type: string, content: JsonRecord): object {
	const text = (key: string): object => {
		const value = getString(content, key, 4096);
		return value === null ? {} : { [key]: value };
	};
	switch (type) {
		case 'm.room.member':
			return {
				membership: membershipOf(content),
				...text('displayname'),
				...text('avatar_url'),
				...text('reason'),
				...(getFlag(content, 'is_direct') ? { is_direct: true } : {}),
			};
		case 'm.room.name':
			return text('name');
		case 'm.room.topic':
			return text('topic');
		case 'm.room.canonical_alias':
			return {
				...text('alias'),
				alt_aliases: getArray(content, 'alt_aliases', 100).filter((alias) => typeof alias === 'string'),
			};
		case 'm.room.encryption':
			return { ...content, algorithm: getString(content, 'algorithm', 255) ?? 'unknown' };
		case 'm.room.create':
			return {
				...text('type'),
				...text('room_version'),
				...text('creator'),
				additional_creators: getArray(content, 'additional_creators', 1000).filter(isUserId),
				...roomId(getRecord(content, 'predecessor'), 'room_id', 'predecessor'),
			};
		case 'm.room.tombstone':
			return roomId(content, 'replacement_room');
		case 'm.space.child':
		case 'm.space.parent':
			return {
				via: getArray(content, 'via', 20).filter((server) => typeof server === 'string'),
				...(getFlag(content, 'canonical') ? { canonical: true } : {}),
			};
		case 'm.room.power_levels':
			return powerLevels(content);
		case 'm.room.join_rules':
			return text('join_rule');
		case 'm.room.history_visibility':
			return text('history_visibility');
		case 'm.room.guest_access':
			return text('guest_access');
		case 'm.room.avatar':
			return text('url');
		default:
			// Nothing else of the room is read through the SDK; unknown types are kept as an empty fact.
			return {};
	}
}

/** Property `key` if it is a room id, as `as`. */
function roomId(content: JsonRecord, key: string, as = key): object {
	const id = get(content, key);
	return isRoomId(id) ? { [as]: id } : {};
}

export type RoomMembership = 'join' | 'invite' | 'leave' | 'ban' | 'knock';

export function membershipOf(content: JsonRecord): RoomMembership {
	const value = getString(content, 'membership', 20);
	return value === 'join' || value === 'invite' || value === 'ban' || value === 'knock' ? value : 'leave';
}

/** Levels as integers; strings of digits were legal before room version 10. */
export function levelOf(value: unknown): number | null {
	const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
	return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

function powerLevels(content: JsonRecord): object {
	const out: Record<string, unknown> = {};
	for (const key of ['ban', 'events_default', 'invite', 'kick', 'redact', 'state_default', 'users_default']) {
		const level = levelOf(get(content, key));
		if (level !== null) out[key] = level;
	}
	for (const key of ['users', 'events', 'notifications'])
		out[key] = Object.fromEntries(
			entriesOf(get(content, key)).flatMap(([name, value]) => {
				const level = levelOf(value);
				return level === null ? [] : [[name, level]];
			}),
		);
	return out;
}
