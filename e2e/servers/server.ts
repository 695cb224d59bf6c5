import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ServerFailed } from './errors.ts';
import { recordServer, testRunFolder } from './manifest.ts';
import { type Progress, withProgress } from './progress.ts';
import { ServerProcess } from './server-process.ts';
import type { Launch } from './tree.ts';

/** A server a test can start. */
export interface ServerDefinition<O extends StartOptions, H extends TestServer> {
	/** Lower-case name used by the command line, the manifest and skipped suites. */
	readonly name: string;
	/** Fills the cache if needed and says which version it holds. Throws `ServerUnavailable`. */
	readonly fetch: (progress?: Progress) => Promise<{ readonly version: string }>;
	/** Fetches if needed, starts on free ports of 127.0.0.1 and resolves when clients can connect. */
	readonly start: (options?: O) => Promise<H>;
}

export interface StartOptions {
	/** Data folder. Default: a fresh one, kept beside the results during a test run. Existing data is kept. */
	readonly dir?: string;
	readonly progress?: Progress;
}

/** What every running server can do. All of them listen on {@link TestServer.host} only. */
export interface TestServer {
	readonly name: string;
	readonly version: string;
	readonly host: '127.0.0.1';
	readonly ports: Readonly<Record<string, number>>;
	/** Data folder; survives {@link stop} unless it was made by `start` itself outside a test run. */
	readonly dir: string;
	readonly pid: number;
	readonly running: boolean;
	/** Ends politely (SIGTERM). Does nothing when it is not running. */
	stop(): Promise<void>;
	/** Ends without warning (SIGKILL). */
	kill(): Promise<void>;
	/** Stops if it still runs, and starts again with the same ports and data. Also brings it back after {@link kill}. */
	restart(): Promise<void>;
	/** Suspends the process: connections stay open and silent. Undo with {@link thaw}. */
	freeze(): void;
	thaw(): void;
	/** Last lines of the server's own log. */
	logTail(lines?: number): Promise<string>;
	[Symbol.asyncDispose](): Promise<void>;
}

export interface ServerSpec<P extends string> {
	readonly name: string;
	readonly version: string;
	readonly dir: string;
	/** True when the folder should go away with the server. */
	readonly temporary: boolean;
	readonly ports: Readonly<Record<P, number>>;
	readonly launch: Launch;
	/** Asked again and again until it is true. Must not throw. */
	readonly isReady: () => Promise<boolean>;
	/** Milliseconds the server may take to become ready. */
	readonly startTimeout?: number;
	/** Milliseconds between SIGTERM and SIGKILL. */
	readonly stopTimeout?: number;
	readonly progress?: Progress | undefined;
}

/** One server process with a data folder: what all recipes build on. */
export class ManagedServer<P extends string> implements TestServer {
	readonly host = '127.0.0.1';
	readonly name: string;
	readonly version: string;
	readonly ports: Readonly<Record<P, number>>;
	readonly dir: string;
	private readonly spec: ServerSpec<P>;
	private process: ServerProcess | undefined;

	constructor(spec: ServerSpec<P>) {
		this.spec = spec;
		this.name = spec.name;
		this.version = spec.version;
		this.ports = spec.ports;
		this.dir = spec.dir;
	}

	get pid(): number {
		return this.process?.pid ?? 0;
	}

	get running(): boolean {
		return this.process?.running ?? false;
	}

	async boot(): Promise<void> {
		const { spec } = this;
		await withProgress(spec.progress, spec.name, 'starting', async () => {
			const started = await ServerProcess.spawn(spec.name, spec.launch, this.logFile);
			this.process = started;
			try {
				await started.waitUntil(spec.isReady, spec.startTimeout ?? 20_000);
			} catch (error) {
				await started.kill();
				throw error;
			}
		});
		await recordServer({ name: spec.name, version: spec.version, reason: null });
	}

	async stop(): Promise<void> {
		await this.process?.stop(this.spec.stopTimeout);
		if (this.spec.temporary) await rm(this.dir, { recursive: true, force: true });
	}

	async kill(): Promise<void> {
		await this.process?.kill();
	}

	async restart(): Promise<void> {
		await this.process?.stop(this.spec.stopTimeout);
		await this.boot();
	}

	freeze(): void {
		this.process?.freeze();
	}

	thaw(): void {
		this.process?.thaw();
	}

	async logTail(lines?: number): Promise<string> {
		return (await this.process?.logTail(lines)) ?? '';
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.stop();
	}

	/** For tools that talk to the running server: fails with the server's own log instead of a bare error. */
	protected async describeFailure(what: string, cause: unknown): Promise<ServerFailed> {
		return new ServerFailed(this.name, what, await this.logTail(), { cause });
	}

	private get logFile(): string {
		return path.join(this.dir, `${this.name}.log`);
	}
}

/** The data folder of a server: the given one, or a new one that is kept when a test run collects them. */
export async function serverFolder(name: string, dir?: string): Promise<{ dir: string; temporary: boolean }> {
	if (dir !== undefined) {
		await mkdir(dir, { recursive: true, mode: 0o700 });
		return { dir: path.resolve(dir), temporary: false };
	}
	const run = testRunFolder();
	const parent = run === undefined ? tmpdir() : path.join(run, 'servers');
	await mkdir(parent, { recursive: true });
	return { dir: await mkdtemp(path.join(parent, `parley-${name}-`)), temporary: run === undefined };
}
