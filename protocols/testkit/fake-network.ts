/**
 * A small chat network in memory: the server side of the fake protocol. Rooms keep a complete, server-ordered log, so
 * it can do what the best networks can; tests cut links, lose replies and refuse things on purpose.
 */
import type { Clock } from '../adapter/context.ts';
import type { MessageContent } from '../model/content.ts';
import type { OwnPresence, Role } from '../model/entities.ts';
import { FakeMedia } from './fake-media.ts';

/** One thing that happened in a room, numbered by the network. */
export type FakeLogEntry = {
	readonly seq: number;
	readonly room: string;
	readonly from: string;
	readonly time: number;
} & (
	| {
			readonly kind: 'message';
			readonly id: string;
			readonly txn: string | null;
			readonly content: MessageContent;
			readonly replyTo: string | null;
			/** Root of its thread; absent: in none. */
			readonly thread?: string | null;
			/** Absent: never. */
			readonly expiresAt?: number;
	  }
	| { readonly kind: 'edit'; readonly target: string; readonly txn: string | null; readonly content: MessageContent }
	| { readonly kind: 'remove'; readonly target: string; readonly reason: string | null }
	| { readonly kind: 'react'; readonly target: string; readonly keys: readonly string[] }
	| {
			readonly kind: 'member';
			readonly user: string;
			readonly change: 'join' | 'leave' | 'kick' | 'ban' | 'invite';
			readonly reason: string | null;
	  }
	| { readonly kind: 'topic'; readonly topic: string }
);
type WithoutPlace<T> = T extends unknown ? Omit<T, 'seq' | 'time'> : never;
type NewEntry = WithoutPlace<FakeLogEntry>;

export interface FakeRoom {
	readonly id: string;
	name: string;
	topic: string;
	/** A pair of users; has no roles and no listing. */
	readonly direct: boolean;
	readonly isPublic: boolean;
	readonly members: Map<string, Role>;
	readonly invited: Set<string>;
	readonly banned: Set<string>;
	readonly log: FakeLogEntry[];
}

export interface FakeUser {
	readonly id: string;
	name: string;
	password: string;
	presence: OwnPresence;
	readonly contacts: Set<string>;
	readonly blocked: Set<string>;
}

/** One connected client. */
export interface FakeSession {
	readonly user: string;
	entry(entry: FakeLogEntry): void;
	typing(room: string, user: string, active: boolean): void;
	presence(user: string): void;
	read(room: string, user: string, id: string): void;
	/** The link broke. */
	cut(): void;
}

export class FakeNetwork {
	readonly users = new Map<string, FakeUser>();
	readonly rooms = new Map<string, FakeRoom>();
	readonly media = new FakeMedia();
	readonly #sessions = new Set<FakeSession>();
	readonly #clock: Clock;
	#seq = 0;
	/** False: every new connection is refused. */
	reachable = true;
	/** Fate of the next message sent: `lost` before the server saw it, `unanswered` after. Both cut the link. */
	nextSend: 'normal' | 'lost' | 'unanswered' = 'normal';
	/** Log entries given to one client at login before a gap is declared. */
	catchupLimit = 50;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	get seq(): number {
		return this.#seq;
	}

	addUser(id: string, password = 'pw', name = id): FakeUser {
		const user: FakeUser = {
			id,
			name,
			password,
			presence: { availability: 'available', statusText: '' },
			contacts: new Set(),
			blocked: new Set(),
		};
		this.users.set(id, user);
		return user;
	}

	addRoom(
		id: string,
		owner: string,
		options: { readonly topic?: string; readonly isPublic?: boolean; readonly name?: string } = {},
	): FakeRoom {
		const room: FakeRoom = {
			id,
			name: options.name ?? id,
			topic: options.topic ?? '',
			direct: false,
			isPublic: options.isPublic ?? true,
			members: new Map([[owner, 'owner']]),
			invited: new Set(),
			banned: new Set(),
			log: [],
		};
		this.rooms.set(id, room);
		return room;
	}

	/** The one room of two users, made on first use. */
	directRoom(a: string, b: string): FakeRoom {
		const pair = [a, b].sort();
		const id = `dm:${pair.join('|')}`;
		const existing = this.rooms.get(id);
		if (existing !== undefined) return existing;
		const room: FakeRoom = {
			id,
			name: '',
			topic: '',
			direct: true,
			isPublic: false,
			members: new Map(pair.map((user) => [user, 'member'])),
			invited: new Set(),
			banned: new Set(),
			log: [],
		};
		this.rooms.set(id, room);
		return room;
	}

	attach(session: FakeSession): void {
		this.#sessions.add(session);
	}

	detach(session: FakeSession): void {
		this.#sessions.delete(session);
	}

	online(user: string): boolean {
		return [...this.#sessions].some((session) => session.user === user);
	}

	/** Breaks the links of one user, or of all. */
	cut(user?: string): void {
		for (const session of [...this.#sessions]) {
			if (user !== undefined && session.user !== user) continue;
			this.#sessions.delete(session);
			session.cut();
		}
	}

	/** Appends to the room's log and tells every connected member. A send repeated with its txn returns the first entry. */
	append(entry: NewEntry): FakeLogEntry {
		const room = this.rooms.get(entry.room);
		if (room === undefined) throw new Error(`no room ${entry.room}`);
		if (entry.kind === 'message' && entry.txn !== null) {
			const earlier = room.log.find(
				(old) => old.kind === 'message' && old.txn === entry.txn && old.from === entry.from,
			);
			if (earlier !== undefined) return earlier;
		}
		const clean =
			entry.kind === 'message' || entry.kind === 'edit' ? { ...entry, content: withoutControls(entry.content) } : entry;
		const placed = { ...clean, seq: ++this.#seq, time: this.#clock.now() } as FakeLogEntry;
		room.log.push(placed);
		for (const session of [...this.#sessions]) {
			const concerned = placed.kind === 'member' && placed.user === session.user;
			if (room.members.has(session.user) || concerned) session.entry(placed);
		}
		return placed;
	}

	/** What a person who is no Parley account says; the body of demos and tests. */
	say(
		room: string,
		from: string,
		text: string,
		also: { readonly thread?: string; readonly expiresAt?: number } = {},
	): FakeLogEntry {
		return this.append({
			kind: 'message',
			room,
			from,
			id: `m${this.#seq + 1}`,
			txn: null,
			content: { kind: 'text', body: { text, spans: [] } },
			replyTo: null,
			...also,
		});
	}

	typing(room: string, user: string, active: boolean): void {
		for (const session of this.#sessions) {
			if (session.user !== user && this.rooms.get(room)?.members.has(session.user)) session.typing(room, user, active);
		}
	}

	read(room: string, user: string, id: string): void {
		for (const session of this.#sessions)
			if (this.rooms.get(room)?.members.has(session.user)) session.read(room, user, id);
	}

	presence(user: string): void {
		for (const session of this.#sessions) {
			if (session.user !== user && (this.users.get(session.user)?.contacts.has(user) ?? false)) session.presence(user);
		}
	}
}

/** Like real servers, the network carries no control characters but tab and line feed. */
function withoutControls(content: MessageContent): MessageContent {
	if (content.kind !== 'text' && content.kind !== 'emote' && content.kind !== 'notice') return content;
	const text = content.body.text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ');
	return { ...content, body: { ...content.body, text } };
}
