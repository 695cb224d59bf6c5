/** A whole sync answer → adapter events, in the order the engine needs them: rooms, members, gaps, messages, markers. */
import type { Actor, AdapterEvent, RemoteContact } from '../adapter/events.ts';
import type { Availability } from '../model/capabilities.ts';
import { chatError } from '../model/errors.ts';
import { remoteConversationId, remoteId, remoteUserId } from '../model/ids.ts';
import { EventFacts } from './event-facts.ts';
import { mapTimelineEvent, type RoomView } from './event-mapper.ts';
import { cleanName, entriesOf, get, getArray, getCount, getString } from './json.ts';
import { isEventId, isUserId } from './matrix-id.ts';
import { invitedCapabilities, levelFor, levelForRoomMention } from './power-levels.ts';
import { receiptOf } from './relation-rules.ts';
import { readInvite, type Rooms } from './rooms.ts';
import { type JoinedRoom, membershipOf, type RawEvent, type SyncResponse } from './sync-response.ts';

/** Receipts per room and answer; beyond that nobody looks at single readers. */
const maxReceipts = 200;
/** More member changes than this in one answer are told as a new list. */
const maxDelta = 50;

/** Servers tell when somebody starts and when they stop, and nothing in between. */
const typingHoldMs = 120_000;

export interface PresenceRules {
	/** False while the server is known to tell everybody is offline. */
	readonly presenceWorks: boolean;
}

export class SyncMapper {
	readonly #rooms: Rooms;
	/** Room → users typing, as last told. */
	readonly #typing = new Map<string, ReadonlySet<string>>();
	/** Room → what the engine was last told about it. */
	readonly #told = new Map<string, string>();
	/** Rooms whose continuation we are in. */
	readonly #superseded = new Set<string>();
	readonly facts = new EventFacts();
	#ignored: ReadonlySet<string> = new Set();
	#contactsTold = '';

	constructor(rooms: Rooms) {
		this.#rooms = rooms;
	}

