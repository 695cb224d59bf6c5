import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Journal } from './journal.ts';
import type { Peer, PeerEvent } from './peer.ts';

export interface MatrixClientOptions {
	/** Base address of the homeserver. */
	readonly url: string;
	readonly user: string;
	readonly password: string;
	readonly displayName?: string;
}

export interface MatrixRoomOptions {
	readonly name?: string;
	readonly topic?: string;
	/** Local part of a public address; makes the room public and listed. */
	readonly alias?: string;
	readonly invite?: readonly string[];
	readonly direct?: boolean;
}

const loginSchema = z.object({ user_id: z.string(), access_token: z.string() });
const roomSchema = z.object({ room_id: z.string() });
const eventSchema = z.object({
	type: z.string(),
	sender: z.string(),
	event_id: z.string().optional(),
	state_key: z.string().optional(),
	content: z.record(z.string(), z.unknown()),
});
const eventsSchema = z.object({ events: z.array(z.unknown()).default([]) });
const syncSchema = z.object({
	next_batch: z.string(),
	presence: eventsSchema.optional(),
	rooms: z
		.object({
			invite: z.record(z.string(), z.unknown()).default({}),
			join: z
				.record(z.string(), z.object({ timeline: eventsSchema.optional(), ephemeral: eventsSchema.optional() }))
				.default({}),
		})
		.optional(),
});

type Sync = z.infer<typeof syncSchema>;

/** A small Matrix client on `fetch`, independent of any SDK. Accepts every invite; knows no encryption. */
export class MatrixClient implements Peer {
	readonly name = 'matrix-client';
	readonly address: string;
	private readonly url: string;
	private readonly token: string;
	private readonly journal: Journal;
	private readonly stopping = new AbortController();
	private readonly directRooms = new Map<string, string>();
	private readonly typingIn = new Map<string, ReadonlySet<string>>();
	private looping: Promise<void> = Promise.resolve();

	private constructor(url: string, address: string, token: string) {
		this.url = url;
		this.address = address;
		this.token = token;
		this.journal = new Journal(`Matrix client ${address}`);
	}

	/** Logs in and resolves when the first sync is through. */
	static async connect(options: MatrixClientOptions): Promise<MatrixClient> {
		const identifier = { type: 'm.id.user', user: options.user };
		const body = { type: 'm.login.password', identifier, password: options.password };
		const login = loginSchema.parse(await call(options.url, undefined, 'POST', 'v3/login', body));
		const client = new MatrixClient(options.url, login.user_id, login.access_token);
		if (options.displayName !== undefined) {
			const profile = `v3/profile/${encodeURIComponent(login.user_id)}/displayname`;
			await client.call('PUT', profile, { displayname: options.displayName });
		}
		const first = await client.sync(undefined, 0);
		client.looping = client.loop(first);
		return client;
	}

	/** `room` is a room id or a public address (`#name:server`). */
	async join(room: string): Promise<void> {
		await this.enter(room);
	}

	/** As {@link join}, and tells the room's id. */
	async enter(room: string): Promise<string> {
		return roomSchema.parse(await this.call('POST', `v3/join/${encodeURIComponent(room)}`, {})).room_id;
	}

	async createRoom(options: MatrixRoomOptions): Promise<string> {
		const body = {
			preset: options.alias === undefined ? 'trusted_private_chat' : 'public_chat',
			visibility: options.alias === undefined ? 'private' : 'public',
			...(options.name === undefined ? {} : { name: options.name }),
			...(options.topic === undefined ? {} : { topic: options.topic }),
			...(options.alias === undefined ? {} : { room_alias_name: options.alias }),
			invite: options.invite ?? [],
			is_direct: options.direct === true,
		};
		return roomSchema.parse(await this.call('POST', 'v3/createRoom', body)).room_id;
	}

	/** To a room id, or to a user id: then through a direct room, made on first use. */
	async say(target: string, text: string): Promise<void> {
		const room = await this.roomFor(target);
		const path = `v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${randomUUID()}`;
		await this.call('PUT', path, { msgtype: 'm.text', body: text });
	}

	async typing(target: string, active: boolean): Promise<void> {
		const room = await this.roomFor(target);
		const path = `v3/rooms/${encodeURIComponent(room)}/typing/${encodeURIComponent(this.address)}`;
		await this.call('PUT', path, active ? { typing: true, timeout: 30_000 } : { typing: false });
	}

	async setPresence(presence: 'online' | 'unavailable' | 'offline', status: string): Promise<void> {
		const body = { presence, ...(status === '' ? {} : { status_msg: status }) };
		await this.call('PUT', `v3/presence/${encodeURIComponent(this.address)}/status`, body);
	}

	async setTopic(room: string, topic: string): Promise<void> {
		await this.call('PUT', `v3/rooms/${encodeURIComponent(room)}/state/m.room.topic`, { topic });
	}

	async markRead(room: string, eventId: string): Promise<void> {
		const path = `v3/rooms/${encodeURIComponent(room)}/receipt/m.read/${encodeURIComponent(eventId)}`;
		await this.call('POST', path, {});
	}

	/** Any other request below `/_matrix/client/`. An error answer rejects. */
	call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown> {
		return call(this.url, this.token, method, path, body);
	}

