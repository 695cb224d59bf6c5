/**
 * Keeps one account connected as long as the user wants it: the connect loop, the back-off, the crash guard and the
 * orderly stop. It is the only writer of the account's connection state. Adapters report; this decides.
 */
import type { HostSignal, ProtocolAdapter, ProtocolFactory } from '../protocols/adapter/adapter.ts';
import type { ConnectionEnd } from '../protocols/adapter/context.ts';
import type { AdapterBatch } from '../protocols/adapter/events.ts';
import { noConversationCapabilities } from '../protocols/model/capabilities.ts';
import type { ConnectionInput } from '../protocols/model/connection-state.ts';
import { reduceConnection } from '../protocols/model/connection-state.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import { chatError, ChatException, toChatError } from '../protocols/model/errors.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import { showAccount } from './account-events.ts';
import type { AccountLog } from './account-log.ts';
import { adapterContext } from './adapter-context.ts';
import { backoffDelay, backoffLimits } from './backoff.ts';
import type { AccountLink, ConnectionReport, Core } from './core.ts';
import { CrashGuard } from './crash-guard.ts';
import type { Ingest } from './ingest.ts';
import type { Session } from './ingest-run.ts';
import { Outbox } from './outbox.ts';
import { performSafely } from './perform.ts';
import { withTimeout } from './with-timeout.ts';

/** An adapter must end its session within this time after being told to. */
const stopTimeoutMs = 5000;
/** Restarts in a row that do not count as failures; more means the adapter runs in circles. */
const maxRestarts = 5;

type StopReason = 'user' | 'suspend' | 'shutdown';

export class AccountRunner implements AccountLink {
	readonly #core: Core;
	readonly #ingest: Ingest;
	readonly #log: AccountLog;
	readonly #id: AccountId;
	readonly #factory: ProtocolFactory | null;
	readonly #outbox: Outbox;
	readonly #guard: CrashGuard;
	#adapter: ProtocolAdapter | null = null;
	/** Changes whenever an adapter is given up, so that what it still says is ignored. */
	#generation = 0;
	#wanted = false;
	#loop: Promise<void> | null = null;
	#current: Promise<ConnectionEnd> | null = null;
	#abort: AbortController | null = null;
	/** The running attempt was told to stop by us. */
	#stopping = false;
	#wakeUp: (() => void) | null = null;
	#failures = 0;
	#onlineSince: number | null = null;
	#online = false;
	session: Session;

	constructor(core: Core, ingest: Ingest, log: AccountLog, id: AccountId, factory: ProtocolFactory | null) {
		this.#core = core;
		this.#ingest = ingest;
		this.#log = log;
		this.#id = id;
		this.#factory = factory;
		this.#outbox = new Outbox(core, id);
		this.#guard = new CrashGuard(core, id);
		this.session = this.#newSession();
	}

	get adapter(): ProtocolAdapter | null {
		return this.#adapter;
	}

	get online(): boolean {
		return this.#online;
	}

	/** Called once, at start-up: connects unless an earlier run died while connecting, twice. */
	async startUp(): Promise<void> {
		const suspicious = await this.#guard.diedConnecting();
		if (suspicious) {
			const error = chatError('internal', 'Parley stopped working twice while connecting this account');
			this.#input({ type: 'attempt' });
			this.#input({ type: 'blocked', error });
			return;
		}
		await this.connect();
	}

