/**
 * A small IRC server in memory for tests: enough of RFC 1459 and IRCv3 to talk through, with every extension
 * switchable. Not a model of any real server.
 */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { ircLineParser } from 'irc-framework';
import { toLine } from '../client.ts';
import { escapeTag, type IrcLine, param } from '../line.ts';
import { LineDecoder } from '../transport.ts';

export interface MiniOptions {
	/** Offered capabilities; none for an old server. */
	readonly caps?: readonly string[];
	/** PASS that is wanted, or null. */
	readonly password?: string | null;
	readonly isupport?: readonly string[];
}

interface Room {
	readonly name: string;
	topic: string;
	readonly members: Map<User, string>;
}

class User {
	nick = '';
	name = '';
	pass: string | null = null;
	readonly caps = new Set<string>();
	negotiating = false;
	registered = false;
	away = '';
	readonly socket: Socket;
	constructor(socket: Socket) {
		this.socket = socket;
	}
	get prefix(): string {
		return `${this.nick}!${this.name}@host.test`;
	}
	send(text: string): void {
		if (this.socket.writable) this.socket.write(`${text}\r\n`);
	}
}

export class MiniIrcd {
	readonly #options: MiniOptions;
	readonly #users = new Set<User>();
	readonly #rooms = new Map<string, Room>();
	#server: Server | null = null;
	#ids = 0;
	port = 0;

	constructor(options: MiniOptions = {}) {
		this.#options = options;
	}

	async start(): Promise<this> {
		const server = createServer((socket) => this.#accept(socket));
		this.#server = server;
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		this.port = (server.address() as AddressInfo).port;
		return this;
	}

	cut(): void {
		for (const user of this.#users) user.socket.resetAndDestroy();
	}

	async stop(): Promise<void> {
		this.cut();
		await new Promise<void>((resolve) => (this.#server === null ? resolve() : this.#server.close(() => resolve())));
	}

	#accept(socket: Socket): void {
		const user = new User(socket.setNoDelay(true));
		const decoder = new LineDecoder();
		this.#users.add(user);
		socket.on('data', (chunk) => {
			decoder.push(chunk, (text) => {
				const message = ircLineParser(text);
				if (message !== undefined) this.#onLine(user, toLine(message));
			});
		});
		socket.on('error', () => undefined);
		socket.on('close', () => this.#quit(user, 'connection closed'));
	}

	#find(nick: string): User | undefined {
		return [...this.#users].find((user) => user.registered && user.nick.toLowerCase() === nick.toLowerCase());
	}
	#room(name: string): Room | undefined {
		return this.#rooms.get(name.toLowerCase());
	}
	#numeric(user: User, code: string, ...params: string[]): void {
		const last = params.pop() ?? '';
		user.send([`:mini.test ${code} ${user.nick || '*'}`, ...params, `:${last}`].join(' '));
	}

	/** A line from a user to others, with the tags each of them asked for. */
	#relay(from: User, to: Iterable<User>, text: string, line: IrcLine | null = null): void {
		const id = `m${this.#ids++}`;
		const at = new Date().toISOString();
		for (const user of to) {
			const tags: string[] = [];
			if (user.caps.has('server-time')) tags.push(`time=${at}`);
			if (user.caps.has('message-tags')) {
				tags.push(`msgid=${id}`);
				for (const [key, value] of line?.tags ?? []) if (key.startsWith('+')) tags.push(`${key}=${escapeTag(value)}`);
			}
			const label = line?.tags.get('label');
			if (user === from && label !== undefined && user.caps.has('labeled-response')) tags.push(`label=${label}`);
			user.send(`${tags.length === 0 ? '' : `@${tags.join(';')} `}:${from.prefix} ${text}`);
		}
	}

	#quit(user: User, reason: string): void {
		if (!this.#users.delete(user)) return;
		const witnesses = new Set<User>();
		for (const [key, room] of this.#rooms) {
			if (!room.members.delete(user)) continue;
			for (const other of room.members.keys()) witnesses.add(other);
			if (room.members.size === 0) this.#rooms.delete(key);
		}
		if (user.registered) this.#relay(user, witnesses, `QUIT :${reason}`);
	}

	#onLine(user: User, line: IrcLine): void {
		if (user.registered) return this.#command(user, line);
		switch (line.command) {
			case 'CAP':
				return this.#cap(user, line);
			case 'PASS':
				user.pass = param(line, 0);
				return;
			case 'NICK':
				if (this.#find(param(line, 0)) !== undefined)
					return this.#numeric(user, '433', param(line, 0), 'Nickname is already in use');
				user.nick = param(line, 0);
				break;
			case 'USER':
				user.name = param(line, 0);
				break;
			case 'PING':
				return user.send(`:mini.test PONG mini.test :${param(line, 0)}`);
			case 'QUIT':
				return void user.socket.end();
			default:
				return this.#numeric(user, '451', 'You have not registered');
		}
		this.#welcome(user);
	}

	#cap(user: User, line: IrcLine): void {
		const caps = this.#options.caps;
		if (caps === undefined) return this.#numeric(user, '421', 'CAP', 'Unknown command');
		switch (param(line, 0).toUpperCase()) {
			case 'LS':
				user.negotiating = true;
				return user.send(`:mini.test CAP * LS :${caps.join(' ')}`);
			case 'REQ': {
				const names = param(line, 1).split(' ');
				const known = names.every((name) => caps.some((cap) => cap.split('=')[0] === name));
				if (known) for (const name of names) user.caps.add(name);
				return user.send(`:mini.test CAP * ${known ? 'ACK' : 'NAK'} :${names.join(' ')}`);
			}
			case 'END':
				user.negotiating = false;
				return this.#welcome(user);
		}
	}