	/** State of every room after a restart, so that capabilities and members are there before the first sync. */
	restore(): AdapterEvent[] {
		const out: AdapterEvent[] = [];
		this.#rooms.refreshSpaces();
		for (const roomId of this.#outerFirst(this.#rooms.ids())) {
			if (this.#rooms.membership(roomId) !== 'joined') continue;
			if (this.#rooms.successorOf(roomId) !== null) this.#superseded.add(roomId);
			this.#describe(roomId, out);
			out.push(this.#memberSnapshot(roomId));
		}
		out.push(...this.#contacts());
		return out;
	}

	/** `first`: the account's first sync ever, so nothing older is known anywhere. */
	map(sync: SyncResponse, rules: PresenceRules, first: boolean): AdapterEvent[] {
		const out: AdapterEvent[] = [];
		for (const event of sync.accountData) this.#accountData(event);
		for (const [roomId, state] of sync.invite) this.#invite(roomId, state, out);
		const moved = changesPlaces(sync, (roomId) => this.#told.has(roomId)) ? this.#rooms.refreshSpaces() : [];
		for (const roomId of this.#outerFirst([...sync.join.keys()])) {
			const room = sync.join.get(roomId);
			if (room !== undefined) this.#joined(roomId, room, first, out);
		}
		for (const [roomId, room] of sync.leave) this.#left(roomId, room, out);
		for (const roomId of this.#outerFirst(moved)) this.#describe(roomId, out);
		// A room may become or stop being a one-to-one chat by account data alone.
		if (sync.accountData.some((event) => event.type === 'm.direct'))
			for (const { room } of this.#rooms.directPeers())
				if (this.#rooms.membership(room) === 'joined') this.#describe(room, out);
		out.push(...this.#contacts());
		for (const event of sync.presence) this.#presence(event, rules, out);
		return out;
	}

	ignoredUsers(): ReadonlySet<string> {
		return this.#ignored;
	}

	/** The members of a room after they were loaded. */
	memberEvents(roomId: string): AdapterEvent[] {
		const out: AdapterEvent[] = [];
		this.#describe(roomId, out);
		out.push(this.#memberSnapshot(roomId));
		return out;
	}

	/** Tells about a room only what changed since it was last told. */
	#describe(roomId: string, out: AdapterEvent[]): void {
		// What was put away stays so; its successor is told instead.
		if (this.#superseded.has(roomId)) return void this.#told.set(roomId, '');
		const conversation = this.#rooms.describe(roomId);
		if (conversation === null) return;
		const signature = JSON.stringify(conversation);
		if (this.#told.get(roomId) === signature) return;
		this.#told.set(roomId, signature);
		out.push({ type: 'conversation-upsert', conversation });
	}

	#accountData(event: RawEvent): void {
		if (event.type === 'm.direct') this.#rooms.setDirect(event.content);
		if (event.type === 'm.ignored_user_list') this.setIgnored(event.content);
	}

	setIgnored(content: unknown): void {
		this.#ignored = new Set(
			entriesOf(get(content, 'ignored_users'))
				.map(([user]) => user)
				.filter(isUserId),
		);
	}

	#invite(roomId: string, state: readonly RawEvent[], out: AdapterEvent[]): void {
		const conversation = readInvite(roomId, this.#rooms.me, state);
		this.#told.delete(roomId);
		out.push({ type: 'conversation-upsert', conversation });
	}

	#joined(roomId: string, room: JoinedRoom, first: boolean, out: AdapterEvent[]): void {
		const isNew = !this.#told.has(roomId);
		this.#describe(roomId, out);
		this.#memberChanges(roomId, room, isNew, out);
		const conversation = remoteConversationId(roomId);
		const reachesStart = room.timeline.some((event) => event.type === 'm.room.create');
		if ((room.limited || first) && !reachesStart && room.prevBatch !== null)
			out.push({ type: 'gap', conversation, token: room.prevBatch, fillable: true });
		out.push(...this.timeline(roomId, room.timeline));
		this.#follow(roomId, room, isNew, out);
		if (!first) this.#offer(roomId, room, out);
		for (const event of room.ephemeral) {
			if (event.type === 'm.typing') this.#typingChange(roomId, event, out);
			if (event.type === 'm.receipt') this.#receipts(roomId, event, out);
		}
		for (const event of room.accountData) {
			const upTo = event.type === 'm.fully_read' ? get(event.content, 'event_id') : null;
			if (isEventId(upTo))
				out.push({ type: 'read-marker', conversation, upTo: [remoteId('server', upTo)], time: null });
		}
	}

	/** A room that continues another one we are in takes its place (specification "Room Upgrades"). */
	#follow(roomId: string, room: JoinedRoom, isNew: boolean, out: AdapterEvent[]): void {
		const ends = room.timeline.some(isTombstone) || room.state.some(isTombstone);
		const old = isNew ? this.#rooms.predecessorOf(roomId) : null;
		for (const from of [old, isNew || ends ? roomId : null]) {
			const to = from === null ? null : this.#rooms.successorOf(from);
			if (from === null || to === null || this.#superseded.has(from) || this.#rooms.membership(from) !== 'joined')
				continue;
			// The engine is told of both before one takes the place of the other.
			this.#describe(from, out);
			this.#describe(to, out);
			this.#superseded.add(from);
			out.push({
				type: 'conversation-renamed',
				from: remoteConversationId(from),
				to: remoteConversationId(to),
				name: this.#rooms.name(to),
			});
		}
	}

	/** The new place is offered like an invitation: entering it is for the user to decide. */
	#offer(roomId: string, room: JoinedRoom, out: AdapterEvent[]): void {
		const tombstone = room.timeline.findLast(isTombstone);
		const to = this.#rooms.replacementOf(roomId)?.room;
		if (tombstone?.sender == null || to === undefined || this.#told.has(to)) return;
		if (this.#rooms.membership(to) !== 'left') return;
		const words = cleanName(getString(tombstone.content, 'body') ?? '', 500);
		out.push({
			type: 'conversation-upsert',
			conversation: {
				remoteId: remoteConversationId(to),
				kind: 'group',
				name: this.#rooms.name(roomId),
				membership: 'invited',
				invite: { from: this.#rooms.memberName(roomId, tombstone.sender), reason: words === '' ? null : words },
				capabilities: invitedCapabilities(),
			},
		});
	}

	/** Spaces before what is in them, so that a parent is known when it is named. */
	#outerFirst(ids: readonly string[]): readonly string[] {
		const rank = new Map(ids.map((id) => [id, this.#rooms.kind(id) === 'space' ? this.#rooms.depth(id) : 1000]));
		return ids.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
	}

	/** Events of a room, oldest first. `names` of senders who may have left. */
	timeline(roomId: string, events: readonly RawEvent[], names?: ReadonlyMap<string, string>): AdapterEvent[] {
		const view = this.#view(roomId, names);
		return events.flatMap((event) => {
			if (event.sender !== null && this.#ignored.has(event.sender)) return [];
			const mapped = mapTimelineEvent(event, view);
			if (mapped.length > 0 || event.type !== 'm.room.redaction') this.facts.note(roomId, event);
			return mapped;
		});
	}

	#left(roomId: string, room: JoinedRoom, out: AdapterEvent[]): void {
		const me = this.#rooms.me;
		const own = [...room.state, ...room.timeline].findLast(
			(event) => event.type === 'm.room.member' && event.stateKey === me,
		);
		const banned = own !== undefined && membershipOf(own.content) === 'ban';
		const removed = own !== undefined && own.sender !== me && own.sender !== null;
		const wasHere = this.#told.has(roomId);
		this.#told.delete(roomId);
		this.#typing.delete(roomId);
		if (wasHere) out.push(...this.timeline(roomId, room.timeline));
		const by = own?.sender ?? null;
		const reason = getString(own?.content, 'reason', 2000);
		const error =
			removed && by !== null
				? chatError(banned ? 'banned' : 'kicked', reason, { params: { by: this.#rooms.memberName(roomId, by) } })
				: null;
		out.push({
			type: 'conversation-upsert',
			conversation: {
				remoteId: remoteConversationId(roomId),
				membership: banned ? 'banned' : 'left',
				invite: null,
				error,
				capabilities: this.#rooms.capabilities(roomId),
			},
		});
	}

	#memberChanges(roomId: string, room: JoinedRoom, isNew: boolean, out: AdapterEvent[]): void {
		const events = [...room.state, ...room.timeline];
		// The newest event of each user counts.
		const users = new Map(
			events.flatMap((event) =>
				event.type === 'm.room.member' && event.stateKey !== null ? [[event.stateKey, event] as const] : [],
			),
		);
		const rolesChanged = events.some((event) => event.type === 'm.room.power_levels' && event.stateKey === '');
		if (isNew || rolesChanged || users.size > maxDelta) {
			out.push(this.#memberSnapshot(roomId));
			return;
		}
		if (users.size === 0) return;
		const changes = [...users].map(([user, event]) => ({ user, member: this.#rooms.memberOf(roomId, event) }));
		out.push({
			type: 'members-delta',
			conversation: remoteConversationId(roomId),
			upsert: changes.flatMap(({ member }) => (member === null ? [] : [member])),
			remove: changes.filter(({ member }) => member === null).map(({ user }) => remoteUserId(user)),
		});
	}

	#memberSnapshot(roomId: string): AdapterEvent {
		return { type: 'members-snapshot', conversation: remoteConversationId(roomId), ...this.#rooms.members(roomId) };
	}

	/** `m.typing` lists everybody who types now; the difference to the last list is what happened. */
	#typingChange(roomId: string, event: RawEvent, out: AdapterEvent[]): void {
		const now = new Set(
			getArray(event.content, 'user_ids', 100)
				.filter(isUserId)
				.filter((user) => user !== this.#rooms.me),
		);
		const before = this.#typing.get(roomId) ?? new Set<string>();
		if (now.size === 0) this.#typing.delete(roomId);
		else this.#typing.set(roomId, now);
		for (const user of before) if (!now.has(user)) out.push(this.#typingEvent(roomId, user, 'done'));
		for (const user of now)
			if (!before.has(user) && !this.#ignored.has(user)) out.push(this.#typingEvent(roomId, user, 'active'));
	}

	#typingEvent(roomId: string, user: string, state: 'active' | 'done'): AdapterEvent {
		return {
			type: 'typing',
			conversation: remoteConversationId(roomId),
			user: this.#actor(roomId, user),
			state,
			...(state === 'active' ? { expiresMs: typingHoldMs } : {}),
		};
	}

	#receipts(roomId: string, event: RawEvent, out: AdapterEvent[]): void {
		let count = 0;
		const conversation = remoteConversationId(roomId);
		for (const [eventId, kinds] of entriesOf(event.content, 1000)) {
			if (!isEventId(eventId)) continue;
			for (const kind of ['m.read', 'm.read.private'] as const) {
				for (const [user, facts] of entriesOf(get(kinds, kind), 1000)) {
					if (!isUserId(user) || count >= maxReceipts) continue;
					const whose = receiptOf(kind, { reader: user, threadId: get(facts, 'thread_id') }, this.#rooms.me);
					if (whose === null) continue;
					count++;
					const upTo = [remoteId('server', eventId)];
					const time = getCount(facts, 'ts');
					if (whose === 'own') out.push({ type: 'read-marker', conversation, upTo, time: null });
					else out.push({ type: 'receipt', conversation, reader: remoteUserId(user), kind: 'read', upTo, time });
				}
			}
		}
	}

	#presence(event: RawEvent, rules: PresenceRules, out: AdapterEvent[]): void {
		if (event.sender === null || event.sender === this.#rooms.me) return;
		out.push({
			type: 'presence',
			user: remoteUserId(event.sender),
			...readPresence(event.content, rules.presenceWorks),
		});
	}

	/** People with a one-to-one room, plus those we ignore: the nearest Matrix has to a contact list. */
	#contacts(): AdapterEvent[] {
		const contacts = new Map<string, RemoteContact>();
		const add = (user: string, name: string, onRoster: boolean): void => {
			contacts.set(user, {
				remoteId: remoteUserId(user),
				name,
				groups: [],
				subscription: onRoster ? 'both' : 'none',
				onRoster,
				blocked: this.#ignored.has(user),
			});
		};
		for (const user of this.#ignored) add(user, user, false);
		for (const { user, room } of this.#rooms.directPeers())
			if (user !== this.#rooms.me && this.#rooms.membership(room) === 'joined')
				add(user, this.#rooms.memberName(room, user), true);
		const list = [...contacts.values()];
		const signature = JSON.stringify(list);
		if (signature === this.#contactsTold) return [];
		this.#contactsTold = signature;
		return [{ type: 'contacts-snapshot', contacts: list }];
	}

	#view(roomId: string, names?: ReadonlyMap<string, string>): RoomView {
		const rooms = this.#rooms;
		return {
			roomId,
			me: rooms.me,
			nameOf: (user) => names?.get(user) ?? rooms.memberName(roomId, user),
			ownNames: rooms.ownNames(roomId),
			mayRedact: (user) => rooms.power(roomId, user) >= levelFor(rooms.rules(roomId), 'redact'),
			mayMentionRoom: (user) => rooms.power(roomId, user) >= levelForRoomMention(rooms.rules(roomId)),
			target: (eventId) => this.facts.of(eventId),
		};
	}

	#actor(roomId: string, user: string): Actor {
		return { remoteId: remoteUserId(user), name: this.#rooms.memberName(roomId, user), strength: 'stable' };
	}
}

const isTombstone = (event: RawEvent): boolean => event.type === 'm.room.tombstone' && event.stateKey === '';

const placing: ReadonlySet<string> = new Set([
	'm.space.child',
	'm.space.parent',
	'm.room.create',
	'm.room.power_levels',
]);

/** May this answer put rooms under other spaces? */
function changesPlaces(sync: SyncResponse, known: (roomId: string) => boolean): boolean {
	for (const roomId of sync.leave.keys()) if (known(roomId)) return true;
	for (const [roomId, room] of sync.join)
		if (!known(roomId) || [...room.state, ...room.timeline].some((event) => placing.has(event.type))) return true;
	return false;
}

/** `m.presence` content. A server without presence answers offline for everybody, which says nothing. */
export function readPresence(
	content: unknown,
	presenceWorks: boolean,
): { readonly availability: Availability; readonly statusText: string } {
	const statusText = cleanName(getString(content, 'status_msg') ?? '', 300);
	switch (getString(content, 'presence', 50)) {
		case 'online':
			return { availability: get(content, 'currently_active') === false ? 'away' : 'available', statusText };
		case 'unavailable':
			return { availability: 'away', statusText };
		case 'org.matrix.msc3026.busy':
		case 'busy':
			return { availability: 'busy', statusText };
		case 'offline':
			return { availability: presenceWorks ? 'offline' : 'unknown', statusText };
		default:
			return { availability: 'unknown', statusText };
	}
}
