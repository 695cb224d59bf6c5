/**
 * Running other programs from the project's scripts: output streamed or captured, signals passed on, everything ended
 * before the script itself ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root directory. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Path of a program installed by npm. */
export function bin(name: string): string {
	return join(projectRoot, 'node_modules', '.bin', name);
}

export type Finished = {
	/** Exit code; 128 plus the signal number when a signal ended the program, 127 when it could not be started. */
	readonly code: number;
	/** Standard output and error in order of arrival; empty when streamed. */
	readonly output: string;
};

export type RunOptions = {
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** `stream` shows the output as it comes, `capture` keeps it. */
	readonly output: 'stream' | 'capture';
	/** Ends the program after this time. */
	readonly timeoutMs?: number;
};

const running = new Set<ChildProcess>();
let stopping = false;

/** True once the user asked to stop: scripts start nothing new then. */
export function isStopping(): boolean {
	return stopping;
}

/** Makes SIGINT and SIGTERM end all children and lets the script finish by itself. Call once per script. */
export function stopChildrenOnSignal(): void {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(signal, () => {
			stopping = true;
			process.exitCode = 128 + constants.signals[signal];
			// A terminal sends SIGINT to the whole foreground group: a second one would make the child give up its clean-up.
			if (signal === 'SIGINT' && process.stdin.isTTY) return;
			for (const child of running) child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
		});
	}
}

/** Runs a program to its end. Never rejects. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
	return new Promise((resolve) => {
		const child = spawn(command, args, {
			cwd: options.cwd ?? projectRoot,
			env: { ...process.env, ...options.env },
			stdio: options.output === 'stream' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
			timeout: options.timeoutMs,
		});
		running.add(child);
		const chunks: Buffer[] = [];
		child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
		child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
		const finish = (code: number, extra = ''): void => {
			running.delete(child);
			resolve({ code, output: Buffer.concat(chunks).toString('utf8') + extra });
		};
		child.on('error', (error) => finish(127, `cannot run ${command}: ${error.message}\n`));
		child.on('close', (code, signal) => finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
	});
}

/** Runs one of the project's own TypeScript scripts on the same Node. */
export function runScript(name: string, args: readonly string[], options: RunOptions): Promise<Finished> {
	return run(process.execPath, [join(projectRoot, 'scripts', `${name}.ts`), ...args], options);
}
