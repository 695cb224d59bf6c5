/** All rooms of a session: entering, leaving, surviving reconnects, catching up. */
import type { AdapterEvent } from '../adapter/events.ts';
import type { Clock } from '../adapter/context.ts';
import { type ChatError, ChatException, chatError } from '../model/errors.ts';
import { catchUp, roomPosition, type SyncIo } from './archive-sync.ts';
import type { ServerFacts } from './capabilities.ts';
import { fromFailure, fromStanzaError } from './errors.ts';
import { HeldBack } from './held-back.ts';
import { type IqTracker, StanzaException } from './iq-tracker.ts';
import { bareText, fullText, type Jid, withResource } from './jid.ts';
import { Room } from './room.ts';
import { roomLine } from './room-lines.ts';
import { attr, el, type Element, readStanzaError } from './stanza.ts';
import { queryInfo } from './xep/0030-disco.ts';
import { configure, joinPresence, leavePresence, readOccupant } from './xep/0045-muc.ts';
import { nsMam } from './xep/0313-archive.ts';

export interface RoomsIo extends SyncIo {
	readonly iq: IqTracker;
	readonly clock: Clock;
	readonly signal: AbortSignal;
	server(): ServerFacts;
	send(stanza: Element): boolean;
	/** Children of our presence: show, status, caps. */
	presenceChildren(): Element[];
	note(text: string): void;
	/** Everything the room's archive has is in: our messages of earlier connections can be judged now. */
	caughtUp(room: Room): void;
}

export interface JoinOptions {
	readonly nick: string;
	readonly password: string | null;
	/** Configuration of a room to be made; null to join only an existing one. */
	readonly create: ReadonlyMap<string, string> | null;
	/** Entering again what we were in already: no question whether it exists. */
	readonly rejoin?: boolean;
	/** After a failure that may pass the room is still ours to enter; the caller tries again. */
	readonly patient?: boolean;
}

const joinTimeout = 30_000;
/** Without an archive the room replays this much when we enter. */
const greetingHistory = 30;
const firstRejoinDelay = 2000;
const maxRejoinDelay = 5 * 60_000;

interface Waiter {
	readonly resolve: (created: boolean) => void;
	readonly reject: (error: ChatException) => void;
}

export class Rooms {
	readonly #io: RoomsIo;
	readonly #rooms = new Map<string, Room>();
	readonly #waiters = new Map<string, Waiter>();
	readonly order = new HeldBack();
	#over = false;

	constructor(io: RoomsIo) {
		this.#io = io;
	}

	get(bare: string): Room | undefined {
		return this.#rooms.get(bare);
	}

