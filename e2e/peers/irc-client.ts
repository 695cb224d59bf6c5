import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Journal } from './journal.ts';
import type { Peer, PeerEvent } from './peer.ts';

const LINE_LIMIT = 16 * 1024;
const CAPABILITIES = ['message-tags', 'server-time', 'account-tag', 'away-notify', 'batch', 'echo-message'];

export interface IrcClientOptions {
	readonly port: number;
	/** PEM; with it the port is spoken to over TLS. */
	readonly ca?: string;
	readonly nick: string;
	readonly realName?: string;
	/** Account password (SASL PLAIN). */
	readonly password?: string;
	/** Default: the nick. */
	readonly account?: string;
	/** Capabilities to ask for besides the usual ones, where the server offers them. */
	readonly capabilities?: readonly string[];
}

interface Line {
	readonly tags: ReadonlyMap<string, string>;
	readonly source: string;
	readonly command: string;
	readonly params: readonly string[];
}

/** A small IRC client on a raw socket, written independently of Parley's adapter. */
export class IrcClient implements Peer {
	readonly name = 'irc-client';
	private readonly socket: Socket;
	private readonly journal: Journal;
	private nick: string;
	private rest = '';
	private readonly capabilityLines: string[] = [];

	private constructor(socket: Socket, nick: string) {
		this.socket = socket;
		this.nick = nick;
		this.journal = new Journal(`IRC client ${nick}`);
		socket.setEncoding('utf8');
		socket.on('data', (text: string) => this.read(text));
		socket.on('error', (error) => this.journal.add({ kind: 'raw', line: `CLOSED ${error.message}` }));
		socket.on('close', () => this.journal.add({ kind: 'raw', line: 'CLOSED' }));
	}

	/** Connects to 127.0.0.1 and resolves after the welcome. */
	static async connect(options: IrcClientOptions): Promise<IrcClient> {
		const where = { host: '127.0.0.1', port: options.port };
		const socket = options.ca === undefined ? connectPlain(where) : connectTls({ ...where, ca: options.ca });
		await once(socket, options.ca === undefined ? 'connect' : 'secureConnect');
		const client = new IrcClient(socket, options.nick);
		client.send('CAP LS 302', `NICK ${options.nick}`, `USER ${options.nick} 0 * :${options.realName ?? options.nick}`);
		const offered = await client.offeredCapabilities();
		const wanted = [
			...CAPABILITIES,
			...(options.capabilities ?? []),
			...(options.password === undefined ? [] : ['sasl']),
		];
		const request = wanted.filter((one) => offered.has(one));
		if (request.length > 0) {
			client.send(`CAP REQ :${request.join(' ')}`);
			await client.line(/^\S+ CAP \S+ (ACK|NAK) /);
		}
		if (options.password !== undefined) await client.authenticate(options.account ?? options.nick, options.password);
		client.send('CAP END');
		const welcome = await client.line(/^\S+ (001|43[0-9]|46[0-9]) /);
		if (!/^\S+ 001 /.test(welcome)) throw new Error(`the server refused ${options.nick}: ${welcome}`);
		return client;
	}

	get address(): string {
		return this.nick;
	}

	async join(room: string): Promise<void> {
		this.send(`JOIN ${room}`);
		await this.waitFor((event) => event.kind === 'joined' && same(event.from, this.nick) && same(event.where, room));
	}

	async say(target: string, text: string): Promise<void> {
		for (const line of text.split('\n')) if (line !== '') this.send(`PRIVMSG ${target} :${line}`);
	}

	async typing(target: string, active: boolean): Promise<void> {
		this.send(`@+typing=${active ? 'active' : 'done'} TAGMSG ${target}`);
	}

	/** Null comes back. */
	setAway(reason: string | null): void {
		this.send(reason === null ? 'AWAY' : `AWAY :${reason}`);
	}

	setTopic(room: string, topic: string): void {
		this.send(`TOPIC ${room} :${topic}`);
	}

	/** Any other line. Line breaks in it are refused. */
	send(...lines: readonly string[]): void {
		for (const line of lines) {
			if (/[\r\n\0]/.test(line)) throw new Error('line break in an outgoing IRC line');
			if (this.socket.writable) this.socket.write(`${line}\r\n`);
		}
	}

