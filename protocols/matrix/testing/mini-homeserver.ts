/* oxlint-disable max-lines, max-lines-per-function -- one server is easier to read in one piece than in five */
/**
 * A homeserver in memory for tests: enough of the client-server API for two people in a few rooms, and a script of
 * faults on top. Where the real one would check rights it checks only what a test relies on.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../adapter/system.ts';

type Json = Record<string, unknown>;
interface StoredEvent extends Json {
	type: string;
	event_id: string;
	sender: string;
	content: Json;
	state_key?: string;
	pos: number;
}
interface Room {
	readonly id: string;
	readonly isPublic: boolean;
	readonly events: StoredEvent[];
	readonly state: Map<string, StoredEvent>;
	typing: { pos: number; users: Set<string> };
	receipts: { pos: number; user: string; event: string; kind: string }[];
}
interface User {
	readonly id: string;
	password: string;
	name: string;
	presence: { pos: number; content: Json };
	readonly accountData: Map<string, { pos: number; content: Json; room: string | null }>;
}
interface Device {
	readonly user: User;
	readonly device: string;
	readonly transactions: Map<string, string>;
}

/** What happens to a request instead of its normal answer. */
export type Fault =
	| {
			readonly kind: 'answer';
			readonly status: number;
			readonly body: unknown;
			readonly headers?: Readonly<Record<string, string>>;
	  }
	/** Body as it is, which may be no JSON at all. */
	| { readonly kind: 'raw'; readonly status: number; readonly text: string }
	/** The connection breaks before or inside the answer. */
	| { readonly kind: 'close'; readonly after: 'nothing' | 'headers' | 'half' }
	/** Carried out, but the answer gets lost. */
	| { readonly kind: 'swallow' };

interface FaultRule {
	readonly method: string;
	readonly path: RegExp;
	readonly fault: Fault;
	times: number;
}

class Refusal extends Error {
	readonly status: number;
	readonly body: Json;
	constructor(status: number, errcode: string, error: string, more: Json = {}) {
		super(error);
		this.status = status;
		this.body = { errcode, error, ...more };
	}
}

export class MiniHomeserver {
	readonly serverName = 'mini.test';
	readonly users = new Map<string, User>();
	readonly rooms = new Map<string, Room>();
	/** Every request, as `METHOD path`. */
	readonly requests: {
		readonly method: string;
		readonly path: string;
		readonly query: URLSearchParams;
		readonly body: unknown;
		readonly authorization: string;
	}[] = [];
	readonly #tokens = new Map<string, Device>();
	readonly #rules: FaultRule[] = [];
	readonly #patches = new Map<string, ((answer: Json) => unknown)[]>();
	readonly #waiting = new Set<() => void>();
	#server: Server | null = null;
	#pos = 1;
	#count = 0;
	/** Registration needs these stages. */
	registrationStages: readonly string[] = ['m.login.dummy'];
	loginFlows: readonly string[] = ['m.login.password'];
	timelineLimit = 20;
	/** Files by `server/id`. */
	readonly media = new Map<string, { readonly bytes: Buffer; readonly mime: string; readonly name: string }>();
	/** `m.upload.size`; null: not told. */
	uploadLimit: number | null = 10_000_000;
	/** From before version 1.11: files without a token, nothing under `/_matrix/client/v1/media`. */
	legacyMedia = false;

