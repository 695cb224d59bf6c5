/**
 * The client side of the contract over any {@link Link}: typed commands and queries, patches in order, reconnection
 * with the last sequence number. Knows nothing of React, Node or Electron, so the renderer, tests and scripts share it.
 */
import { chatError, ChatException } from '../../protocols/model/errors.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import { contractVersion } from '../contract/frames.ts';
import type { EngineFrame, Link } from '../contract/frames.ts';
import type { PatchOp } from '../contract/patches.ts';
import { patchOpSchema } from '../contract/patches.ts';
import type { QueryArgs, QueryName, QueryResults } from '../contract/queries.ts';

/** `open`: usable. `waiting`: link lost, will be reopened at `retryAt`. `refused`: the engine speaks another contract or refused us. */
export type ClientState =
	| { readonly kind: 'connecting' }
	| { readonly kind: 'open' }
	| { readonly kind: 'waiting'; readonly retryAt: number; readonly error: ChatError }
	| { readonly kind: 'refused'; readonly error: ChatError }
	| { readonly kind: 'closed' };

export interface RpcClientOptions {
	/** Opens a fresh link; rejects with `ChatException` when that is impossible now. */
	readonly open: () => Promise<Link>;
	/** Stable for the life of this window. */
	readonly clientId: string;
	readonly now: () => number;
	/** Runs once after `ms`; returns a cancel function. */
	readonly after: (ms: number, run: () => void) => () => void;
	readonly uuid: () => string;
	/** Ops of one patch frame, in order. */
	readonly onPatch: (ops: readonly PatchOp[], seq: number) => void;
	/** State changes; `resumed` false on `open` means: boot anew (query `boot`), then reopen conversations. */
	readonly onState: (state: ClientState, resumed: boolean) => void;
	/** Check every inbound patch against its schema (always on network transports). */
	readonly validate: boolean;
}

interface Waiting {
	readonly frame: { readonly t: 'req'; readonly id: string; readonly name: string; readonly body: unknown };
	readonly resolve: (body: unknown) => void;
	readonly reject: (error: ChatException) => void;
	/** Commands are idempotent by command id and are sent again on a new link; queries are too, being pure. */
	sentOn: Link | null;
}

const backoffMs = [250, 500, 1000, 2000, 5000] as const;
/** A reply later than this means the engine hangs; the caller gets `timeout`. Login steps wait for networks. */
const replyTimeoutMs = 120_000;
const maxWaiting = 256;

export interface RpcClient {
	command<N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>>;
	query<N extends QueryName>(name: N, args: QueryArgs<N>): Promise<QueryResults[N]>;
	readonly state: ClientState;
	/** Try to reopen now instead of waiting. */
	reconnect(): void;
	close(): void;
}

export function createRpcClient(options: RpcClientOptions): RpcClient {
	const client = new Client(options);
	client.start();
	return client;
}

class Client implements RpcClient {
	readonly #options: RpcClientOptions;
	readonly #waiting = new Map<string, Waiting>();
	#link: Link | null = null;
	#state: ClientState = { kind: 'connecting' };
	#lastSeq: number | null = null;
	#failures = 0;
	#cancelRetry: (() => void) | null = null;
	#nextId = 1;

	constructor(options: RpcClientOptions) {
		this.#options = options;
	}

	get state(): ClientState {
		return this.#state;
	}

	start(): void {
		this.#open().catch(() => undefined);
	}

	command<N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>> {
		return this.#request(name, { ...args, commandId: this.#options.uuid() }) as Promise<CommandResult<N>>;
	}

	query<N extends QueryName>(name: N, args: QueryArgs<N>): Promise<QueryResults[N]> {
		return this.#request(name, args) as Promise<QueryResults[N]>;
	}