	get joined(): Room[] {
		return [...this.#rooms.values()].filter((room) => room.phase === 'joined');
	}

	/** Enters a room; resolves when we are in. Rejects with the reason of the refusal. */
	async join(jid: Jid, options: JoinOptions): Promise<Room> {
		const key = bareText(jid);
		const old = this.#rooms.get(key);
		if (old !== undefined && old.phase === 'joined' && options.create === null && options.rejoin !== true) return old;
		if (old?.joining !== null && old?.joining !== undefined) {
			await old.joining;
			return old;
		}
		const room = old ?? new Room(jid, options.nick);
		room.nick = options.nick;
		room.password = options.password;
		room.clear();
		room.phase = 'joining';
		this.#rooms.set(key, room);
		room.joining = this.#enter(room, options).finally(() => {
			room.joining = null;
		});
		try {
			await room.joining;
			return room;
		} catch (error) {
			room.phase = options.patient === true && fromFailure(error, 'join').retry !== 'never' ? 'joining' : 'left';
			this.order.release(key);
			throw error;
		}
	}

	/**
	 * Enters a room we belong to and does not give up while the reason may pass: the conversation stays joined, what is
	 * written to it waits in the outbox. Resolves after the first attempt, whatever came of it.
	 */
	async enter(jid: Jid, nick: string, password: string | null): Promise<void> {
		const old = this.#rooms.get(bareText(jid));
		if (old?.phase === 'joined') return;
		const room = old ?? new Room(jid, nick);
		room.nick = nick;
		room.password = password;
		room.phase = 'joining';
		this.#rooms.set(bareText(jid), room);
		await this.#reenter(room, 0);
	}

	/** After a resumed connection: goes on with what the interruption stopped, and asks whether we are still in. */
	goOn(): void {
		for (const room of this.#rooms.values()) {
			if (room.phase === 'joined') void this.selfPing(room).catch(() => undefined);
			else if (room.phase === 'joining' && room.joining === null) void this.#reenter(room, 0);
		}
	}

	async #enter(room: Room, options: JoinOptions): Promise<void> {
		const key = bareText(room.jid);
		const params = { room: key, name: options.nick };
		const occupant = withResource(room.jid, options.nick);
		if (occupant === null) throw new ChatException(chatError('name-invalid', null, { params }));
		try {
			room.info = await queryInfo(this.#io.iq, key);
		} catch (error) {
			const condition = error instanceof StanzaException ? error.stanza.condition : '';
			if (condition === 'item-not-found' && options.create === null && options.rejoin !== true)
				throw new ChatException(chatError('no-such-room', null, { params }), error);
			if (
				condition.startsWith('remote-server') ||
				(error instanceof ChatException && error.error.code === 'connection-lost')
			)
				throw new ChatException(fromFailure(error, 'join', params), error);
		}
		const position = await roomPosition(this.#io.known, room.jid);
		const archive = room.has(nsMam);
		if (archive) this.order.hold(key);
		const created = await this.#awaitEntry(key, params, () =>
			this.#io.send(
				joinPresence(
					fullText(occupant),
					options.password,
					archive ? { maxStanzas: 0 } : { maxStanzas: greetingHistory },
					this.#io.presenceChildren(),
				),
			),
		);
		if (created) {
			await configure(this.#io.iq, key, options.create ?? new Map()).catch((error: unknown) => {
				throw new ChatException(fromFailure(error, 'room-admin', params), error);
			});
			room.info = await queryInfo(this.#io.iq, key).catch(() => room.info);
		} else if (options.create !== null) {
			this.#io.send(leavePresence(fullText(occupant), null));
			throw new ChatException(chatError('name-in-use', null, { params }));
		}
		room.phase = 'joined';
		room.wasIn = true;
		await this.#io.emit(this.#entryEvents(room), 'live');
		void this.#catchUp(room, position);
	}

	#awaitEntry(key: string, params: Readonly<Record<string, string>>, send: () => boolean): Promise<boolean> {
		return new Promise<boolean>((resolve, reject) => {
			const cancel = this.#io.clock.after(joinTimeout, () =>
				finish(() => reject(new ChatException(chatError('timeout', null, { params })))),
			);
			const abort = (): void => finish(() => reject(new ChatException(chatError('connection-lost'))));
			const finish = (then: () => void): void => {
				cancel();
				this.#io.signal.removeEventListener('abort', abort);
				this.#waiters.delete(key);
				then();
			};
			this.#io.signal.addEventListener('abort', abort, { once: true });
			this.#waiters.set(key, {
				resolve: (created) => finish(() => resolve(created)),
				reject: (error) => finish(() => reject(error)),
			});
			if (this.#io.signal.aborted || !send()) abort();
		});
	}

	#entryEvents(room: Room): AdapterEvent[] {
		return [
			{
				type: 'conversation-upsert',
				conversation: {
					remoteId: room.remoteId,
					kind: 'group',
					name: room.name,
					membership: 'joined',
					invite: null,
					error: null,
					capabilities: room.capabilities(this.#io.server()),
				},
			},
			{ type: 'members-snapshot', conversation: room.remoteId, members: room.members, complete: true },
		];
	}

	async #catchUp(room: Room, position: string | null): Promise<void> {
		const key = bareText(room.jid);
		try {
			if (room.has(nsMam)) await catchUp(this.#io, room.jid, position, this.#io.signal);
			this.#io.caughtUp(room);
		} catch (error) {
			if (!this.#io.signal.aborted) {
				this.#io.note(`history of ${key}: ${fromFailure(error, 'query').code}`);
				void this.#io
					.emit([{ type: 'gap', conversation: room.remoteId, token: null, fillable: true }], 'live')
					.catch(() => undefined);
			}
		} finally {
			this.order.release(key);
		}
	}

	/** The session ends by our own wish: that rooms see us go does not mean that we leave them. */
	farewell(): void {
		this.#over = true;
	}

	/** A presence from a room we know. @returns events to emit */
	presence(stanza: Element, from: Jid): AdapterEvent[] {
		const room = this.#rooms.get(bareText(from));
		if (room === undefined || this.#over) return [];
		// The room itself announces its picture without being an occupant.
		if (from.resource === '' && attr(stanza, 'type') !== 'error') return [];
		if (attr(stanza, 'type') === 'error') {
			const error = fromStanzaError(readStanzaError(stanza), 'join', { room: bareText(from), name: from.resource });
			this.#waiters.get(bareText(from))?.reject(new ChatException(error));
			return [];
		}
		const presence = readOccupant(stanza);
		const { events, lines, self } = room.presence(stanza, from, presence);
		const told = lines.map((line) => roomLine(room, line, this.#io.clock.now()));
		if (self === 'entered') {
			const waiter = this.#waiters.get(bareText(from));
			if (waiter === undefined) return [...events];
			waiter.resolve(presence.codes.has('201'));
			// The snapshot follows with the conversation itself, once the room is configured.
			return [];
		}
		if (self === 'left' && (presence.codes.has('332') || presence.codes.has('333'))) return this.#suspend(room);
		if (self === 'left') return [...told, ...this.#leftEvents(room, Room.leftBecause(presence))];
		if (room.phase !== 'joined') return [];
		const own = from.resource === room.nick;
		return [
			...events,
			...told,
			...(own
				? [
						{
							type: 'conversation-upsert',
							conversation: { remoteId: room.remoteId, capabilities: room.capabilities(this.#io.server()) },
						} as const,
					]
				: []),
		];
	}

	#leftEvents(room: Room, error: ChatError | null): AdapterEvent[] {
		room.phase = 'left';
		this.#waiters.get(bareText(room.jid))?.reject(new ChatException(error ?? chatError('kicked')));
		return [
			{
				type: 'conversation-upsert',
				conversation: {
					remoteId: room.remoteId,
					kind: 'group',
					name: room.name,
					membership: error?.code === 'banned' ? 'banned' : 'left',
					error,
					capabilities: room.capabilities(this.#io.server()),
				},
			},
			{ type: 'members-snapshot', conversation: room.remoteId, members: [], complete: true },
		];
	}

	/**
	 * The room lost us for technical reasons (XEP-0045 status 332, 333; Prosody says 333 when it shuts down): we are still a member by will, so the
	 * conversation stays joined, messages wait in the outbox, and we enter again as soon as the service is back.
	 */
	#suspend(room: Room): AdapterEvent[] {
		room.phase = 'joining';
		this.#waiters.get(bareText(room.jid))?.reject(new ChatException(chatError('connection-lost')));
		this.#reenterLater(room, 0);
		return [{ type: 'members-snapshot', conversation: room.remoteId, members: [], complete: true }];
	}

	#reenterLater(room: Room, attempt: number): void {
		this.#io.clock.after(Math.min(maxRejoinDelay, firstRejoinDelay * 2 ** attempt), () => {
			// Somebody else entered or left meanwhile, or `goOn` will go on when the connection is back.
			if (room.phase === 'joining' && room.joining === null && !this.#io.signal.aborted)
				void this.#reenter(room, attempt + 1);
		});
	}

	async #reenter(room: Room, attempt: number): Promise<void> {
		try {
			await this.join(room.jid, {
				nick: room.nick,
				password: room.password,
				create: null,
				rejoin: room.wasIn,
				patient: true,
			});
		} catch (failure) {
			if (this.#io.signal.aborted) return;
			const error = fromFailure(failure, 'join', { room: bareText(room.jid), name: room.nick });
			if (error.retry === 'never') await this.#io.emit(this.#leftEvents(room, error), 'live').catch(() => undefined);
			else {
				this.#reenterLater(room, attempt);
				const conversation = { remoteId: room.remoteId, kind: 'group', name: room.name, error } as const;
				await this.#io.emit([{ type: 'conversation-upsert', conversation }], 'live').catch(() => undefined);
			}
		}
	}

	/** Leaves; the events are emitted at once because a dead room would never confirm. */
	async leave(room: Room, reason: string | null): Promise<void> {
		const occupant = withResource(room.jid, room.nick);
		if (occupant !== null && room.phase !== 'left') this.#io.send(leavePresence(fullText(occupant), reason));
		room.clear();
		await this.#io.emit(this.#leftEvents(room, null), 'live');
	}

	/** XEP-0410: are we really still in? Called after a resumed connection. */
	async selfPing(room: Room): Promise<void> {
		const occupant = withResource(room.jid, room.nick);
		if (occupant === null || room.phase !== 'joined') return;
		try {
			await this.#io.iq.get(el('ping', { xmlns: 'urn:xmpp:ping' }), { to: fullText(occupant), timeoutMs: 20_000 });
		} catch (error) {
			if (!(error instanceof StanzaException)) return;
			const still = ['service-unavailable', 'feature-not-implemented', 'item-not-found'];
			if (still.includes(error.stanza.condition) || error.stanza.condition.startsWith('remote-server')) return;
			await this.#reenter(room, 0);
		}
	}

	/** The room's configuration changed: its name, and what it allows. */
	async reconfigured(room: Room): Promise<void> {
		const before = room.name;
		const info = await queryInfo(this.#io.iq, bareText(room.jid)).catch(() => null);
		if (info === null || room.phase !== 'joined') return;
		room.info = info;
		const { name, remoteId } = room;
		const capabilities = room.capabilities(this.#io.server());
		const line = roomLine(room, { event: 'room-name', by: null, name }, this.#io.clock.now());
		await this.#io
			.emit(
				[
					{ type: 'conversation-upsert', conversation: { remoteId, name, capabilities } },
					...(name === before ? [] : [line]),
				],
				'live',
			)
			.catch(() => undefined);
	}

	/** Our availability is shown in rooms too. */
	broadcastPresence(): void {
		for (const room of this.joined) {
			const occupant = withResource(room.jid, room.nick);
			if (occupant !== null) this.#io.send(el('presence', { to: fullText(occupant) }, ...this.#io.presenceChildren()));
		}
	}
}
