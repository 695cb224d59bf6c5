import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureTree, type TreeRecipe } from '../servers/cache.ts';
import type { Fetchable } from '../servers/suite-need.ts';
import { ServerProcess } from '../servers/server-process.ts';
import { FolderTail } from './folder-tail.ts';
import { Journal } from './journal.ts';
import type { Peer, PeerEvent } from './peer.ts';

const RECIPE: TreeRecipe = {
	name: 'weechat',
	suite: 'bookworm',
	packages: ['weechat-headless', 'weechat-plugins'],
};

/** WeeChat as a headless IRC client, driven through its FIFO and read through its logs. */
export class WeechatPeer implements Peer {
	readonly name = 'weechat';
	readonly address: string;
	private readonly dir: string;
	private readonly process: ServerProcess;
	private readonly tail: FolderTail;
	private readonly journal: Journal;

	private constructor(dir: string, process: ServerProcess, nick: string) {
		this.dir = dir;
		this.process = process;
		this.address = nick;
		this.journal = new Journal(`WeeChat ${nick}`);
		this.tail = new FolderTail(
			path.join(dir, 'logs'),
			(file) => file.endsWith('.weechatlog'),
			(file, line) => this.read(file, line),
		);
	}

	/**
	 * Starts WeeChat and connects it to a clear-text port of 127.0.0.1. Resolves after the welcome.
	 * @param options `password` logs in to the account named like the nick (SASL PLAIN)
	 */
	static async connect(options: {
		readonly port: number;
		readonly nick: string;
		readonly password?: string;
	}): Promise<WeechatPeer> {
		const tree = await ensureTree(RECIPE);
		const { nick, port, password } = options;
		const login =
			password === undefined
				? []
				: [`/set irc.server.t.sasl_username ${nick}`, `/set irc.server.t.sasl_password ${password}`];
		const dir = await mkdtemp(path.join(tmpdir(), 'parley-weechat-'));
		const commands = [
			'/set fifo.file.path ${weechat_data_dir}/fifo',
			'/fifo disable',
			'/fifo enable',
			'/set logger.file.flush_delay 0',
			'/set weechat.look.save_config_on_exit off',
			'/set typing.look.enabled_self on',
			'/set typing.look.enabled_nicks on',
			'/set irc.look.typing_status_self on',
			'/set irc.look.typing_status_nicks on',
			// What WeeChat has no window for, and what it understood of typing, goes to the core buffer and its log.
			'/trigger add lines signal *,irc_raw_in_* "" "" "/print -core line ${raw:${tg_signal_data}}"',
			'/trigger add typists signal typing_set_nick "" "" "/print -core typing ${raw:${tg_signal_data}}"',
			`/server add t 127.0.0.1/${port} -notls -nicks=${nick}`,
			'/set irc.server.t.capabilities *',
			'/set irc.server.t.anti_flood_prio_high 0',
			'/set irc.server.t.anti_flood_prio_low 0',
			...login,
			'/connect t',
		];
		const args = ['-d', dir, '--stdout', ...commands.flatMap((command) => ['-r', command])];
		const env = { HOME: dir, WEECHAT_EXTRA_LIBDIR: tree.path(tree.libraryFolder, 'weechat') };
		const launch = tree.launch('usr/bin/weechat-headless', args, env, dir);
		const process = await ServerProcess.spawn('weechat', launch, path.join(dir, 'output.log'));
		const peer = new WeechatPeer(dir, process, nick);
		await process.waitUntil(() => isFifo(path.join(dir, 'fifo')), 15_000);
		await peer.waitFor((event) => event.kind === 'raw' && / connected to /i.test(event.line));
		await peer.waitFor((event) => event.kind === 'raw' && /Welcome to the/.test(event.line));
		return peer;
	}

	async join(room: string): Promise<void> {
		await this.command(`/join ${room}`);
		await this.waitFor((event) => event.kind === 'joined' && event.where === room && event.from === this.address);
	}

	async say(target: string, text: string): Promise<void> {
		await this.command(`/msg ${target} ${text}`);
	}

	async typing(target: string, active: boolean): Promise<void> {
		await this.command(`/quote @+typing=${active ? 'active' : 'done'} TAGMSG ${target}`);
	}

	/** Presses keys in the input line of a room or person: the text stands there, unsent. */
	async type(target: string, text: string): Promise<void> {
		await this.command(`/input insert ${text}`, `irc.t.${target}`);
	}

	/** Any line of the protocol, such as a `TAGMSG` with tags. */
	async quote(line: string): Promise<void> {
		await this.command(`/quote ${line}`);
	}

	/** Any WeeChat command, as typed in a buffer. */
	async command(command: string, buffer = 'irc.server.t'): Promise<void> {
		if (/[\r\n]/.test(command)) throw new Error('line break in a WeeChat command');
		await appendFile(path.join(this.dir, 'fifo'), `${buffer} *${command}\n`);
	}

	/** The first line of the protocol, with its tags, that WeeChat received or receives and that matches. */
	async line(pattern: RegExp, timeout?: number): Promise<string> {
		const isMatch = (event: PeerEvent): event is Extract<PeerEvent, { kind: 'raw' }> =>
			event.kind === 'raw' && / line @?\S/.test(event.line) && pattern.test(event.line);
		return (await this.waitFor(isMatch, timeout)).line;
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
		if (this.process.running) await this.command('/quit');
		const patience = setTimeout(() => void this.process.stop(), 3000);
		await this.process.ended;
		clearTimeout(patience);
		await this.tail.stop();
		await rm(this.dir, { recursive: true, force: true });
	}

	/** A log line: time, prefix, text, divided by tabs. The file's name tells the buffer. */
	private read(file: string, line: string): void {
		const [, prefix = '', text = ''] = line.split('\t');
		const buffer = /^irc\.t\.(.+)\.weechatlog$/.exec(file)?.[1];
		this.journal.add({ kind: 'raw', line: `${buffer ?? file}: ${prefix} ${text}` });
		if (buffer === undefined || file.startsWith('irc.server.')) return;
		const inRoom = /^[#&]/.test(buffer);
		const membership = /^(\S+)(?: \[[^\]]*\])?(?: \(.*?\))* has (joined|left|quit)\b/.exec(text);
		if (prefix === '-->' || prefix === '<--') {
			const [, from] = membership ?? [];
			if (from !== undefined) this.journal.add({ kind: prefix === '-->' ? 'joined' : 'left', from, where: buffer });
			return;
		}
		if (prefix === '' || prefix === '--' || prefix === '=!=') return;
		const action = prefix.trim() === '*';
		const from = action ? (text.split(' ')[0] ?? '') : prefix.replace(/^[~&@%+]/, '');
		if (from === this.address) return;
		const said = action ? text.slice(from.length + 1) : text;
		this.journal.add({ kind: 'message', from, where: buffer, inRoom, text: said, id: undefined });
	}
}

async function isFifo(file: string): Promise<boolean> {
	try {
		return (await stat(file)).isFIFO();
	} catch {
		return false;
	}
}

/** For `describeWithServers`. */
export const weechat: Fetchable = {
	name: 'weechat',
	fetch: async (progress) => ({ version: (await ensureTree(RECIPE, progress)).version('weechat-headless') }),
};