	reconnect(): void {
		if (this.#state.kind !== 'waiting') return;
		this.#cancelRetry?.();
		this.start();
	}

	close(): void {
		this.#cancelRetry?.();
		this.#setState({ kind: 'closed' });
		this.#link?.close();
		this.#link = null;
		this.#failAll(chatError('cancelled'));
	}

	#request(name: string, body: unknown): Promise<unknown> {
		if (this.#state.kind === 'closed' || this.#state.kind === 'refused')
			return Promise.reject(new ChatException(chatError('cancelled')));
		if (this.#waiting.size >= maxWaiting) return Promise.reject(new ChatException(chatError('rate-limited')));
		const id = String(this.#nextId++);
		return new Promise((resolve, reject) => {
			const cancel = this.#options.after(replyTimeoutMs, () => {
				if (this.#waiting.delete(id)) reject(new ChatException(chatError('timeout')));
			});
			const waiting: Waiting = {
				frame: { t: 'req', id, name, body },
				resolve: (value) => {
					cancel();
					resolve(value);
				},
				reject: (error) => {
					cancel();
					reject(error);
				},
				sentOn: null,
			};
			this.#waiting.set(id, waiting);
			this.#flush();
		});
	}

	#flush(): void {
		const link = this.#link;
		if (link === null || this.#state.kind !== 'open') return;
		for (const waiting of this.#waiting.values()) {
			if (waiting.sentOn !== link && link.send(waiting.frame)) waiting.sentOn = link;
		}
	}

	async #open(): Promise<void> {
		this.#setState({ kind: 'connecting' });
		let link: Link;
		try {
			link = await this.#options.open();
		} catch (thrown) {
			this.#lost(thrown instanceof ChatException ? thrown.error : chatError('connection-lost'));
			return;
		}
		if (this.#state.kind === 'closed') {
			link.close();
			return;
		}
		this.#link = link;
		link.onClose(() => {
			if (this.#link === link) this.#lost(chatError('connection-lost'));
		});
		link.onMessage((frame) => {
			if (this.#link === link) this.#receive(frame as EngineFrame);
		});
		link.send({ t: 'hello', contractVersion, clientId: this.#options.clientId, lastSeq: this.#lastSeq });
	}

	#receive(frame: EngineFrame): void {
		switch (frame.t) {
			case 'welcome':
				if (frame.contractVersion !== contractVersion) {
					this.#refuse(
						chatError('protocol-violation', `contract ${frame.contractVersion}, expected ${contractVersion}`),
					);
					return;
				}
				this.#failures = 0;
				if (!frame.resumed) this.#lastSeq = frame.seq;
				this.#setState({ kind: 'open' }, frame.resumed);
				this.#flush();
				return;
			case 'res': {
				const waiting = this.#waiting.get(frame.id);
				if (waiting === undefined) return;
				this.#waiting.delete(frame.id);
				if (frame.ok) waiting.resolve(frame.body);
				else waiting.reject(new ChatException(frame.error));
				this.#flush();
				return;
			}
			case 'patch':
				this.#patch(frame.ops, frame.seq);
				return;
			case 'bye':
				if (frame.error.retry === 'never') this.#refuse(frame.error);
				return;
			case 'pong':
				return;
		}
	}

	#patch(ops: readonly PatchOp[], seq: number): void {
		if (this.#lastSeq !== null && seq <= this.#lastSeq) return;
		const checked = this.#options.validate ? ops.filter((op) => patchOpSchema.safeParse(op).success) : ops;
		this.#lastSeq = seq;
		this.#options.onPatch(checked.length === ops.length ? ops : [...checked, { op: 'resync', scope: 'all' }], seq);
		this.#link?.send({ t: 'ack', seq });
	}

	#refuse(error: ChatError): void {
		const link = this.#link;
		this.#link = null;
		this.#setState({ kind: 'refused', error });
		link?.close();
		this.#failAll(error);
	}

	#lost(error: ChatError): void {
		if (this.#state.kind === 'closed' || this.#state.kind === 'refused') return;
		this.#link = null;
		const delay = backoffMs[Math.min(this.#failures, backoffMs.length - 1)] ?? 5000;
		this.#failures += 1;
		if (error.retry === 'never') {
			this.#refuse(error);
			return;
		}
		this.#cancelRetry = this.#options.after(delay, () => this.start());
		this.#setState({ kind: 'waiting', retryAt: this.#options.now() + delay, error });
	}

	#failAll(error: ChatError): void {
		for (const waiting of this.#waiting.values()) waiting.reject(new ChatException(error));
		this.#waiting.clear();
	}

	#setState(state: ClientState, resumed = false): void {
		this.#state = state;
		this.#options.onState(state, resumed);
	}
}
