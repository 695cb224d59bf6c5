/**
 * The engine's side of the contract over any {@link Link}: checks every inbound frame, answers requests, sends patches,
 * and keeps no more for a slow client than it may cost.
 */
import type * as z from 'zod';
import type { Clock } from '../../protocols/adapter/context.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import { chatError, ChatException, toChatError } from '../../protocols/model/errors.ts';
import type { ConversationId } from '../../protocols/model/ids.ts';
import { clientFrameSchema, contractVersion, frameLimits } from '../contract/frames.ts';
import type { ClientFrame, EngineFrame, Link } from '../contract/frames.ts';
import { commandSchemas } from '../contract/commands.ts';
import type { CommandName } from '../contract/commands.ts';
import { querySchemas } from '../contract/queries.ts';
import type { QueryName } from '../contract/queries.ts';
import type { EngineLog } from '../core.ts';
import type { PatchFrame, PatchHub } from '../patches.ts';
import { exceeds } from './frame-size.ts';
import { Subscriptions } from './subscriptions.ts';

/** Frames sent and not acknowledged before a client counts as slow. */
const maxUnacked = 256;
/** Answers kept for a link that takes nothing right now. */
const maxBacklog = 256;
/** A client that is gone this long must boot anew. */
const forgetAfterMs = 5 * 60_000;
const maxClients = 64;

/** Who asks. Commands that concern one window need it. */
export interface Caller {
	readonly clientId: string;
	readonly subscriptions: Subscriptions;
}

export interface RpcHandlers {
	/** `raw` is the body before the schema filled in defaults. */
	command(caller: Caller, name: CommandName, body: unknown, raw: unknown): Promise<unknown>;
	query(caller: Caller, name: QueryName, body: unknown): Promise<unknown>;
	/** A window went away; its focus counts no more. */
	left(clientId: string): void;
	isDirect(id: ConversationId): boolean;
}

export interface RpcServerOptions {
	readonly patches: PatchHub;
	readonly clock: Clock;
	readonly log: EngineLog;
	readonly version: string;
	readonly handlers: RpcHandlers;
}

interface Client extends Caller {
	connection: Connection | null;
	cancelForget: (() => void) | null;
}

export class RpcServer {
	readonly #options: RpcServerOptions;
	readonly #clients = new Map<string, Client>();
	readonly #connections = new Set<Connection>();

	constructor(options: RpcServerOptions) {
		this.#options = options;
		options.patches.onFrame((frame) => {
			for (const connection of this.#connections) connection.patch(frame);
		});
	}

	attach(link: Link): void {
		const connection = new Connection(this, this.#options, link);
		this.#connections.add(connection);
		link.onClose(() => this.#closed(connection));
		link.onMessage((frame) => connection.receive(frame));
	}

	/** Has anybody this conversation open, connected or about to return? */
	isOpen(id: ConversationId): boolean {
		for (const client of this.#clients.values()) if (client.subscriptions.has(id)) return true;
		return false;
	}

	/** Says good-bye to everybody. */
	close(error: ChatError): void {
		for (const connection of [...this.#connections]) connection.end(error);
		for (const client of this.#clients.values()) client.cancelForget?.();
		this.#clients.clear();
	}

	/** Finds or makes the client of a `hello`; a second link of the same client replaces the first. */
	join(connection: Connection, clientId: string): Client {
		let client = this.#clients.get(clientId);
		if (client === undefined) {
			if (this.#clients.size >= maxClients) this.#dropOldestAbsent();
			client = {
				clientId,
				subscriptions: new Subscriptions((id) => this.#options.handlers.isDirect(id)),
				connection: null,
				cancelForget: null,
			};
			this.#clients.set(clientId, client);
		}
		client.cancelForget?.();
		client.cancelForget = null;
		const old = client.connection;
		client.connection = connection;
		if (old !== null && old !== connection)
			old.end(chatError('cancelled', 'this window connected again', { retry: 'later' }));
		return client;
	}

	#dropOldestAbsent(): void {
		for (const [id, client] of this.#clients) {
			if (client.connection !== null) continue;
			client.cancelForget?.();
			this.#clients.delete(id);
			return;
		}
	}

	#closed(connection: Connection): void {
		this.#connections.delete(connection);
		const { client } = connection;
		if (client === null || client.connection !== connection) return;
		client.connection = null;
		this.#options.handlers.left(client.clientId);
		client.cancelForget = this.#options.clock.after(forgetAfterMs, () => {
			if (client.connection === null) this.#clients.delete(client.clientId);
		});
	}
}

class Connection {
	readonly #server: RpcServer;
	readonly #options: RpcServerOptions;
	readonly #link: Link;
	readonly #unacked: number[] = [];
	readonly #backlog: EngineFrame[] = [];
	#inFlight = 0;
	/** The client fell behind: it gets one `resync` instead of what it missed. */
	#lagging = false;
	#ended = false;
	client: Client | null = null;

	constructor(server: RpcServer, options: RpcServerOptions, link: Link) {
		this.#server = server;
		this.#options = options;
		this.#link = link;
	}

	receive(raw: unknown): void {
		if (this.#ended) return;
		if (exceeds(raw, frameLimits.maxInboundChars)) {
			this.#refuse(raw, chatError('oversized'));
			return;
		}
		const parsed = clientFrameSchema.safeParse(raw);
		if (!parsed.success) {
			this.#refuse(raw, chatError('bad-input', problemOf(parsed.error)));
			return;
		}
		this.#take(parsed.data);
	}

	/** Answers a bad request if it can be told which one it was; the link stays open. */
	#refuse(raw: unknown, error: ChatError): void {
		this.#options.log.warn('frame refused', { code: error.code });
		if (typeof raw !== 'object' || raw === null || !('t' in raw) || raw.t !== 'req' || !('id' in raw)) return;
		if (typeof raw.id !== 'string' || raw.id.length > frameLimits.maxIdLength) return;
		this.#send({ t: 'res', id: raw.id, ok: false, error });
	}

	#take(frame: ClientFrame): void {
		if (frame.t === 'hello') {
			this.#hello(frame);
			return;
		}
		const { client } = this;
		if (client === null) {
			this.end(chatError('protocol-violation', 'hello comes first', { retry: 'never' }));
			return;
		}
		switch (frame.t) {
			case 'ack':
				this.#acked(frame.seq);
				return;
			case 'ping':
				this.#send({ t: 'pong', n: frame.n });
				return;
			case 'req':
				void this.#request(client, frame.id, frame.name, frame.body);
				return;
		}
	}

	#hello(frame: Extract<ClientFrame, { t: 'hello' }>): void {
		if (frame.contractVersion !== contractVersion) {
			this.end(chatError('protocol-violation', `contract ${contractVersion} is spoken here`, { retry: 'never' }));
			return;
		}
		if (this.client !== null) return;
		const client = this.#server.join(this, frame.clientId);
		this.client = client;
		const missed = frame.lastSeq === null ? null : this.#options.patches.since(frame.lastSeq);
		const { seq } = this.#options.patches;
		// Without the missed patches the client boots anew and opens again what it shows.
		if (missed === null) client.subscriptions.clear();
		this.#send({ t: 'welcome', contractVersion, seq, resumed: missed !== null, engineVersion: this.#options.version });
		for (const patch of missed ?? []) this.patch(patch);
	}

	async #request(client: Client, id: string, name: string, body: unknown): Promise<void> {
		if (this.#inFlight >= frameLimits.maxInFlight) {
			this.#send({ t: 'res', id, ok: false, error: chatError('rate-limited') });
			return;
		}
		this.#inFlight += 1;
		try {
			const result = await this.#dispatch(client, name, body);
			this.#send({ t: 'res', id, ok: true, body: result ?? null });
		} catch (thrown) {
			const error = toChatError(thrown);
			if (!(thrown instanceof ChatException))
				this.#options.log.error('request failed', {
					name,
					error: thrown instanceof Error ? `${thrown.message}\n${thrown.stack ?? ''}` : String(thrown),
				});
			this.#send({ t: 'res', id, ok: false, error });
		} finally {
			this.#inFlight -= 1;
		}
	}

