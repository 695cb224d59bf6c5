import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Credential } from './certs.ts';

const LINE_LIMIT = 64 * 1024;
const KEPT_LINES = 10_000;

/** A port of 127.0.0.1; with a CA (PEM) it is spoken to over TLS. */
export interface ProbeTarget {
	readonly port: number;
	readonly ca?: string;
	readonly certificate?: Credential;
}

/** The bare minimum of an IRC connection, for administering test servers. It answers PING and nothing else. */
export class IrcProbe {
	private readonly socket: Socket;
	private readonly lines: string[] = [];
	private rest = '';
	private closed = false;
	private wake: (() => void) | undefined;

	private constructor(socket: Socket) {
		this.socket = socket;
		socket.setEncoding('utf8');
		socket.on('data', (text: string) => this.read(text));
		socket.on('error', () => undefined);
		socket.on('close', () => {
			this.closed = true;
			this.wake?.();
		});
	}

	static async connect(to: ProbeTarget): Promise<IrcProbe> {
		const where = { host: '127.0.0.1', port: to.port };
		if (to.ca === undefined) {
			const socket = connect(where);
			await once(socket, 'connect');
			return new IrcProbe(socket);
		}
		const own = to.certificate === undefined ? {} : { key: to.certificate.key, cert: to.certificate.certificate };
		const socket = connectTls({ ...where, ...own, ca: to.ca });
		await once(socket, 'secureConnect');
		return new IrcProbe(socket);
	}

	/** Registers with a nick, without any capability, and waits for the welcome. */
	static async login(to: ProbeTarget, nick: string): Promise<IrcProbe> {
		const probe = await IrcProbe.connect(to);
		probe.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
		await probe.line((line) => / 001 /.test(line), 'the welcome');
		return probe;
	}

	send(...lines: readonly string[]): void {
		for (const line of lines) {
			if (/[\r\n\0]/.test(line)) throw new Error('line break in an outgoing IRC line');
			this.socket.write(`${line}\r\n`);
		}
	}

	/** The first line (seen so far or still to come) that matches; it and everything before it is dropped. */
	async line(matches: (line: string) => boolean, what: string, timeout = 10_000): Promise<string> {
		const deadline = performance.now() + timeout;
		const seen: string[] = [];
		for (;;) {
			for (let line = this.lines.shift(); line !== undefined; line = this.lines.shift()) {
				if (matches(line)) return line;
				seen.push(line);
			}
			const left = deadline - performance.now();
			if (left <= 0 || this.closed) {
				const why = this.closed ? 'connection closed' : `gave up after ${timeout} ms`;
				throw new Error(`${why} while waiting for ${what}; last lines:\n${seen.slice(-5).join('\n')}`);
			}
			await this.somethingHappens(left);
		}
	}

	close(): void {
		if (!this.closed) this.socket.end('QUIT\r\n');
		this.socket.unref();
	}

	private async somethingHappens(timeout: number): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.wake = resolve;
		const timer = setTimeout(resolve, timeout);
		await promise;
		clearTimeout(timer);
		this.wake = undefined;
	}

	private read(text: string): void {
		const parts = (this.rest + text).split(/\r?\n/);
		this.rest = parts.pop() ?? '';
		if (this.rest.length > LINE_LIMIT) this.socket.destroy(new Error('line too long'));
		for (const line of parts) {
			if (line.startsWith('PING')) this.send(`PONG${line.slice(4)}`);
			else if (line !== '' && this.lines.length < KEPT_LINES) this.lines.push(line);
		}
		this.wake?.();
	}
}
