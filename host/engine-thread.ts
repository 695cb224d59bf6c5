/**
 * The host's side of the engine's thread: starts it, relays frames between clients and the engine without reading them,
 * answers secret requests, carries out what the engine asks of the machine, and brings a crashed engine back.
 */
import { Worker } from 'node:worker_threads';
import { ChatException, chatError } from '../protocols/model/errors.ts';
import { assertNever } from '../protocols/model/assert-never.ts';
import type { HostSignal } from '../protocols/adapter/adapter.ts';
import { crashReport, describeCrash } from './crash-report.ts';
import type { EngineSettings } from './engine-service.ts';
import type { HostPorts, SecretVault } from './host.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './thread-protocol.ts';

/** One client's transport, as the relay needs it. */
export interface ClientChannel {
	/** Gives one frame to the client. */
	deliver(json: string): void;
	/** The engine is done with this client, or is gone. */
	close(): void;
}

/** What the transport calls. */
export interface EngineChannel {
	receive(json: string): void;
	/** The transport is full, or has room again. */
	setFull(full: boolean): void;
	closed(): void;
}

/** The part of a worker thread that is used here; a fake in tests. */
export interface EngineProcess {
	postMessage(message: ToEngine): void;
	on(event: 'message', listener: (message: FromEngine) => void): unknown;
	on(event: 'error', listener: (error: Error) => void): unknown;
	on(event: 'exit', listener: (code: number) => void): unknown;
	terminate(): Promise<unknown>;
}

export interface EngineThreadOptions {
	readonly settings: EngineSettings;
	readonly vault: SecretVault;
	readonly ports: Pick<HostPorts, 'notifier' | 'badge' | 'signals'>;
	/** Structured, without content. */
	readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
	/** The engine crashed too often and stays down; the host should say so and end. */
	readonly onGivingUp: (error: ChatException) => void;
	readonly spawn?: (data: EngineWorkerData) => EngineProcess;
	readonly now?: () => number;
}

/** An engine that crashes more often than this within a minute stays down. */
const maxCrashesPerMinute = 3;
/** Longest wait for a polite end before the thread is cut off. */
const stopTimeoutMs = 8_000;

function spawnWorker(data: EngineWorkerData): EngineProcess {
	return new Worker(new URL('./engine-worker.ts', import.meta.url), { workerData: data, name: 'parley-engine' });
}

export class EngineThread {
	readonly #options: EngineThreadOptions;
	readonly #clients = new Map<number, ClientChannel>();
	#process: EngineProcess | undefined;
	#nextLink = 1;
	#crashes: number[] = [];
	#stopping: Promise<void> | undefined;
	#stopped: (() => void) | undefined;
	#unsubscribe: (() => void) | undefined;

	constructor(options: EngineThreadOptions) {
		this.#options = options;
	}

	/** Resolves when the engine is ready; rejects with its `ChatException` when it cannot start. */
	async start(): Promise<void> {
		await this.#spawn();
		this.#unsubscribe = this.#options.ports.signals.subscribe((signal) => this.signal(signal));
	}

	signal(signal: HostSignal): void {
		this.#post({ t: 'signal', signal });
	}

	/** Connects one client. */
	connect(client: ClientChannel): EngineChannel {
		const link = this.#nextLink++;
		if (this.#process === undefined || this.#stopping !== undefined) {
			client.close();
			return { receive: () => undefined, setFull: () => undefined, closed: () => undefined };
		}
		this.#clients.set(link, client);
		this.#post({ t: 'open', link });
		return {
			receive: (json) => this.#clients.has(link) && this.#post({ t: 'frame', link, json }),
			setFull: (full) => this.#clients.has(link) && this.#post({ t: 'full', link, full }),
			closed: () => {
				if (this.#clients.delete(link)) this.#post({ t: 'closed', link });
			},
		};
	}

	/** Ends the engine politely, or by force after a bound. Idempotent. */
	stop(): Promise<void> {
		this.#stopping ??= this.#stop();
		return this.#stopping;
	}

	async #stop(): Promise<void> {
		this.#unsubscribe?.();
		const engine = this.#process;
		if (engine === undefined) return;
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#stopped = resolve;
		const timer = setTimeout(resolve, stopTimeoutMs);
		engine.postMessage({ t: 'stop' });
		await promise;
		clearTimeout(timer);
		this.#process = undefined;
		this.#closeClients();
		await engine.terminate();
	}

	#post(message: ToEngine): void {
		this.#process?.postMessage(message);
	}

	#spawn(): Promise<void> {
		const spawn = this.#options.spawn ?? spawnWorker;
		const engine = spawn({ settings: this.#options.settings });
		this.#process = engine;
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		let ready = false;
		let cause: Error | undefined;
		engine.on('message', (message) => {
			if (message.t === 'ready') {
				ready = true;
				resolve();
			} else if (message.t === 'failed') reject(new ChatException(message.error));
			else this.#receive(message);
		});
		engine.on('error', (error) => {
			cause = error;
			this.#options.log('engine thread failed', { ...crashReport(error) });
		});
		engine.on('exit', () => {
			const detail = cause === undefined ? 'the engine ended before it was ready' : describeCrash(cause);
			reject(new ChatException(chatError('internal', detail), cause));
			if (this.#process === engine) this.#exited(ready, cause);
		});
		return promise;
	}

	#exited(wasReady: boolean, cause: Error | undefined): void {
		this.#process = undefined;
		this.#stopped?.();
		this.#closeClients();
		if (!wasReady || this.#stopping !== undefined) return;
		const now = (this.#options.now ?? Date.now)();
		this.#crashes = [...this.#crashes.filter((at) => now - at < 60_000), now];
		const giveUp = (thrown: unknown): void => {
			const error = chatError('internal', `the engine keeps crashing: ${describeCrash(thrown)}`);
			this.#options.onGivingUp(thrown instanceof ChatException ? thrown : new ChatException(error, thrown));
		};
		if (this.#crashes.length > maxCrashesPerMinute) {
			giveUp(cause);
			return;
		}
		this.#options.log('restarting the engine', { crashes: this.#crashes.length });
		this.#spawn().catch(giveUp);
	}

	#closeClients(): void {
		const clients = [...this.#clients.values()];
		this.#clients.clear();
		for (const client of clients) client.close();
	}

	#receive(message: Exclude<FromEngine, { t: 'ready' | 'failed' }>): void {
		const { vault, ports } = this.#options;
		switch (message.t) {
			case 'frame':
				this.#clients.get(message.link)?.deliver(message.json);
				return;
			case 'close': {
				const client = this.#clients.get(message.link);
				this.#clients.delete(message.link);
				client?.close();
				return;
			}
			case 'secret-get':
				this.#answer(message.request, vault.get(message.scope, message.name));
				return;
			case 'secret-set':
				this.#answer(message.request, vault.set(message.scope, message.name, message.value));
				return;
			case 'secret-clear':
				this.#answer(message.request, vault.clear(message.scope));
				return;
			case 'notify':
				ports.notifier.show(message.notification);
				return;
			case 'clear-notification':
				ports.notifier.clear(message.tag);
				return;
			case 'badge':
				ports.badge.set(message.counts);
				return;
			case 'stopped':
				this.#stopped?.();
				return;
			default:
				assertNever(message);
		}
	}

	#answer(request: number, outcome: Promise<string | null | void>): void {
		outcome.then(
			(value) => this.#post({ t: 'secret-value', request, value: value ?? null }),
			(thrown: unknown) => {
				const error = thrown instanceof ChatException ? thrown.error : chatError('storage-failed');
				this.#post({ t: 'secret-failed', request, error });
			},
		);
	}
}
