/** Starts the built desktop host on the shim and talks to it; the test's side. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlRequest } from './control.ts';
import type { RecordedCall } from './state.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ShimProcess {
	/** Where Playwright can attach to the window's browser. */
	readonly debuggingPort: number;
	ask(request: ControlRequest): Promise<unknown>;
	calls(): Promise<readonly RecordedCall[]>;
	/** Everything the process wrote. */
	output(): string;
	/** Resolves with the exit code. */
	readonly ended: Promise<number>;
	stop(): Promise<void>;
	/** Ends it without warning (SIGKILL). */
	kill(): Promise<void>;
}

export interface ShimOptions {
	readonly profile: string;
	readonly args?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
}

type FromShim =
	| { readonly t: 'ready'; readonly debuggingPort: number }
	| { readonly t: 'reply'; readonly id: number; readonly value: unknown };

function node(): string {
	return join(root, 'node_modules', 'node', 'bin', 'node');
}

export async function startShim(options: ShimOptions): Promise<ShimProcess> {
	const args = ['--import', join(root, 'e2e', 'shim', 'register.ts'), join(root, 'out', 'main', 'main.js')];
	const child: ChildProcess = spawn(node(), [...args, '--profile', options.profile, ...(options.args ?? [])], {
		cwd: root,
		env: { ...process.env, ...options.env },
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	let output = '';
	child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
	child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
	const replies = new Map<number, (value: unknown) => void>();
	const ready = Promise.withResolvers<number>();
	child.on('message', (message: FromShim) => {
		if (message.t === 'ready') ready.resolve(message.debuggingPort);
		else replies.get(message.id)?.(message.value);
	});
	void ended.then((code) => ready.reject(new Error(`the shim ended with code ${code}:\n${output}`)));
	const debuggingPort = await ready.promise;
	let next = 1;
	const ask = (request: ControlRequest): Promise<unknown> => {
		const id = next++;
		return new Promise((resolve, reject) => {
			replies.set(id, resolve);
			child.send({ id, request }, (error) => error !== null && reject(error));
			void ended.then(() => reject(new Error(`the shim ended:\n${output}`)));
		});
	};
	return {
		debuggingPort,
		ask,
		calls: async () => (await ask({ t: 'calls' })) as readonly RecordedCall[],
		output: () => output,
		ended,
		stop: async () => {
			// The polite end first; cutting the channel ends it in any case.
			await Promise.race([ask({ t: 'quit' }).then(() => ended), ended]).catch(() => undefined);
			if (child.connected) child.disconnect();
			await ended;
		},
		kill: async () => {
			child.kill('SIGKILL');
			await ended;
		},
	};
}
