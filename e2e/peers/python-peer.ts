import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { ensureTree, type TreeRecipe } from '../servers/cache.ts';
import type { Fetchable } from '../servers/suite-need.ts';
import { tied } from '../servers/tree.ts';
import { Journal } from './journal.ts';
import type { Peer, PeerEvent } from './peer.ts';

const RECIPE: TreeRecipe = {
	name: 'python-peers',
	suite: 'trixie',
	packages: ['python3-slixmpp', 'python3-matrix-nio'],
};

const START_TIMEOUT = 30_000;
const ERRORS_KEPT = 8 * 1024;

const where = { from: z.string(), where: z.string() };
const eventSchema = z.discriminatedUnion('kind', [
	z.object({
		kind: z.literal('message'),
		...where,
		inRoom: z.boolean(),
		text: z.string(),
		id: z
			.string()
			.nullish()
			.transform((id) => id ?? undefined),
	}),
	z.object({ kind: z.literal('typing'), ...where, active: z.boolean() }),
	z.object({ kind: z.literal('presence'), from: z.string(), available: z.boolean(), status: z.string() }),
	z.object({ kind: z.literal('joined'), ...where }),
	z.object({ kind: z.literal('left'), ...where }),
	z.object({ kind: z.literal('receipt'), ...where, id: z.string() }),
	z.object({ kind: z.literal('raw'), line: z.string() }),
]);
const lineSchema = z.union([
	z.object({ event: eventSchema }),
	z.object({ ready: z.literal(true), address: z.string() }),
	z.object({ fatal: z.string() }),
	z.object({ id: z.number(), ok: z.literal(true), result: z.record(z.string(), z.unknown()) }),
	z.object({ id: z.number(), ok: z.literal(false), error: z.string() }),
]);

type Answer = PromiseWithResolvers<Readonly<Record<string, unknown>>>;

export interface SlixmppOptions {
	/** The STARTTLS port of 127.0.0.1. */
	readonly port: number;
	readonly domain: string;
	readonly user: string;
	readonly password: string;
	/** File with the CA's certificate. */
	readonly caFile: string;
}

export interface NioOptions {
	readonly url: string;
	readonly user: string;
	readonly password: string;
}

/** A peer in Python, behind JSON lines (`python/peer_protocol.py`). It ends when its standard input closes. */
export class PythonPeer implements Peer {
	readonly name: string;
	private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
	private readonly folder: string;
	private readonly journal: Journal;
	private readonly answers = new Map<number, Answer>();
	private readonly ready = Promise.withResolvers<string>();
	private lastId = 0;
	private errors = '';
	private ownAddress = '';

	private constructor(name: string, child: ChildProcessByStdio<Writable, Readable, Readable>, folder: string) {
		this.name = name;
		this.child = child;
		this.folder = folder;
		this.journal = new Journal(name);
		createInterface({ input: child.stdout }).on('line', (line) => this.read(line));
		child.stderr.on('data', (chunk: Buffer) => {
			this.errors = (this.errors + chunk.toString('utf8')).slice(-ERRORS_KEPT);
		});
		child.stdin.on('error', () => undefined);
		child.once('exit', () => this.fail(`${name} ended\n${this.errors}`));
	}

	/** XMPP through slixmpp. */
	static slixmpp(options: SlixmppOptions): Promise<PythonPeer> {
		const { port, domain, user, caFile } = options;
		const args = ['--port', String(port), '--domain', domain, '--user', user, '--ca', caFile];
		return PythonPeer.start('slixmpp', () => args, options.password);
	}

	/** Matrix through matrix-nio, able to encrypt. */
	static nio(options: NioOptions): Promise<PythonPeer> {
		const args = (folder: string): string[] => ['--url', options.url, '--user', options.user, '--store', folder];
		return PythonPeer.start('nio', args, options.password);
	}

	private static async start(
		name: string,
		args: (folder: string) => readonly string[],
		password: string,
	): Promise<PythonPeer> {
		const tree = await ensureTree(RECIPE);
		const folder = await mkdtemp(path.join(tmpdir(), `parley-${name}-`));
		const script = path.join(import.meta.dirname, 'python', `${name}_peer.py`);
		const env = { PEER_PASSWORD: password, HOME: folder, PYTHONPYCACHEPREFIX: path.join(folder, 'bytecode') };
		const launch = tied(tree.python(['-W', 'ignore', script, ...args(folder)], env, folder));
		const child = spawn(launch.command, launch.args, {
			stdio: ['pipe', 'pipe', 'pipe'],
			env: { ...launch.env },
			cwd: folder,
			detached: true,
		});
		const peer = new PythonPeer(name, child, folder);
		const timer = setTimeout(() => peer.fail(`${name} did not log in within ${START_TIMEOUT} ms`), START_TIMEOUT);
		try {
			peer.ownAddress = await peer.ready.promise;
		} catch (error) {
			child.kill('SIGKILL');
			await peer.close();
			throw error;
		} finally {
			clearTimeout(timer);
		}
		return peer;
	}

	get address(): string {
		return this.ownAddress;
	}

	async join(room: string): Promise<void> {
		await this.command('join', { room });
	}

	async say(target: string, text: string): Promise<void> {
		await this.command('say', { target, text });
	}

	async typing(target: string, active: boolean): Promise<void> {
		await this.command('typing', { target, active });
	}

	/** `show` is the network's own word (`away`, `unavailable`, …) or empty. */
	async setPresence(show: string, status: string): Promise<void> {
		await this.command('presence', { show, status });
	}

	/** Any command of the script; rejects with its error. */
	command(cmd: string, fields: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
		const id = ++this.lastId;
		const answer: Answer = Promise.withResolvers();
		this.answers.set(id, answer);
		this.child.stdin.write(`${JSON.stringify({ id, cmd, ...fields })}\n`);
		return answer.promise;
	}

	waitFor<E extends PeerEvent>(matches: (event: PeerEvent) => event is E, timeout?: number): Promise<E>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent> {
		return this.journal.waitFor(matches, timeout);
	}

	listen(listener: (event: PeerEvent) => void): () => void {
		return this.journal.listen(listener);
	}

	async close(): Promise<void> {
		if (this.child.exitCode === null && this.child.signalCode === null) {
			const ended = once(this.child, 'exit');
			this.child.stdin.end();
			const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
			await ended;
			clearTimeout(timer);
		}
		await rm(this.folder, { recursive: true, force: true });
	}

	private read(text: string): void {
		const line = lineSchema.parse(JSON.parse(text));
		if ('event' in line) this.journal.add(line.event);
		else if ('ready' in line) this.ready.resolve(line.address);
		else if ('fatal' in line) this.fail(`${this.name}: ${line.fatal}`);
		else {
			const answer = this.answers.get(line.id);
			this.answers.delete(line.id);
			if (line.ok) answer?.resolve(line.result);
			else answer?.reject(new Error(`${this.name}: ${line.error}`));
		}
	}

	private fail(reason: string): void {
		const error = new Error(reason);
		this.ready.reject(error);
		// After a successful start nobody looks at `ready` any more.
		this.ready.promise.catch(() => undefined);
		for (const answer of this.answers.values()) answer.reject(error);
		this.answers.clear();
	}
}

/** For `describeWithServers`. */
export const slixmpp: Fetchable = {
	name: 'slixmpp',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('python3-slixmpp') }),
};

/** For `describeWithServers`. */
export const nio: Fetchable = {
	name: 'matrix-nio',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('python3-matrix-nio') }),
};