	async start(port = 0): Promise<this> {
		this.#server = createServer((request, response) => void this.#handle(request, response));
		this.#server.keepAliveTimeout = 60_000;
		this.#server.listen(port, '127.0.0.1');
		await once(this.#server, 'listening');
		return this;
	}

	async stop(): Promise<void> {
		this.#server?.closeAllConnections();
		this.#server?.close();
		this.#wake();
	}

	get port(): number {
		return (this.#server?.address() as AddressInfo | undefined)?.port ?? 0;
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	addUser(
		local: string,
		password: string,
	): { readonly userId: string; readonly deviceId: string; readonly token: string } {
		const id = `@${local}:${this.serverName}`;
		this.users.set(id, {
			id,
			password,
			name: local,
			presence: { pos: 0, content: { presence: 'offline' } },
			accountData: new Map(),
		});
		return this.#device(id, null);
	}

	/** Makes matching requests fail, the given number of times. */
	fault(method: string, path: RegExp, fault: Fault, times = 1): void {
		this.#rules.push({ method, path, fault, times });
		this.#wake();
	}

	/** Changes the next sync answer of a user before it leaves; whatever comes back is sent. Resolves when it was used. */
	patchSync(userId: string, patch: (answer: Json) => unknown): Promise<void> {
		const used = Promise.withResolvers<void>();
		const once = (answer: Json): unknown => {
			used.resolve();
			return patch(answer);
		};
		this.#patches.set(userId, [...(this.#patches.get(userId) ?? []), once]);
		this.#wake();
		return used.promise;
	}

	/** Position of the newest event; sync tokens are `s` and a position. */
	get position(): number {
		return this.#pos;
	}

	revoke(token: string): void {
		this.#tokens.delete(token);
		this.#wake();
	}

	/** An event as if somebody had sent it. */
	inject(
		roomId: string,
		event: Json & { readonly type: string; readonly sender: string; readonly content: Json },
	): string {
		const room = this.#room(roomId);
		const id = `$e${this.#count++}`;
		const stored: StoredEvent = {
			origin_server_ts: 1_700_000_000_000 + this.#count * 1000,
			...event,
			event_id: id,
			pos: ++this.#pos,
		} as StoredEvent;
		if (stored.state_key !== undefined) {
			const key = `${stored.type}|${stored.state_key}`;
			const before = room.state.get(key);
			if (before !== undefined) stored['unsigned'] = { prev_content: before.content };
			room.state.set(key, stored);
		}
		if (stored.type === 'm.room.redaction') {
			const target = room.events.find((candidate) => candidate.event_id === stored['redacts']);
			if (target !== undefined) Object.assign(target, { content: {}, unsigned: { redacted_because: stored } });
		}
		room.events.push(stored);
		this.#wake();
		return id;
	}

	async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		try {
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk as Buffer);
			const bytes = Buffer.concat(chunks);
			const url = new URL(request.url ?? '/', this.url);
			const method = request.method ?? 'GET';
			const isFile = url.pathname === '/_matrix/media/v3/upload';
			const body: unknown = bytes.length === 0 || isFile ? {} : JSON.parse(bytes.toString());
			this.requests.push({
				method,
				path: url.pathname,
				query: url.searchParams,
				body,
				authorization: request.headers.authorization ?? '',
			});
			const rule = this.#rules.find(
				(candidate) => candidate.times > 0 && candidate.method === method && candidate.path.test(url.pathname),
			);
			if (rule !== undefined) {
				rule.times--;
				if (rule.fault.kind === 'swallow') await this.#answer(method, url, body as Json, request);
				return this.#fail(rule.fault, response);
			}
			if (/^\/_matrix\/(media|client\/v1\/media)\//.test(url.pathname))
				return this.#mediaCall(url, bytes, request, response);
			this.#send(response, 200, await this.#answer(method, url, body as Json, request));
		} catch (thrown) {
			if (response.destroyed) return;
			if (thrown instanceof Refusal) this.#send(response, thrown.status, thrown.body);
			else this.#send(response, 500, { errcode: 'M_UNKNOWN', error: String(thrown) });
		}
	}

	#fail(fault: Fault, response: ServerResponse): void {
		switch (fault.kind) {
			case 'answer':
				for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
				return this.#send(response, fault.status, fault.body);
			case 'raw':
				response.writeHead(fault.status, { 'content-type': 'application/json' });
				response.end(fault.text);
				return;
			case 'close':
			case 'swallow':
				if (fault.kind === 'close' && fault.after !== 'nothing') {
					response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
					if (fault.after === 'half') response.write('{"next_batch":"');
				}
				setImmediate(() => response.destroy());
		}
	}