	#welcome(user: User): void {
		if (user.registered || user.negotiating || user.nick === '' || user.name === '') return;
		const wanted = this.#options.password ?? null;
		if (wanted !== null && user.pass !== wanted) {
			this.#numeric(user, '464', 'Password incorrect');
			user.send('ERROR :Closing Link: (Bad password)');
			user.socket.end();
			return;
		}
		user.registered = true;
		this.#numeric(user, '001', `Welcome ${user.prefix}`);
		const tokens = this.#options.isupport ?? [
			'NETWORK=Mini',
			'CASEMAPPING=ascii',
			'PREFIX=(ov)@+',
			'CHANMODES=b,k,l,imnst',
			'NICKLEN=30',
		];
		this.#numeric(user, '005', ...tokens, 'are supported by this server');
		this.#numeric(user, '422', 'MOTD File is missing');
	}

	#command(user: User, line: IrcLine): void {
		const target = param(line, 0);
		switch (line.command) {
			case 'PING':
				return user.send(`:mini.test PONG mini.test :${target}`);
			case 'QUIT':
				this.#quit(user, param(line, 0));
				return void user.socket.end();
			case 'JOIN':
				for (const name of target.split(',')) this.#join(user, name, line);
				return;
			case 'PRIVMSG':
			case 'NOTICE':
			case 'TAGMSG':
				return this.#say(user, line);
			case 'AWAY':
				user.away = target;
				return this.#answer(user, line, user.away === '' ? '305' : '306', 'noted');
			case 'LIST':
				for (const room of this.#rooms.values())
					this.#numeric(user, '322', room.name, String(room.members.size), room.topic);
				return this.#numeric(user, '323', 'End of /LIST');
			case 'ISON':
				return this.#numeric(user, '303', line.params.filter((nick) => this.#find(nick) !== undefined).join(' '));
			case 'NICK':
				return this.#rename(user, target, line);
			case 'PART':
			case 'TOPIC':
			case 'KICK':
			case 'MODE':
			case 'INVITE':
				return this.#inRoom(user, line);
			case 'WHO':
				return this.#answer(user, line, '315', target, 'End of /WHO list');
			default:
				return this.#answer(user, line, '421', line.command, 'Unknown command');
		}
	}

	#rename(user: User, nick: string, line: IrcLine): void {
		if (this.#find(nick) !== undefined) return this.#answer(user, line, '433', nick, 'Nickname is already in use');
		const witnesses = new Set<User>([user]);
		for (const room of this.#rooms.values())
			if (room.members.has(user)) for (const other of room.members.keys()) witnesses.add(other);
		this.#relay(user, witnesses, `NICK :${nick}`, line);
		user.nick = nick;
	}

	/** A numeric that carries the label of the line it answers. */
	#answer(user: User, line: IrcLine, code: string, ...params: string[]): void {
		const label = line.tags.get('label');
		const tag = label !== undefined && user.caps.has('labeled-response') ? `@label=${label} ` : '';
		const last = params.pop() ?? '';
		user.send(`${tag}${[`:mini.test ${code} ${user.nick}`, ...params, `:${last}`].join(' ')}`);
	}

	#join(user: User, name: string, line: IrcLine): void {
		if (!/^#[^\s,]{1,60}$/.test(name)) return this.#answer(user, line, '403', name, 'No such channel');
		const room = this.#room(name) ?? { name, topic: '', members: new Map<User, string>() };
		this.#rooms.set(name.toLowerCase(), room);
		if (room.members.has(user)) return;
		room.members.set(user, room.members.size === 0 ? '@' : '');
		this.#relay(user, room.members.keys(), `JOIN ${room.name}`, line);
		if (room.topic !== '') this.#numeric(user, '332', room.name, room.topic);
		this.#numeric(
			user,
			'353',
			'=',
			room.name,
			Array.from(room.members, ([member, sign]) => sign + member.nick).join(' '),
		);
		this.#numeric(user, '366', room.name, 'End of /NAMES list');
	}

	#say(user: User, line: IrcLine): void {
		const target = param(line, 0);
		const text = line.command === 'TAGMSG' ? `TAGMSG ${target}` : `${line.command} ${target} :${param(line, 1)}`;
		const room = this.#room(target);
		const peer = this.#find(target);
		if (room === undefined && peer === undefined)
			return this.#answer(user, line, target.startsWith('#') ? '403' : '401', target, 'No such target');
		if (room !== undefined && !room.members.has(user))
			return this.#answer(user, line, '404', target, 'Cannot send to channel');
		const to = new Set(room === undefined ? [peer as User] : room.members.keys());
		to.delete(user);
		if (line.command === 'TAGMSG') for (const other of to) if (!other.caps.has('message-tags')) to.delete(other);
		if (user.caps.has('echo-message')) to.add(user);
		this.#relay(user, to, text, line);
		if (!user.caps.has('echo-message') && line.tags.has('label') && user.caps.has('labeled-response'))
			user.send(`@label=${line.tags.get('label') ?? ''} ACK`);
	}

	#inRoom(user: User, line: IrcLine): void {
		const name = line.command === 'INVITE' ? param(line, 1) : param(line, 0);
		const room = this.#room(name);
		if (room === undefined || !room.members.has(user))
			return this.#answer(user, line, '442', name, 'You are not on that channel');
		const op = room.members.get(user) === '@';
		switch (line.command) {
			case 'PART':
				this.#relay(user, room.members.keys(), `PART ${room.name} :${param(line, 1)}`, line);
				room.members.delete(user);
				if (room.members.size === 0) this.#rooms.delete(name.toLowerCase());
				return;
			case 'TOPIC':
				room.topic = param(line, 1);
				return this.#relay(user, room.members.keys(), `TOPIC ${room.name} :${room.topic}`, line);
			case 'INVITE': {
				const guest = this.#find(param(line, 0));
				if (guest === undefined) return this.#answer(user, line, '401', param(line, 0), 'No such nick');
				this.#relay(user, [guest], `INVITE ${guest.nick} ${room.name}`);
				return this.#answer(user, line, '341', guest.nick, room.name);
			}
			case 'KICK': {
				const victim = this.#find(param(line, 1));
				if (!op) return this.#answer(user, line, '482', room.name, "You're not channel operator");
				if (victim === undefined || !room.members.has(victim))
					return this.#answer(user, line, '441', param(line, 1), room.name, 'They are not on that channel');
				this.#relay(user, room.members.keys(), `KICK ${room.name} ${victim.nick} :${param(line, 2)}`, line);
				room.members.delete(victim);
				return;
			}
			default:
				return this.#mode(user, room, op, line);
		}
	}

	#mode(user: User, room: Room, op: boolean, line: IrcLine): void {
		if (line.params.length === 1) return this.#answer(user, line, '324', room.name, '+n');
		if (!op) return this.#answer(user, line, '482', room.name, "You're not channel operator");
		const [, change = '', nick = ''] = line.params;
		const member = this.#find(nick);
		if (member !== undefined && room.members.has(member))
			room.members.set(member, change === '+o' ? '@' : change === '+v' ? '+' : '');
		this.#relay(user, room.members.keys(), `MODE ${room.name} ${change}${nick === '' ? '' : ` ${nick}`}`, line);
	}
}
