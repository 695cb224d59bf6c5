import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerFailed } from './errors.ts';
import { type Launch, tied } from './tree.ts';

export interface ProcessEnd {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
}

/** One operating system process of a server, {@link tied} to ours. */
export class ServerProcess {
	readonly name: string;
	readonly pid: number;
	readonly ended: Promise<ProcessEnd>;
	private readonly child: ChildProcess;
	private readonly logFile: string;
	private end: ProcessEnd | undefined;

	private constructor(name: string, child: ChildProcess, pid: number, logFile: string) {
		this.name = name;
		this.child = child;
		this.pid = pid;
		this.logFile = logFile;
		this.ended = new Promise((resolve) => {
			child.once('exit', (code, signal) => {
				this.end = { code, signal };
				resolve(this.end);
			});
		});
	}

	/** Starts the program with its output appended to `logFile`. Resolves when it runs, not when it is ready. */
	static async spawn(name: string, launch: Launch, logFile: string): Promise<ServerProcess> {
		const log = await open(logFile, 'a', 0o600);
		try {
			const { command, args } = tied(launch);
			const child = spawn(command, args, {
				stdio: ['ignore', log.fd, log.fd],
				env: { ...launch.env },
				// A session of its own: Ctrl-C in a terminal is for us, and we stop servers in order.
				detached: true,
				...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
			});
			const pid = await new Promise<number>((resolve, reject) => {
				child.once('error', reject);
				child.once('spawn', () => resolve(child.pid ?? 0));
			});
			return new ServerProcess(name, child, pid, logFile);
		} finally {
			await log.close();
		}
	}

	get running(): boolean {
		return this.end === undefined;
	}

	/** Waits until `isReady` says so. Throws {@link ServerFailed} if the process ends or `timeout` (ms) passes first. */
	async waitUntil(isReady: () => Promise<boolean>, timeout: number): Promise<void> {
		const deadline = performance.now() + timeout;
		while (!(await isReady())) {
			if (this.end !== undefined) {
				throw new ServerFailed(this.name, `ended during start (${describeEnd(this.end)})`, await this.logTail());
			}
			if (performance.now() > deadline) {
				const tail = await this.logTail();
				await this.kill();
				throw new ServerFailed(this.name, `was not ready after ${timeout} ms`, tail);
			}
			await delay(15);
		}
	}

	/** Asks the process to end, and kills it if it has not after `patience` milliseconds. */
	async stop(patience = 10_000): Promise<ProcessEnd> {
		if (this.end !== undefined) return this.end;
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), patience);
		try {
			return await this.ended;
		} finally {
			clearTimeout(timer);
		}
	}

	/** Kills the process as a power cut would: no clean-up, no goodbye on its connections beyond what the kernel does. */
	async kill(): Promise<ProcessEnd> {
		if (this.end === undefined) this.child.kill('SIGKILL');
		return this.ended;
	}

	/** Stops the process from running without ending it, as a hung server or a dead network path looks from outside. */
	freeze(): void {
		if (this.running) this.child.kill('SIGSTOP');
	}

	thaw(): void {
		if (this.running) this.child.kill('SIGCONT');
	}

	async logTail(lines = 30): Promise<string> {
		const text = await readFile(this.logFile, 'utf8').catch(() => '');
		return text.trimEnd().split('\n').slice(-lines).join('\n');
	}
}

function describeEnd(end: ProcessEnd): string {
	return end.code === null ? `signal ${end.signal ?? 'unknown'}` : `exit code ${end.code}`;
}

/** Something accepts TCP connections on this port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect({ host: '127.0.0.1', port });
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => {
			socket.destroy();
			resolve(false);
		});
	});
}