	#send(response: ServerResponse, status: number, body: unknown): void {
		const text = JSON.stringify(body);
		response.writeHead(status, { 'content-type': 'application/json' });
		response.end(text);
	}

	async #answer(method: string, url: URL, body: Json, request: IncomingMessage): Promise<unknown> {
		const path = url.pathname.replace(/^\/_matrix\/client/, '');
		const parts = path.split('/').slice(2).map(decodeURIComponent);
		if (path === '/versions') return { versions: ['v1.11'] };
		if (path === '/v3/login')
			return method === 'GET' ? { flows: this.loginFlows.map((type) => ({ type })) } : this.#login(body);
		if (path === '/v3/register') return this.#register(body);
		const device = this.#tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''));
		if (device === undefined) throw new Refusal(401, 'M_UNKNOWN_TOKEN', 'Unknown token', { soft_logout: false });
		const { user } = device;
		switch (parts[0]) {
			case 'account':
				return { user_id: user.id, device_id: device.device };
			case 'logout':
				for (const [token, known] of this.#tokens) if (known === device) this.#tokens.delete(token);
				return {};
			case 'sync':
				return this.#sync(device, url, request);
			case 'user':
				return this.#userCall(method, parts, body, user);
			case 'createRoom':
				return { room_id: this.#createRoom(user, body) };
			case 'join':
				return this.#join(user, parts[1] ?? '');
			case 'publicRooms':
				return {
					chunk: [...this.rooms.values()]
						.filter((room) => room.isPublic)
						.map((room) => ({
							room_id: room.id,
							name: room.state.get('m.room.name|')?.content['name'],
							num_joined_members: this.#members(room, 'join').length,
						})),
				};
			case 'user_directory':
				return {
					results: [...this.users.values()]
						.filter((other) => other.id.includes(String(body['search_term'])))
						.map((other) => ({ user_id: other.id, display_name: other.name })),
				};
			case 'profile': {
				const other = this.users.get(parts[1] ?? '');
				if (other === undefined) throw new Refusal(404, 'M_NOT_FOUND', 'no such user');
				if (method === 'PUT') other.name = String(body['displayname']);
				return { displayname: other.name };
			}
			case 'presence': {
				const other = this.users.get(parts[1] ?? '');
				if (method === 'PUT') user.presence = { pos: ++this.#pos, content: body };
				this.#wake();
				return other?.presence.content ?? {};
			}
			case 'rooms':
				return this.#roomCall(method, parts, url, body, device);
			default:
				throw new Refusal(404, 'M_UNRECOGNIZED', 'not here');
		}
	}

	#mediaCall(url: URL, bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
		const [, version, what = '', server = '', id = ''] =
			/\/_matrix\/(media|client\/v1\/media)\/(?:v3\/)?(\w+)(?:\/([^/]+)\/([^/]+))?/.exec(url.pathname) ?? [];
		const old = version === 'media';
		if (what !== 'upload' && old !== this.legacyMedia) throw new Refusal(404, 'M_UNRECOGNIZED', 'not here');
		const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
		const open = old && (what === 'download' || what === 'thumbnail');
		if (!open && !this.#tokens.has(token)) throw new Refusal(401, 'M_UNKNOWN_TOKEN', 'Unknown token');
		if (what === 'config')
			return this.#send(response, 200, this.uploadLimit === null ? {} : { 'm.upload.size': this.uploadLimit });
		if (what === 'upload') {
			if (this.uploadLimit !== null && bytes.length > this.uploadLimit)
				throw new Refusal(413, 'M_TOO_LARGE', 'Upload request body is too large');
			const made = `${this.serverName}/m${this.#count++}`;
			const mime = request.headers['content-type'] ?? 'application/octet-stream';
			this.media.set(made, { bytes, mime, name: url.searchParams.get('filename') ?? '' });
			return this.#send(response, 200, { content_uri: `mxc://${made}` });
		}
		const file = this.media.get(`${decodeURIComponent(server)}/${id}`);
		if (file === undefined) throw new Refusal(404, 'M_NOT_FOUND', 'Not found');
		const sent = what === 'thumbnail' ? Buffer.from('a smaller picture') : file.bytes;
		response.writeHead(200, { 'content-type': file.mime, 'content-length': sent.length });
		response.end(sent);
	}

	#login(body: Json): Json {
		const identifier = body['identifier'] as { user: string };
		const id = identifier.user.startsWith('@') ? identifier.user : `@${identifier.user}:${this.serverName}`;
		if (this.users.get(id)?.password !== body['password'])
			throw new Refusal(403, 'M_FORBIDDEN', 'Invalid username or password');
		const made = this.#device(id, (body['device_id'] as string | undefined) ?? null);
		return { user_id: id, device_id: made.deviceId, access_token: made.token };
	}

	#register(body: Json): Json {
		const id = `@${String(body['username'])}:${this.serverName}`;
		if (this.users.has(id)) throw new Refusal(400, 'M_USER_IN_USE', 'User ID already taken.');
		const stage = (body['auth'] as { type?: string } | undefined)?.type;
		if (stage === undefined || !this.registrationStages.includes(stage))
			throw new Refusal(401, 'M_UNAUTHORIZED', 'more needed', {
				session: 's1',
				flows: [{ stages: this.registrationStages }],
			});
		const made = this.addUser(String(body['username']), String(body['password']));
		return { user_id: id, device_id: made.deviceId, access_token: made.token };
	}

	#device(
		id: string,
		deviceId: string | null,
	): { readonly userId: string; readonly deviceId: string; readonly token: string } {
		const user = this.users.get(id);
		if (user === undefined) throw new Error('no such user');
		const token = `secret-token-${this.#count++}`;
		const device = deviceId ?? `DEVICE${this.#count++}`;
		this.#tokens.set(token, { user, device, transactions: new Map() });
		return { userId: id, deviceId: device, token };
	}

	#userCall(method: string, parts: readonly string[], body: Json, user: User): Json {
		if (parts[2] === 'filter')
			return method === 'POST' ? { filter_id: 'f1' } : { room: { timeline: { limit: this.timelineLimit } } };
		user.accountData.set(`${parts[3] ?? ''}`, { pos: ++this.#pos, content: body, room: null });
		this.#wake();
		return {};
	}

	#room(id: string): Room {
		const room = this.rooms.get(id);
		if (room === undefined) throw new Refusal(404, 'M_NOT_FOUND', 'no such room');
		return room;
	}

	#members(room: Room, membership: string): string[] {
		return [...room.state.values()]
			.filter((event) => event.type === 'm.room.member' && event.content['membership'] === membership)
			.map((event) => event.state_key ?? '');
	}

	#setMember(room: Room, sender: string, target: string, membership: string, more: Json = {}): void {
		const name = this.users.get(target)?.name;
		this.inject(room.id, {
			type: 'm.room.member',
			sender,
			state_key: target,
			content: { membership, ...(name === undefined ? {} : { displayname: name }), ...more },
		});
	}

	/** A room made by another client of this user. */
	createRoom(userId: string, body: Json): string {
		const user = this.users.get(userId);
		if (user === undefined) throw new Error('no such user');
		return this.#createRoom(user, body);
	}

	#createRoom(user: User, body: Json): string {
		const id = `!r${this.#count++}:${this.serverName}`;
		const room: Room = {
			id,
			isPublic: body['visibility'] === 'public',
			events: [],
			state: new Map(),
			typing: { pos: 0, users: new Set() },
			receipts: [],
		};
		this.rooms.set(id, room);
		const state = (type: string, content: Json): unknown =>
			this.inject(id, { type, sender: user.id, state_key: '', content });
		state('m.room.create', { room_version: '10', ...(body['creation_content'] as Json | undefined) });
		this.#setMember(room, user.id, user.id, 'join');
		state('m.room.power_levels', { users: { [user.id]: 100 } });
		state('m.room.join_rules', { join_rule: room.isPublic ? 'public' : 'invite' });
		for (const event of (body['initial_state'] as { type: string; content: Json }[] | undefined) ?? [])
			state(event.type, event.content);
		if (typeof body['name'] === 'string') state('m.room.name', { name: body['name'] });
		if (typeof body['topic'] === 'string') state('m.room.topic', { topic: body['topic'] });
		for (const other of (body['invite'] as string[] | undefined) ?? [])
			this.#setMember(room, user.id, other, 'invite', body['is_direct'] === true ? { is_direct: true } : {});
		return id;
	}

	#join(user: User, name: string): Json {
		const room = this.#room(name);
		const own = room.state.get(`m.room.member|${user.id}`)?.content['membership'];
		if (own === 'ban') throw new Refusal(403, 'M_FORBIDDEN', 'You are banned from this room');
		if (!room.isPublic && own !== 'invite') throw new Refusal(403, 'M_FORBIDDEN', 'You are not invited to this room.');
		if (own !== 'join') this.#setMember(room, user.id, user.id, 'join');
		return { room_id: room.id };
	}

	#roomCall(method: string, parts: readonly string[], url: URL, body: Json, device: Device): unknown {
		const { user } = device;
		const room = this.#room(parts[1] ?? '');
		const target = typeof body['user_id'] === 'string' ? body['user_id'] : '';
		const reason = body['reason'] === undefined ? {} : { reason: body['reason'] };
		const joined = this.#members(room, 'join').includes(user.id);
		const what = parts[2] ?? '';
		if (!joined && ['send', 'redact', 'kick', 'ban', 'typing'].includes(what))
			throw new Refusal(403, 'M_FORBIDDEN', `User ${user.id} not in room`);
		switch (what) {
			case 'send':
			case 'redact': {
				const key = parts.slice(1).join('|');
				const known = device.transactions.get(key);
				if (known !== undefined) return { event_id: known };
				const unsigned = { transaction_id: parts[4] ?? '' };
				const event =
					what === 'send'
						? { type: parts[3] ?? '', content: body }
						: { type: 'm.room.redaction', content: body, redacts: parts[3] ?? '' };
				const id = this.inject(room.id, { ...event, sender: user.id, unsigned });
				device.transactions.set(key, id);
				return { event_id: id };
			}
			case 'state':
				if (method === 'GET') return room.state.get(`${parts[3] ?? ''}|${parts[4] ?? ''}`)?.content ?? {};
				return {
					event_id: this.inject(room.id, {
						type: parts[3] ?? '',
						sender: user.id,
						state_key: parts[4] ?? '',
						content: body,
					}),
				};
			case 'leave':
				this.#setMember(room, user.id, user.id, 'leave', reason);
				return {};
			case 'forget':
				return {};
			case 'invite':
				this.#setMember(room, user.id, target, 'invite', reason);
				return {};
			case 'kick':
			case 'unban':
				this.#setMember(room, user.id, target, 'leave', reason);
				return {};
			case 'ban':
				this.#setMember(room, user.id, target, 'ban', reason);
				return {};
			case 'typing':
				if (body['typing'] === true) room.typing.users.add(user.id);
				else room.typing.users.delete(user.id);
				room.typing.pos = ++this.#pos;
				this.#wake();
				return {};
			case 'read_markers':
				for (const kind of ['m.read', 'm.read.private'])
					if (typeof body[kind] === 'string')
						room.receipts.push({ pos: ++this.#pos, user: user.id, event: body[kind], kind });
				user.accountData.set(`m.fully_read ${room.id}`, {
					pos: ++this.#pos,
					content: { event_id: body['m.fully_read'] },
					room: room.id,
				});
				this.#wake();
				return {};
			case 'members':
				return { chunk: [...room.state.values()].filter((event) => event.type === 'm.room.member') };
			case 'event': {
				const found = room.events.find((event) => event.event_id === parts[3]);
				if (found === undefined) throw new Refusal(404, 'M_NOT_FOUND', 'no such event');
				return this.#public(found, user.id);
			}
			case 'context':
				return { start: `p${room.events.find((event) => event.event_id === parts[3])?.pos ?? 0}`, end: 'p0' };
			case 'messages': {
				const from = url.searchParams.get('from');
				const before = from === null ? Number.POSITIVE_INFINITY : Number(from.slice(1));
				const limit = Number(url.searchParams.get('limit') ?? 10);
				const older = room.events.filter((event) => event.pos < before).toReversed();
				const chunk = older.slice(0, limit);
				return {
					chunk: chunk.map((event) => this.#public(event, user.id)),
					start: from ?? 'p9',
					...(older.length > limit ? { end: `p${chunk.at(-1)?.pos ?? 0}` } : {}),
				};
			}
			default:
				throw new Refusal(404, 'M_UNRECOGNIZED', 'not here');
		}
	}

	/** Transaction ids are only for their sender. */
	#public(event: StoredEvent, reader: string): Json {
		const { pos: _, ...rest } = event;
		const unsigned = { ...(rest['unsigned'] as Json | undefined) };
		if (event.sender !== reader) delete unsigned['transaction_id'];
		return { ...rest, unsigned };
	}

	async #sync(device: Device, url: URL, request: IncomingMessage): Promise<unknown> {
		const since = Number((url.searchParams.get('since') ?? 's0').slice(1));
		const { user } = device;
		if (url.searchParams.get('set_presence') === null && user.presence.content['presence'] === 'offline')
			user.presence = { pos: ++this.#pos, content: { presence: 'online' } };
		const timeout = Number(url.searchParams.get('timeout') ?? 0);
		let answer = this.#collect(user, since);
		if (answer === null && timeout > 0 && !this.#patches.has(user.id)) {
			await new Promise<void>((resolve) => {
				const cancel = systemClock.after(timeout, resolve);
				const wake = (): void => {
					answer = this.#collect(user, since);
					const interrupted =
						this.#patches.has(user.id) ||
						this.#rules.some((rule) => rule.times > 0 && rule.path.test('/_matrix/client/v3/sync')) ||
						![...this.#tokens.values()].includes(device);
					if (answer === null && !interrupted && this.#server?.listening === true) return;
					cancel();
					this.#waiting.delete(wake);
					resolve();
				};
				this.#waiting.add(wake);
				request.on('close', () => {
					if (!request.complete) resolve();
				});
			});
		}
		if (![...this.#tokens.values()].includes(device))
			throw new Refusal(401, 'M_UNKNOWN_TOKEN', 'Unknown token', { soft_logout: false });
		const plain: Json = { next_batch: `s${this.#pos}`, ...answer };
		const [patch, ...rest] = this.#patches.get(user.id) ?? [];
		if (rest.length === 0) this.#patches.delete(user.id);
		else this.#patches.set(user.id, rest);
		return patch === undefined ? plain : patch(plain);
	}

	/** What happened for a user since a position; null for nothing. */
	#collect(user: User, since: number): Json | null {
		const join: Json = {};
		const invite: Json = {};
		const leave: Json = {};
		for (const room of this.rooms.values()) {
			const own = room.state.get(`m.room.member|${user.id}`);
			if (own === undefined) continue;
			const membership = own.content['membership'];
			if (membership === 'join') {
				const section = this.#joinedRoom(room, user, since, own.pos > since);
				if (section !== null) join[room.id] = section;
			} else if (own.pos > since && membership === 'invite') {
				invite[room.id] = {
					invite_state: {
						events: [...room.state.values()].map(({ type, content, sender, state_key }) => ({
							type,
							content,
							sender,
							state_key,
						})),
					},
				};
			} else if (own.pos > since && since > 0) {
				leave[room.id] = {
					timeline: {
						events: room.events
							.filter((event) => event.pos > since && event.pos <= own.pos)
							.map((event) => this.#public(event, user.id)),
					},
				};
			}
		}
		const presence = [...this.users.values()]
			.filter((other) => other.presence.pos > since)
			.map((other) => ({ type: 'm.presence', sender: other.id, content: other.presence.content }));
		const accountData = [...user.accountData]
			.filter(([, data]) => data.room === null && data.pos > since)
			.map(([type, data]) => ({ type, content: data.content }));
		const empty =
			[join, invite, leave].every((section) => Object.keys(section).length === 0) &&
			presence.length === 0 &&
			accountData.length === 0;
		return empty && since > 0
			? null
			: { rooms: { join, invite, leave }, presence: { events: presence }, account_data: { events: accountData } };
	}

	#joinedRoom(room: Room, user: User, since: number, fresh: boolean): Json | null {
		const start = fresh ? 0 : since;
		const news = room.events.filter((event) => event.pos > start);
		const shown = news.slice(-this.timelineLimit);
		const ephemeral: Json[] = [];
		if (room.typing.pos > since) ephemeral.push({ type: 'm.typing', content: { user_ids: [...room.typing.users] } });
		for (const receipt of room.receipts.filter(
			(candidate) => candidate.pos > since && (candidate.kind === 'm.read' || candidate.user === user.id),
		))
			ephemeral.push({
				type: 'm.receipt',
				content: { [receipt.event]: { [receipt.kind]: { [receipt.user]: { ts: 1 } } } },
			});
		const marker = user.accountData.get(`m.fully_read ${room.id}`);
		const accountData =
			marker !== undefined && marker.pos > since ? [{ type: 'm.fully_read', content: marker.content }] : [];
		if (news.length === 0 && ephemeral.length === 0 && accountData.length === 0) return null;
		const first = shown[0]?.pos ?? 0;
		const before = room.events.filter(
			(event) => event.pos < first && event.pos > start && event.state_key !== undefined,
		);
		return {
			state: { events: before.map((event) => this.#public(event, user.id)) },
			timeline: {
				events: shown.map((event) => this.#public(event, user.id)),
				limited: news.length > shown.length,
				prev_batch: `p${first}`,
			},
			ephemeral: { events: ephemeral },
			account_data: { events: accountData },
			summary: { 'm.joined_member_count': this.#members(room, 'join').length },
		};
	}

	#wake(): void {
		for (const wake of this.#waiting) wake();
	}
}
