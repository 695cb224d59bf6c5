import { spawn } from 'node:child_process';

/** Bytes of output kept per stream; more is read and dropped, so a chatty tool can't fill the memory. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

export interface CommandOptions {
	readonly cwd?: string;
	readonly env?: NodeJS.ProcessEnv;
	/** Text written to the command's standard input, which is then closed. */
	readonly input?: string;
	/** Milliseconds after which the command is killed. Default: two minutes. */
	readonly timeout?: number;
	/** Exit codes that count as success. Default: only 0. */
	readonly accept?: readonly number[];
}

export interface CommandResult {
	readonly stdout: string;
	readonly stderr: string;
}

/** A command could not be started, ended with an unexpected code or took too long. */
export class CommandFailed extends Error {
	override readonly name = 'CommandFailed';
	readonly command: string;
	/** `ENOENT` when the program does not exist; otherwise undefined. */
	readonly code: string | undefined;
	readonly output: string;

	constructor(command: string, what: string, output: string, code?: string) {
		const tail = output.trim().split('\n').slice(-12).join('\n');
		super(tail === '' ? `${command} ${what}` : `${command} ${what}\n${tail}`);
		this.command = command;
		this.code = code;
		this.output = output;
	}
}

/** Runs a short command to its end. Rejects with {@link CommandFailed}. No shell is involved. */
export function runCommand(
	command: string,
	args: readonly string[],
	options: CommandOptions = {},
): Promise<CommandResult> {
	const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
	const child = spawn(command, args, {
		stdio: ['pipe', 'pipe', 'pipe'],
		timeout: options.timeout ?? 120_000,
		killSignal: 'SIGKILL',
		...(options.cwd === undefined ? {} : { cwd: options.cwd }),
		...(options.env === undefined ? {} : { env: options.env }),
	});
	const stdout = collect(child.stdout);
	const stderr = collect(child.stderr);
	child.once('error', (error: NodeJS.ErrnoException) => {
		reject(new CommandFailed(command, `could not be started: ${error.message}`, '', error.code));
	});
	child.once('close', (code, signal) => {
		if (code !== null && (options.accept ?? [0]).includes(code)) {
			resolve({ stdout: stdout(), stderr: stderr() });
			return;
		}
		const end = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with code ${code}`;
		reject(new CommandFailed(command, end, `${stdout()}\n${stderr()}`));
	});
	child.stdin.on('error', () => {
		// The command may exit without reading its input; its exit code tells whether that matters.
	});
	child.stdin.end(options.input ?? '');
	return promise;
}

function collect(stream: NodeJS.ReadableStream): () => string {
	const chunks: Buffer[] = [];
	let size = 0;
	stream.on('data', (chunk: Buffer) => {
		if (size < OUTPUT_LIMIT) {
			chunks.push(chunk);
			size += chunk.length;
		}
	});
	return () => Buffer.concat(chunks).toString('utf8');
}
