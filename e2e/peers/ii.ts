import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from '../servers/cache.ts';
import type { Fetchable } from '../servers/suite-need.ts';
import { ServerProcess } from '../servers/server-process.ts';
import { FolderTail } from './folder-tail.ts';
import { Journal } from './journal.ts';
import type { Peer, PeerEvent } from './peer.ts';

const RECIPE: TreeRecipe = { name: 'ii', suite: 'bookworm', packages: ['ii'] };

/** The suckless client `ii`: no capabilities, no tags. What Parley looks like to the oldest of clients. */
export class IiPeer implements Peer {
	readonly name = 'ii';
	readonly address: string;
	private readonly dir: string;
	private readonly process: ServerProcess;
	private readonly tail: FolderTail;
	private readonly journal: Journal;

	private constructor(dir: string, process: ServerProcess, nick: string) {
		this.dir = dir;
		this.process = process;
		this.address = nick;
		this.journal = new Journal(`ii ${nick}`);
		const isOutput = (file: string): boolean => path.basename(file) === 'out';
		this.tail = new FolderTail(path.join(dir, '127.0.0.1'), isOutput, (file, line) => this.read(file, line));
	}

	/** Connects to a clear-text port of 127.0.0.1. Resolves after the message of the day. */
	static async connect(options: { readonly port: number; readonly nick: string }): Promise<IiPeer> {
		const tree = await ensureTree(RECIPE);
		const dir = await mkdtemp(path.join(tmpdir(), 'parley-ii-'));
		const args = ['-s', '127.0.0.1', '-p', String(options.port), '-n', options.nick, '-i', dir];
		const launch = tree.launch('usr/bin/ii', args, {}, dir);
		const process = await ServerProcess.spawn('ii', launch, path.join(dir, 'output.log'));
		const peer = new IiPeer(dir, process, options.nick);
		await peer.waitFor(
			(event) => event.kind === 'raw' && /End of (MOTD|message of the day)|MOTD File/i.test(event.line),
		);
		return peer;
	}

	async join(room: string): Promise<void> {
		await this.write('', `/j ${room}`);
		await this.waitFor((event) => event.kind === 'joined' && event.where === room && event.from === this.address);
	}

	async say(target: string, text: string): Promise<void> {
		const known = target.startsWith('#');
		// A person's folder exists only after a first message, which "/j nick text" sends from the server's folder.
		if (known) await this.write(target, text);
		else await this.write('', `/j ${target} ${text}`);
	}

	/** ii knows no message tags. */
	async typing(): Promise<void> {}

	waitFor<E extends PeerEvent>(matches: (event: PeerEvent) => event is E, timeout?: number): Promise<E>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent> {
		return this.journal.waitFor(matches, timeout);
	}

	listen(listener: (event: PeerEvent) => void): () => void {
		return this.journal.listen(listener);
	}

	async close(): Promise<void> {
		await this.process.stop();
		await this.tail.stop();
		await rm(this.dir, { recursive: true, force: true });
	}

	private async write(channel: string, line: string): Promise<void> {
		if (/[\r\n]/.test(line)) throw new Error('line break in an ii command');
		await appendFile(path.join(this.dir, '127.0.0.1', channel, 'in'), `${line}\n`);
	}

	/** `1700000000 <nick> text` or `1700000000 -!- nick(user@host) has joined #room`; the folder is the conversation. */
	private read(file: string, line: string): void {
		const where = path.dirname(file);
		const text = line.replace(/^\d[\d: -]* /, '');
		this.journal.add({ kind: 'raw', line: `${where}: ${text}` });
		const joined = /^-!- ([^(]+)\(\S+\) has joined (\S+)/.exec(text);
		if (joined?.[1] !== undefined && joined[2] !== undefined) {
			this.journal.add({ kind: 'joined', from: joined[1], where: joined[2] });
			return;
		}
		const left = /^-!- ([^(]+)\(\S+\) has (?:left|quit)/.exec(text);
		if (left?.[1] !== undefined) this.journal.add({ kind: 'left', from: left[1], where });
		const said = /^<([^>]+)> (.*)$/.exec(text);
		if (said?.[1] === undefined || said[2] === undefined || said[1] === this.address || where === '.') return;
		const inRoom = where.startsWith('#');
		this.journal.add({ kind: 'message', from: said[1], where, inRoom, text: said[2], id: undefined });
	}
}

/** For `describeWithServers`. */
export const ii: Fetchable = {
	name: 'ii',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('ii') }),
};
