/**
 * The engine: what happens to messages, people and time. A library that knows no protocol, no operating system and no
 * UI; everything it needs is handed in, so it runs in a worker thread as well as in a test.
 */
import type { HostSignal } from '../protocols/adapter/adapter.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import { conversationId, remoteUserId } from '../protocols/model/ids.ts';
import { chatError, toChatError } from '../protocols/model/errors.ts';
import { Accounts } from './accounts.ts';
import { UnreadBadge } from './unread-badge.ts';
import { CommandMemory } from './command-memory.ts';
import type { Env, Handler } from './commands/env.ts';
import { commandHandlers } from './commands/handlers.ts';
import type { CommandBody, CommandName } from './contract/commands.ts';
import type { Link } from './contract/frames.ts';
import type { QueryName } from './contract/queries.ts';
import type { Core, EngineDeps, Write } from './core.ts';
import { Directory } from './directory.ts';
import { Ephemeral } from './ephemeral.ts';
import { Exclusive } from './exclusive.ts';
import { Expiry } from './expiry.ts';
import { historyCompletePrefix } from './gaps.ts';
import { Imports } from './imports/imports.ts';
import { TakeOver } from './imports/take-over.ts';
import { Ingest } from './ingest.ts';
import { Logins } from './logins.ts';
import { Media } from './media/media.ts';
import { PatchHub } from './patches.ts';
import { publish } from './publish.ts';
import { queryHandlers } from './queries.ts';
import type { QueryEnv } from './queries.ts';
import { Settlements } from './settlements.ts';
import { orphanLifeMs } from './stages/relate.ts';
import { EngineState } from './state.ts';
import { Transaction } from './transaction.ts';
import { RpcServer } from './transport/rpc-server.ts';
import type { Caller } from './transport/rpc-server.ts';

const dayMs = 24 * 3600 * 1000;

export interface Engine {
	/** A client connected; the engine closes the link when it is done with it. */
	attachClient(link: Link): void;
	/** Something changed on the machine. */
	signal(signal: HostSignal): void;
	/** Ends all sessions politely and closes the store; bounded in time. */
	stop(): Promise<void>;
	/** For tests, benches and scripts that need no link. */
	handleCommand(caller: Caller, name: CommandName, body: unknown): Promise<unknown>;
	handleQuery(name: QueryName, body: unknown): Promise<unknown>;
}

/**
 * Loads the profile and connects its enabled accounts.
 * @throws ChatException `storage-failed` when the store cannot be read
 */
export async function createEngine(deps: EngineDeps): Promise<Engine> {
	const engine = new ParleyEngine(deps);
	await engine.start();
	return engine;
}

class ParleyEngine implements Engine {
	readonly #core: Core;
	readonly #accounts: Accounts;
	readonly #logins: Logins;
	readonly #imports: Imports;
	readonly #directory: Directory;
	readonly #rpc: RpcServer;
	readonly #memory = new CommandMemory();
	readonly #commitListeners = new Set<() => void>();
	readonly #badge: UnreadBadge;
	#cancelHousekeeping: () => void = () => undefined;
	#stopped: Promise<void> | null = null;

	constructor(deps: EngineDeps) {
		const state = new EngineState();
		const patches = new PatchHub(deps.clock);
		const accounts = new Accounts(
			() => this.#core,
			() => ingest,
		);
		this.#accounts = accounts;
		this.#core = {
			...deps,
			state,
			patches,
			exclusive: new Exclusive(),
			settlements: new Settlements(deps.clock),
			ephemeral: new Ephemeral(state, patches, deps.clock),
			runners: accounts,
			files: new Media(() => this.#core, { clock: deps.clock, media: deps.media, patches }),
			expiry: new Expiry(() => this.#core),
			takeOver: new TakeOver(() => this.#core),
			awaitingEcho: new Set(),
			serverSender: remoteUserId('server'),
			until: (probe, ms) => this.#until(probe, ms),
			write: this.#write,
		};
		const ingest = new Ingest(this.#core);
		this.#badge = new UnreadBadge(this.#core);
		this.#logins = new Logins(this.#core, accounts);
		this.#imports = new Imports(this.#core, this.#logins, this.#core.takeOver);
		this.#directory = new Directory(this.#core);
		this.#rpc = new RpcServer({
			patches,
			clock: deps.clock,
			log: deps.log,
			version: deps.host.version,
			handlers: {
				command: (caller, name, body, raw) => this.#command(caller, name, body, raw),
				query: (_caller, name, body) => this.handleQuery(name, body),
				left: (clientId) => state.focus.delete(clientId),
				isDirect: (id) => state.conversations.get(id)?.kind === 'direct',
			},
		});
	}

	async start(): Promise<void> {
		const { state, store } = this.#core;
		state.load(await store.load());
		for (const account of state.accounts.keys()) {
			for (const { key } of await store.kvList(account, historyCompletePrefix)) {
				state.historyComplete.add(conversationId(key.slice(historyCompletePrefix.length)));
			}
		}
		this.#badge.show();
		await this.#housekeeping();
		await this.#core.expiry.sweep();
		void this.#core.files.trim();
		await this.#accounts.startAll();
	}

	/** Once at start and daily: forgets what has waited too long for its message. */
	async #housekeeping(): Promise<void> {
		const { clock, log } = this.#core;
		try {
			await this.#core.write((tx) => tx.push({ op: 'orphan.expire', before: clock.now() - orphanLifeMs }));
		} catch (thrown) {
			log.error('housekeeping failed', { code: toChatError(thrown).code });
		}
		this.#cancelHousekeeping = clock.after(dayMs, () => void this.#housekeeping());
	}

