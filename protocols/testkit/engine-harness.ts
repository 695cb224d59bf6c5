/**
 * A whole engine in one process for tests: fake network, fake time, a store in memory, clients over memory links. No
 * sleeps: {@link TestEngine.advance} moves time and lets everything that follows from it happen.
 */
import type { BootState } from '../../engine/contract/queries.ts';
import type { PatchOp } from '../../engine/contract/patches.ts';
import type { HostPorts } from '../../engine/core.ts';
import { createEngine } from '../../engine/engine.ts';
import type { Engine } from '../../engine/engine.ts';
import { openStoreInProcess } from '../../engine/store/open-in-process.ts';
import type { Store } from '../../engine/store/store.ts';
import { memoryLinkPair } from '../../engine/transport/memory-link.ts';
import { createRpcClient } from '../../engine/transport/rpc-client.ts';
import type { RpcClient } from '../../engine/transport/rpc-client.ts';
import type { ProtocolFactory } from '../adapter/adapter.ts';
import type { ForeignProfile } from '../import/foreign.ts';
import type { AccountId, ConversationId } from '../model/ids.ts';
import { FakeClock, fakeRandom } from './fake-clock.ts';
import { createFakeFactory } from './fake-factory.ts';
import { FakeNetwork } from './fake-network.ts';
import { MemoryMediaCache } from './memory-media-cache.ts';