	/** The first raw line, seen or to come, that matches. A line with tags is seen twice: whole, and without its tags. */
	async line(pattern: RegExp, timeout?: number): Promise<string> {
		const isMatch = (event: PeerEvent): event is Extract<PeerEvent, { kind: 'raw' }> =>
			event.kind === 'raw' && pattern.test(event.line);
		return (await this.journal.waitFor(isMatch, timeout)).line;
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
		if (this.socket.destroyed) return;
		// Not events.once(), which would reject when the server resets the connection.
		const closed = new Promise((resolve) => this.socket.once('close', resolve));
		this.socket.end('QUIT :bye\r\n');
		const timer = setTimeout(() => this.socket.destroy(), 2000);
		await closed;
		clearTimeout(timer);
	}

	private async offeredCapabilities(): Promise<ReadonlySet<string>> {
		// The last of several LS lines has no star.
		await this.line(/^\S+ CAP \S+ LS :/);
		const offered = new Set<string>();
		for (const line of this.capabilityLines) for (const one of line.split(' ')) offered.add(one.split('=')[0] ?? one);
		return offered;
	}

	private async authenticate(account: string, password: string): Promise<void> {
		this.send('AUTHENTICATE PLAIN');
		await this.line(/^AUTHENTICATE \+|^\S+ AUTHENTICATE \+/);
		this.send(`AUTHENTICATE ${Buffer.from(`\0${account}\0${password}`, 'utf8').toString('base64')}`);
		const result = await this.line(/^\S+ 90[3-7] /);
		if (!/^\S+ 903 /.test(result)) throw new Error(`the server refused the account ${account}: ${result}`);
	}

	private read(text: string): void {
		const parts = (this.rest + text).split(/\r?\n/);
		this.rest = parts.pop() ?? '';
		if (this.rest.length > LINE_LIMIT) this.socket.destroy(new Error('line too long'));
		for (const part of parts) if (part !== '') this.handle(part);
	}

	private handle(text: string): void {
		const { tags, source, command, params } = parseLine(text);
		const [first = '', second = ''] = params;
		const inRoom = /^[#&+!]/.test(first);
		const where = inRoom ? first : source;
		this.journal.add({ kind: 'raw', line: text.replace(/^@\S+ +/, '') });
		if (text.startsWith('@')) this.journal.add({ kind: 'raw', line: text });
		switch (command) {
			case 'PING':
				this.send(`PONG :${first}`);
				return;
			case 'CAP':
				if (second === 'LS') this.capabilityLines.push(params.at(-1) ?? '');
				return;
			case 'PRIVMSG':
			case 'NOTICE':
				if (same(source, this.nick) || source.includes('.')) return;
				this.journal.add({ kind: 'message', from: source, where, inRoom, text: second, id: tags.get('msgid') });
				return;
			case 'TAGMSG': {
				const state = tags.get('+typing');
				if (state === undefined || same(source, this.nick)) return;
				this.journal.add({ kind: 'typing', from: source, where, active: state === 'active' });
				return;
			}
			case 'AWAY':
				this.journal.add({ kind: 'presence', from: source, available: params.length === 0, status: first });
				return;
			case 'JOIN':
				this.journal.add({ kind: 'joined', from: source, where: first });
				return;
			case 'PART':
				this.journal.add({ kind: 'left', from: source, where: first });
				return;
			case 'KICK':
				this.journal.add({ kind: 'left', from: second, where: first });
				return;
			case 'QUIT':
				this.journal.add({ kind: 'presence', from: source, available: false, status: first });
				return;
			case 'NICK':
				if (same(source, this.nick)) this.nick = first;
				return;
			default:
		}
	}
}

/** Enough of IRC's case folding for test nicks and channels. */
function same(a: string, b: string): boolean {
	return a.toLowerCase() === b.toLowerCase();
}

function parseLine(text: string): Line {
	const match = /^(?:@(\S+) +)?(?::(\S+) +)?(\S+) *(.*)$/s.exec(text);
	const [, tagText = '', prefix = '', command = '', rest = ''] = match ?? [];
	const tags = new Map<string, string>();
	for (const tag of tagText.split(';')) {
		const [key = '', ...value] = tag.split('=');
		if (key !== '') tags.set(key, value.join('='));
	}
	const [head = '', ...trailing] = ` ${rest}`.split(' :');
	const params = head.split(' ').filter((one) => one !== '');
	if (trailing.length > 0) params.push(trailing.join(' :'));
	return { tags, source: prefix.split('!')[0] ?? '', command: command.toUpperCase(), params };
}