	waitFor<E extends PeerEvent>(matches: (event: PeerEvent) => event is E, timeout?: number): Promise<E>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent> {
		return this.journal.waitFor(matches, timeout);
	}

	listen(listener: (event: PeerEvent) => void): () => void {
		return this.journal.listen(listener);
	}

	async close(): Promise<void> {
		this.stopping.abort();
		await this.looping;
	}

	private async roomFor(target: string): Promise<string> {
		if (!target.startsWith('@')) return target;
		const known = this.directRooms.get(target);
		if (known !== undefined) return known;
		const room = await this.createRoom({ invite: [target], direct: true });
		this.directRooms.set(target, room);
		return room;
	}

	private async loop(from: string): Promise<void> {
		let since = from;
		while (!this.stopping.signal.aborted) {
			try {
				since = await this.sync(since, 10_000);
			} catch (error) {
				if (this.stopping.signal.aborted) return;
				this.journal.add({ kind: 'raw', line: `sync failed: ${String(error)}` });
				await pause(500, this.stopping.signal);
			}
		}
	}

	private async sync(since: string | undefined, timeout: number): Promise<string> {
		const query = new URLSearchParams({ timeout: String(timeout), ...(since === undefined ? {} : { since }) });
		const path = `v3/sync?${query.toString()}`;
		const answer = syncSchema.parse(await call(this.url, this.token, 'GET', path, undefined, this.stopping.signal));
		await this.takeInvites(answer);
		// What was said before we came is not news.
		if (since !== undefined) this.report(answer);
		return answer.next_batch;
	}

	private async takeInvites(answer: Sync): Promise<void> {
		for (const [room, invite] of Object.entries(answer.rooms?.invite ?? {})) {
			const direct = z
				.object({ invite_state: eventsSchema })
				.parse(invite)
				.invite_state.events.map((one) => eventSchema.safeParse(one).data)
				.find(
					(one) => one?.type === 'm.room.member' && one.state_key === this.address && one.content['is_direct'] === true,
				);
			if (direct !== undefined) this.directRooms.set(direct.sender, room);
			await this.join(room);
		}
	}

	private report(answer: Sync): void {
		for (const raw of answer.presence?.events ?? []) {
			const event = eventSchema.safeParse(raw).data;
			if (event === undefined || event.sender === this.address) continue;
			const { presence, status_msg: status } = event.content;
			const text = typeof status === 'string' ? status : '';
			this.journal.add({ kind: 'presence', from: event.sender, available: presence === 'online', status: text });
		}
		for (const [room, { timeline, ephemeral }] of Object.entries(answer.rooms?.join ?? {})) {
			for (const raw of timeline?.events ?? []) this.reportEvent(room, raw);
			for (const raw of ephemeral?.events ?? []) this.reportEphemeral(room, raw);
		}
	}

	private reportEvent(room: string, raw: unknown): void {
		const event = eventSchema.safeParse(raw).data;
		if (event === undefined) return;
		this.journal.add({ kind: 'raw', line: JSON.stringify(event) });
		const { type, sender, content } = event;
		if (type === 'm.room.member' && event.state_key !== undefined) {
			const kind = content['membership'] === 'join' ? 'joined' : 'left';
			if (content['membership'] !== 'invite') this.journal.add({ kind, from: event.state_key, where: room });
		}
		const text = content['body'];
		if (type !== 'm.room.message' || typeof text !== 'string' || sender === this.address) return;
		const inRoom = ![...this.directRooms.values()].includes(room);
		this.journal.add({ kind: 'message', from: sender, where: room, inRoom, text, id: event.event_id });
	}

	private reportEphemeral(room: string, raw: unknown): void {
		const typing = z.object({ type: z.literal('m.typing'), content: z.object({ user_ids: z.array(z.string()) }) });
		const parsed = typing.safeParse(raw).data;
		if (parsed !== undefined) {
			const now = new Set(parsed.content.user_ids);
			const before = this.typingIn.get(room) ?? new Set<string>();
			this.typingIn.set(room, now);
			for (const from of now.difference(before)) {
				if (from !== this.address) this.journal.add({ kind: 'typing', from, where: room, active: true });
			}
			for (const from of before.difference(now)) this.journal.add({ kind: 'typing', from, where: room, active: false });
			return;
		}
		const receipts = z.object({
			type: z.literal('m.receipt'),
			content: z.record(z.string(), z.record(z.string(), z.unknown())),
		});
		for (const [id, kinds] of Object.entries(receipts.safeParse(raw).data?.content ?? {})) {
			const readers = z.record(z.string(), z.unknown()).safeParse(kinds['m.read']).data ?? {};
			for (const from of Object.keys(readers)) this.journal.add({ kind: 'receipt', from, where: room, id });
		}
	}
}

async function call(
	base: string,
	token: string | undefined,
	method: string,
	path: string,
	body?: unknown,
	signal?: AbortSignal,
): Promise<unknown> {
	const response = await fetch(`${base}/_matrix/client/${path}`, {
		method,
		headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		...(signal === undefined ? {} : { signal }),
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
	return JSON.parse(text);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, milliseconds);
		signal.addEventListener('abort', () => {
			clearTimeout(timer);
			resolve();
		});
	});
}