/** Lets all promise callbacks run, however deep their chains: macrotasks come after every microtask. */
export async function drain(): Promise<void> {
	for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

export interface TestClient {
	readonly rpc: RpcClient;
	/** All patch ops received, in order. */
	readonly ops: PatchOp[];
	/** States the connection to the engine went through: `open`, `open resumed`… */
	readonly states: string[];
}

export interface TestEngineOptions {
	readonly clock?: FakeClock;
	readonly network?: FakeNetwork;
	readonly store?: Store;
	readonly media?: MemoryMediaCache;
	readonly protocols?: ReadonlyMap<string, ProtocolFactory>;
	/** Secrets of an earlier run. */
	readonly secrets?: Map<string, string>;
	readonly seed?: number;
	/** What other programs keep. */
	readonly foreignProfiles?: readonly ForeignProfile[];
}

export class TestEngine {
	readonly engine: Engine;
	readonly clock: FakeClock;
	readonly network: FakeNetwork;
	readonly store: Store;
	readonly media: MemoryMediaCache;
	readonly secrets: Map<string, string>;
	readonly notifications: Parameters<HostPorts['notify']>[0][];
	readonly problems: string[];
	/** Conversations whose notification was taken back. */
	readonly cleared: ConversationId[];
	readonly badges: { readonly attention: number; readonly unread: number }[];
	readonly clients: TestClient[] = [];
	#nextClient = 1;

	constructor(
		parts: Pick<
			TestEngine,
			| 'engine'
			| 'clock'
			| 'network'
			| 'store'
			| 'media'
			| 'secrets'
			| 'notifications'
			| 'problems'
			| 'cleared'
			| 'badges'
		>,
	) {
		this.engine = parts.engine;
		this.clock = parts.clock;
		this.network = parts.network;
		this.store = parts.store;
		this.media = parts.media;
		this.secrets = parts.secrets;
		this.notifications = parts.notifications;
		this.problems = parts.problems;
		this.cleared = parts.cleared;
		this.badges = parts.badges;
	}

	/** Moves time step by step, letting everything settle between timers. */
	async advance(ms: number): Promise<void> {
		const end = this.clock.now() + ms;
		for (;;) {
			await drain();
			const next = this.clock.nextAt;
			if (next === null || next > end) break;
			await this.clock.advance(Math.max(0, next - this.clock.now()));
		}
		await this.clock.advance(end - this.clock.now());
		await drain();
	}

	/** A window connects. */
	async connect(clientId = `client-${this.#nextClient++}`): Promise<TestClient> {
		const ops: PatchOp[] = [];
		const states: string[] = [];
		const random = fakeRandom(this.#nextClient * 7919);
		const rpc = createRpcClient({
			open: () => {
				const [mine, theirs] = memoryLinkPair();
				this.engine.attachClient(theirs);
				return Promise.resolve(mine);
			},
			clientId,
			now: () => this.clock.now(),
			after: (ms, run) => this.clock.after(ms, run),
			uuid: () => random.uuid(),
			onPatch: (received) => ops.push(...received),
			onState: (state, resumed) => states.push(resumed ? `${state.kind} resumed` : state.kind),
			validate: true,
		});
		const client = { rpc, ops, states };
		this.clients.push(client);
		await drain();
		return client;
	}

	/** Logs a user of the fake network in, through the login flow, and waits until the account is online. */
	async addAccount(client: TestClient, address: string, password = 'pw'): Promise<AccountId> {
		const { loginId } = await client.rpc.command('account.loginStart', { protocol: 'fake', flow: 'password' });
		const done = await client.rpc.command('account.loginSubmit', { loginId, values: { address, password } });
		if (done.step.kind !== 'done' || !('accountId' in done)) throw new Error('login did not finish');
		await this.advance(50);
		return done.accountId;
	}

	boot(client: TestClient): Promise<BootState> {
		return client.rpc.query('boot', {});
	}

	/** Id of a conversation by its remote id. */
	async conversation(client: TestClient, remoteId: string): Promise<ConversationId> {
		const { conversations } = await this.boot(client);
		const found = conversations.find((conversation) => (conversation.remoteId as string) === remoteId);
		if (found === undefined) throw new Error(`no conversation ${remoteId}`);
		return found.id;
	}
}

export async function startTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
	const clock = options.clock ?? new FakeClock();
	const network = options.network ?? new FakeNetwork(clock);
	const store = options.store ?? (await openStoreInProcess());
	const secrets = options.secrets ?? new Map<string, string>();
	const notifications: TestEngine['notifications'] = [];
	const media = options.media ?? new MemoryMediaCache();
	const problems: string[] = [];
	const cleared: ConversationId[] = [];
	const badges: { readonly attention: number; readonly unread: number }[] = [];
	const note =
		(level: string) =>
		(message: string, fields?: Readonly<Record<string, unknown>>): void => {
			problems.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
		};
	const engine = await createEngine({
		store,
		protocols: options.protocols ?? new Map([['fake', createFakeFactory(network)]]),
		clock,
		random: fakeRandom(options.seed ?? 1),
		media,
		log: { debug: () => undefined, info: () => undefined, warn: note('warn'), error: note('error') },
		host: {
			secrets: {
				get: (account, name) => Promise.resolve(secrets.get(`${account} ${name}`) ?? null),
				set: (account, name, value) => {
					if (value === null) secrets.delete(`${account} ${name}`);
					else secrets.set(`${account} ${name}`, value);
					return Promise.resolve();
				},
				removeAll: (account) => {
					for (const key of [...secrets.keys()]) if (key.startsWith(`${account} `)) secrets.delete(key);
					return Promise.resolve();
				},
			},
			notify: (notification) => notifications.push(notification),
			clearNotification: (id) => cleared.push(id),
			badge: (counts) => badges.push(counts),
			foreignProfiles: () => Promise.resolve(options.foreignProfiles ?? []),
			extraCa: [],
			version: '0.0.0-test',
		},
	});
	return new TestEngine({ engine, clock, network, store, media, secrets, notifications, problems, cleared, badges });
}

/** A store that dies with its process: from the given commit on nothing is written any more. */
export class MortalStore {
	readonly #base: Store;
	commits = 0;
	/** Number of the commit at which death strikes; `after`: it is on disk, but nobody hears of it. */
	dieAt: { readonly commit: number; readonly when: 'before' | 'after' } | null = null;
	dead = false;

	constructor(base: Store) {
		this.#base = base;
	}

	/** The store as one run of the engine sees it. */
	asStore(): Store {
		return {
			...this.#base,
			commit: async (ops) => {
				if (this.dead) return new Promise<never>(() => undefined);
				this.commits += 1;
				if (this.dieAt?.commit === this.commits) {
					this.dead = true;
					if (this.dieAt.when === 'after') await this.#base.commit(ops);
					return new Promise<never>(() => undefined);
				}
				return this.#base.commit(ops);
			},
			close: () => Promise.resolve(),
		};
	}
}
