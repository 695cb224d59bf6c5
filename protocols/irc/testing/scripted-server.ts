/** A TCP server on loopback that says exactly what a test tells it to. */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { systemClock } from '../../adapter/system.ts';

const patienceMs = 5000;

/** One accepted link. */
export class ScriptedLink {
	readonly #socket: Socket;
	/** Lines received so far. */
	readonly lines: string[] = [];
	#rest = '';
	#read = 0;
	readonly #wake = new Set<() => void>();
	closed = false;

	constructor(socket: Socket) {
		this.#socket = socket.setNoDelay(true);
		socket.on('data', (chunk) => {
			this.#rest += chunk.toString('utf8');
			const parts = this.#rest.split('\r\n');
			this.#rest = parts.pop() ?? '';
			this.lines.push(...parts);
			for (const wake of this.#wake) wake();
		});
		socket.on('error', () => undefined);
		socket.on('close', () => {
			this.closed = true;
			for (const wake of this.#wake) wake();
		});
	}

	send(...lines: readonly string[]): void {
		this.#socket.write(lines.map((line) => `${line}\r\n`).join(''));
	}
	sendBytes(bytes: Buffer): void {
		this.#socket.write(bytes);
	}
	/** Ends politely. */
	end(): void {
		this.#socket.end();
	}
	/** Breaks the link with a reset. */
	cut(): void {
		this.#socket.resetAndDestroy();
	}

	/** The next line that fits, skipping others. */
	async until(pattern: RegExp): Promise<string> {
		return this.#wait(`line ${String(pattern)}`, () => {
			while (this.#read < this.lines.length) {
				const line = this.lines[this.#read++] ?? '';
				if (pattern.test(line)) return line;
			}
			return null;
		});
	}

	whenClosed(): Promise<true> {
		return this.#wait('the end of the link', () => (this.closed ? true : null));
	}

	#wait<T>(what: string, probe: () => T | null): Promise<T> {
		return new Promise((resolve, reject) => {
			const check = (): void => {
				const value = probe();
				if (value === null) {
					if (this.closed && !what.startsWith('the end'))
						finish(() => reject(new Error(`link closed while waiting for ${what}; got\n${this.lines.join('\n')}`)));
					return;
				}
				finish(() => resolve(value));
			};
			const cancel = systemClock.after(patienceMs, () =>
				finish(() => reject(new Error(`waited in vain for ${what}; got\n${this.lines.join('\n')}`))),
			);
			const finish = (act: () => void): void => {
				cancel();
				this.#wake.delete(check);
				act();
			};
			this.#wake.add(check);
			check();
		});
	}

	/** Plays a plain welcome after NICK and USER; `caps` are offered and granted. */
	async welcome(
		nick: string,
		caps: readonly string[] = [],
		isupport = 'NETWORK=Scripted CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ STATUSMSG=@+',
	): Promise<this> {
		await this.until(/^CAP LS/);
		this.send(`:s CAP * LS :${caps.join(' ')}`);
		let line = await this.until(/^CAP (REQ|END)/);
		while (line.startsWith('CAP REQ')) {
			this.send(`:s CAP * ACK ${line.slice('CAP REQ '.length)}`);
			line = await this.until(/^CAP (REQ|END)/);
		}
		this.send(`:s 001 ${nick} :Welcome`, `:s 005 ${nick} ${isupport} :are supported`, `:s 422 ${nick} :no MOTD`);
		return this;
	}
}

export class ScriptedServer {
	#server: Server | null = null;
	readonly #links: ScriptedLink[] = [];
	readonly #sockets = new Set<Socket>();
	#taken = 0;
	#wake: () => void = () => undefined;
	port = 0;

	async start(): Promise<this> {
		const server = createServer((socket) => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket));
			this.#links.push(new ScriptedLink(socket));
			this.#wake();
		});
		this.#server = server;
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		this.port = (server.address() as AddressInfo).port;
		return this;
	}

	get accepted(): number {
		return this.#links.length;
	}

	/** The next link that comes in. */
	async next(): Promise<ScriptedLink> {
		const at = this.#taken++;
		for (;;) {
			const link = this.#links[at];
			if (link !== undefined) return link;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	async stop(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await new Promise<void>((resolve) => (this.#server === null ? resolve() : this.#server.close(() => resolve())));
	}
}