	/** Connects, or cuts a wait short. Resolves once the loop runs; the outcome shows in the state. */
	connect(): Promise<void> {
		this.#wanted = true;
		if (this.#loop === null) {
			this.#failures = 0;
			this.#loop = this.#run().finally(() => {
				this.#loop = null;
			});
		} else this.#retryNow();
		return Promise.resolve();
	}

	/** Ends the session politely; resolves when the adapter has let go or was given up. */
	async disconnect(reason: StopReason): Promise<void> {
		this.#wanted = false;
		this.#wakeUp?.();
		const current = this.#current;
		const adapter = this.#adapter;
		const abort = this.#abort;
		this.#stopping = true;
		if (abort !== null && adapter !== null) {
			await withTimeout(
				this.#core.clock,
				stopTimeoutMs,
				Promise.resolve().then(() => adapter.stop(reason)),
			).catch((thrown: unknown) =>
				this.#core.log.warn('adapter did not stop cleanly', { account: this.#id, error: toChatError(thrown).detail }),
			);
			abort.abort();
		}
		if (current !== null) await current;
		// Somebody may have asked to connect again meanwhile.
		if (!this.#wanted) this.#input({ type: 'stopped' });
	}

	/** The account is being deleted: revokes what the server holds for us. */
	async forget(): Promise<void> {
		await this.disconnect('user');
		const adapter = this.#adapter ?? (await this.#create().catch(() => null));
		if (adapter?.forget === undefined) return;
		await withTimeout(
			this.#core.clock,
			stopTimeoutMs,
			Promise.resolve().then(() => adapter.forget?.()),
		).catch(() => undefined);
		this.#generation += 1;
	}

	signal(signal: HostSignal): void {
		const isBack = signal === 'network-online' || signal === 'wake';
		if (isBack && this.#wakeUp !== null) this.#retryNow();
		this.#tellAdapter(signal);
	}

	#tellAdapter(signal: HostSignal): void {
		try {
			this.#adapter?.signal?.(signal);
		} catch (thrown) {
			this.#core.log.warn('adapter failed on a signal', { account: this.#id, error: toChatError(thrown).detail });
		}
	}

	wakeOutbox(): void {
		this.#outbox.wake();
	}

	#retryNow(): void {
		this.#failures = 0;
		if (this.#wakeUp !== null) this.#wakeUp();
		// The adapter itself waits to try again.
		else if (this.#core.state.runtimeOf(this.#id).connection.kind === 'waiting') this.#tellAdapter('network-online');
	}

	connectionEvent(report: ConnectionReport): void {
		if (this.#abort === null) return;
		switch (report.kind) {
			case 'step':
				this.#input({ type: 'step', step: report.step });
				return;
			case 'syncing':
				this.#input({ type: 'syncing', progress: report.progress });
				return;
			case 'online':
				this.#cameOnline();
				return;
			case 'degraded':
				this.#wentOffline();
				this.#input({ type: 'degraded', error: report.error, retryAt: report.retryAt });
				return;
		}
	}

	#cameOnline(): void {
		const adapter = this.#adapter;
		this.#input({ type: 'online', at: this.#core.clock.now() });
		if (this.#online || adapter === null) return;
		this.#online = true;
		this.#onlineSince ??= this.#core.clock.now();
		void this.#guard.clear();
		this.#announcePresence(adapter);
		this.#outbox.online(adapter);
		void this.#core.takeOver.unpack(this.#id);
	}

	/** Networks start everybody as available; only another wish must be told. */
	#announcePresence(adapter: ProtocolAdapter): void {
		const presence = this.#core.state.accounts.get(this.#id)?.presence;
		if (presence === undefined || (presence.availability === 'available' && presence.statusText === '')) return;
		void performSafely(this.#core.clock, adapter, { type: 'presence', presence });
	}

	#wentOffline(): void {
		if (!this.#online) return;
		this.#online = false;
		this.#outbox.offline();
	}

	#input(input: ConnectionInput): void {
		const runtime = this.#core.state.runtimeOf(this.#id);
		const next = reduceConnection(runtime.connection, input);
		if (next === runtime.connection) return;
		runtime.connection = next;
		showAccount(this.#core, this.#id);
	}

	async #run(): Promise<void> {
		let restarts = 0;
		while (this.#wanted) {
			this.#stopping = false;
			this.#current = this.#attempt();
			const end = await this.#current;
			this.#current = null;
			if (!this.#wanted) break;
			if (end.kind === 'stopped' && this.#stopping) continue;
			if (end.kind === 'restart' && restarts < maxRestarts) {
				restarts += 1;
				continue;
			}
			restarts = 0;
			const error = errorOf(end);
			if (error.retry === 'never') {
				this.#wanted = false;
				this.#input({ type: 'blocked', error });
				return;
			}
			await this.#wait(error);
		}
		this.#input({ type: 'stopped' });
	}

	async #wait(error: ChatError): Promise<void> {
		this.#failures += 1;
		const delay = backoffDelay(error, this.#failures, this.#core.random.fraction());
		this.#input({ type: 'ended', error, retryAt: this.#core.clock.now() + delay });
		await new Promise<void>((resolve) => {
			const cancel = this.#core.clock.after(delay, () => resolve());
			this.#wakeUp = () => {
				cancel();
				resolve();
			};
		});
		this.#wakeUp = null;
	}

	/** One connection attempt, from the crash guard to the end of the session. */
	async #attempt(): Promise<ConnectionEnd> {
		this.#input({ type: 'attempt' });
		const abort = new AbortController();
		this.#abort = abort;
		try {
			await this.#guard.set();
			this.#adapter ??= await this.#create();
			const adapter = this.#adapter;
			if (adapter === null)
				return {
					kind: 'failed',
					error: chatError('unsupported', 'this protocol is not installed', { retry: 'never' }),
				};
			if (!this.#wanted) return { kind: 'stopped' };
			this.session = this.#newSession();
			return await this.#runAdapter(adapter, abort.signal);
		} catch (thrown) {
			return { kind: 'failed', error: toChatError(thrown) };
		} finally {
			await this.#endSession(abort);
		}
	}

	/** Waits for the adapter's own end, but not for ever once it was told to stop. */
	async #runAdapter(adapter: ProtocolAdapter, signal: AbortSignal): Promise<ConnectionEnd> {
		const started = Promise.resolve()
			.then(() => adapter.start(signal))
			.catch((thrown: unknown): ConnectionEnd => ({ kind: 'failed', error: toChatError(thrown) }));
		const abandoned = new Promise<ConnectionEnd>((resolve) => {
			signal.addEventListener(
				'abort',
				() => {
					const cancel = this.#core.clock.after(stopTimeoutMs, () => {
						this.#core.log.warn('adapter given up: it did not stop', { account: this.#id });
						this.#giveUp();
						resolve({ kind: 'stopped' });
					});
					void started.then(cancel);
				},
				{ once: true },
			);
		});
		const end = await Promise.race([started, abandoned]);
		return isEnd(end) ? end : { kind: 'failed', error: chatError('internal', 'the adapter gave no reason') };
	}

	/** What this adapter says from now on is ignored; the next attempt gets a new one. */
	#giveUp(): void {
		this.#generation += 1;
		this.#adapter = null;
	}

	async #endSession(abort: AbortController): Promise<void> {
		this.#wentOffline();
		this.#outbox.offline();
		if (this.#abort === abort) this.#abort = null;
		const lasted = this.#onlineSince === null ? 0 : this.#core.clock.now() - this.#onlineSince;
		this.#onlineSince = null;
		if (lasted > backoffLimits.stableMs) this.#failures = 0;
		const runtime = this.#core.state.runtime.get(this.#id);
		if (runtime !== undefined) runtime.security = null;
		this.#core.ephemeral.forgetAccount(this.#id);
		await this.#guard.clear();
	}

	async #create(): Promise<ProtocolAdapter | null> {
		await this.#factory?.load?.();
		const account = this.#core.state.accounts.get(this.#id);
		if (account === undefined || this.#factory === null) return null;
		const generation = this.#generation;
		return this.#factory.create(
			adapterContext(this.#core, account, { accountLog: this.#log, emit: (batch) => this.#emit(generation, batch) }),
		);
	}

	#emit(generation: number, batch: AdapterBatch): Promise<void> {
		if (generation !== this.#generation || !this.#core.state.accounts.has(this.#id)) {
			return Promise.reject(new ChatException(chatError('cancelled', 'this session is over')));
		}
		return this.#ingest.emit(this.session, batch);
	}

	#newSession(): Session {
		return {
			accountId: this.#id,
			startedAt: this.#core.clock.now(),
			firstMessageId: this.#core.state.nextMessageId,
			capabilities: (conversation) => {
				try {
					return this.#adapter?.capabilities(conversation) ?? noConversationCapabilities;
				} catch {
					return noConversationCapabilities;
				}
			},
		};
	}
}

function errorOf(end: ConnectionEnd): ChatError {
	if (end.kind === 'failed') return end.error;
	// An adapter that stops without being told to has lost its server in its own way.
	return end.kind === 'stopped'
		? chatError('connection-closed')
		: chatError('protocol-violation', 'the connection restarts in circles');
}

function isEnd(end: unknown): end is ConnectionEnd {
	if (typeof end !== 'object' || end === null || !('kind' in end)) return false;
	return end.kind === 'stopped' || end.kind === 'restart' || (end.kind === 'failed' && 'error' in end);
}