	#dispatch(client: Client, name: string, body: unknown): Promise<unknown> {
		if (Object.hasOwn(commandSchemas, name)) {
			const command = name as CommandName;
			return this.#options.handlers.command(client, command, checked(commandSchemas[command], body), body);
		}
		if (Object.hasOwn(querySchemas, name)) {
			const query = name as QueryName;
			return this.#options.handlers.query(client, query, checked(querySchemas[query], body));
		}
		throw new ChatException(chatError('unsupported', `unknown request: ${name}`));
	}

	patch(frame: PatchFrame): void {
		const { client } = this;
		if (client === null || this.#ended || this.#lagging) return;
		const ops = client.subscriptions.select(frame.ops);
		if (ops.length === 0) return;
		if (this.#unacked.length >= maxUnacked || !this.#link.send({ t: 'patch', seq: frame.seq, ops })) {
			this.#lagging = true;
			this.#options.log.warn('slow client', { client: client.clientId });
			this.#scheduleRecovery();
			return;
		}
		this.#unacked.push(frame.seq);
	}

	#acked(seq: number): void {
		while (this.#unacked.length > 0 && (this.#unacked[0] ?? 0) <= seq) this.#unacked.shift();
		this.#catchUp();
	}

	#scheduleRecovery(): void {
		this.#options.clock.after(250, () => {
			if (this.#ended) return;
			this.#flushBacklog();
			this.#catchUp();
			if (this.#lagging || this.#backlog.length > 0) this.#scheduleRecovery();
		});
	}

	/** Once the client has worked off what it was sent, one op tells it to fetch the rest. */
	#catchUp(): void {
		if (!this.#lagging || this.#unacked.length > 0) return;
		const { seq } = this.#options.patches;
		if (!this.#link.send({ t: 'patch', seq, ops: [{ op: 'resync', scope: 'all' }] })) return;
		this.#unacked.push(seq);
		this.#lagging = false;
	}

	#send(frame: EngineFrame): void {
		if (this.#ended) return;
		if (this.#backlog.length === 0 && this.#link.send(frame)) return;
		if (this.#backlog.length >= maxBacklog) {
			this.end(chatError('rate-limited', 'the client takes no answers', { retry: 'later' }));
			return;
		}
		this.#backlog.push(frame);
		if (this.#backlog.length === 1) this.#scheduleRecovery();
	}

	#flushBacklog(): void {
		for (;;) {
			const frame = this.#backlog[0];
			if (frame === undefined || !this.#link.send(frame)) return;
			this.#backlog.shift();
		}
	}

	end(error: ChatError): void {
		if (this.#ended) return;
		this.#link.send({ t: 'bye', error });
		this.#ended = true;
		this.#link.close();
	}
}

function checked(schema: z.ZodType, body: unknown): unknown {
	const parsed = schema.safeParse(body);
	if (!parsed.success) throw new ChatException(chatError('bad-input', problemOf(parsed.error)));
	return parsed.data;
}

/** Where the first fault is; never the value, which may be a secret. */
function problemOf(error: z.ZodError): string {
	const [issue] = error.issues;
	return issue === undefined ? 'bad frame' : `${issue.path.join('.')}: ${issue.code}`;
}