	readonly #isOpen = (id: ConversationId): boolean => this.#rpc.isOpen(id);

	readonly #write: Write = (work) =>
		this.#core.exclusive.run('write', async () => {
			const tx = new Transaction(this.#core.state, this.#core.store, this.#core.clock.now());
			const result = await work(tx);
			const { effects } = await tx.commit();
			await publish(this.#core, tx, this.#isOpen);
			this.#badge.update(tx);
			for (const effect of effects) this.#safely(effect);
			for (const { job, error } of tx.settled) this.#core.settlements.settle(job.txnId, error);
			const accounts = new Set([...tx.outbox.changes.values()].map((job) => job?.accountId ?? null));
			for (const { job } of tx.settled) accounts.add(job.accountId);
			for (const id of accounts) if (id !== null) this.#core.runners.get(id)?.wakeOutbox();
			for (const listener of this.#commitListeners) listener();
			return result;
		});

	#safely(effect: () => void): void {
		try {
			effect();
		} catch (thrown) {
			this.#core.log.error('effect failed', { error: thrown instanceof Error ? thrown.message : String(thrown) });
		}
	}

	#until<T>(probe: () => T | undefined, ms: number): Promise<T | undefined> {
		return new Promise((resolve) => {
			const finish = (value: T | undefined): void => {
				cancel();
				this.#commitListeners.delete(listener);
				resolve(value);
			};
			const listener = (): void => {
				const value = probe();
				if (value !== undefined) finish(value);
			};
			const cancel = this.#core.clock.after(ms, () => finish(undefined));
			this.#commitListeners.add(listener);
			listener();
		});
	}

	attachClient(link: Link): void {
		if (this.#stopped !== null) link.close();
		else this.#rpc.attach(link);
	}

	signal(signal: HostSignal): void {
		this.#accounts.signal(signal);
	}

	handleCommand(caller: Caller, name: CommandName, body: unknown): Promise<unknown> {
		return this.#command(caller, name, body, body);
	}

	#command(caller: Caller, name: CommandName, body: unknown, raw: unknown): Promise<unknown> {
		const { commandId } = body as CommandBody<CommandName>;
		const env: Env = { core: this.#core, accounts: this.#accounts, logins: this.#logins, imports: this.#imports };
		// The table's type ties every body to its handler; the schema has just checked this one.
		const handler = commandHandlers[name] as Handler<CommandName>;
		return this.#memory.once(`${name} ${commandId}`, async () => handler(env, body as never, caller, raw));
	}

	async handleQuery(name: QueryName, body: unknown): Promise<unknown> {
		const env: QueryEnv = {
			core: this.#core,
			accounts: this.#accounts,
			logins: this.#logins,
			imports: this.#imports,
			directory: this.#directory,
		};
		const handler = queryHandlers[name] as (env: QueryEnv, body: unknown) => Promise<unknown>;
		return handler(env, body);
	}

	stop(): Promise<void> {
		this.#stopped ??= this.#stop();
		return this.#stopped;
	}

	async #stop(): Promise<void> {
		this.#cancelHousekeeping();
		this.#logins.closeAll();
		this.#imports.forget();
		this.#directory.closeAll();
		this.#core.files.close();
		this.#core.expiry.close();
		await this.#accounts.stopAll();
		await this.#core.exclusive.idle();
		this.#core.patches.flush();
		this.#rpc.close(chatError('connection-closed', 'Parley is closing', { retry: 'later' }));
		await this.#core.store.close();
	}
}
