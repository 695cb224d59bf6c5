/**
 * Line transport under irc-framework, over a link that is already open and verified. It cuts lines out of bytes with a
 * hard length cap, decodes UTF-8 with a windows-1252 fallback per line, and refuses to write anything but one line.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type ChatError, chatError, fail } from '../model/errors.ts';
import { lineLimits } from './line.ts';
import { socketError } from './link.ts';

const LF = 10;
const CR = 13;

/** Cuts byte chunks into decoded lines; state is at most one unfinished line of {@link lineLimits.incoming} bytes. */
export class LineDecoder {
	#rest: Buffer[] = [];
	#restBytes = 0;
	readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
	readonly #fallback = new TextDecoder('windows-1252');

	/**
	 * Calls `onLine` for every complete line, without its ending; empty lines are skipped.
	 * @returns false if a line is longer than the cap: nothing after it can be trusted
	 */
	push(chunk: Buffer, onLine: (line: string) => void): boolean {
		let from = 0;
		for (;;) {
			const end = chunk.indexOf(LF, from);
			if (end < 0) break;
			if (this.#restBytes + end - from > lineLimits.incoming) return false;
			const line = this.#take(chunk.subarray(from, end));
			from = end + 1;
			if (line.length > 0) onLine(this.#decode(line));
		}
		if (from < chunk.length) {
			this.#restBytes += chunk.length - from;
			if (this.#restBytes > lineLimits.incoming) return false;
			this.#rest.push(chunk.subarray(from));
		}
		return true;
	}

	#take(tail: Buffer): Buffer {
		const whole = this.#restBytes === 0 ? tail : Buffer.concat([...this.#rest, tail]);
		this.#rest = [];
		this.#restBytes = 0;
		return whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
	}

	#decode(bytes: Buffer): string {
		try {
			return this.#utf8.decode(bytes);
		} catch {
			return this.#fallback.decode(bytes);
		}
	}
}

/** Bytes the kernel has not taken yet; beyond this the peer is not reading and the link is given up. */
const maxUnsent = 4 * 1024 * 1024;

/** Emits `open`, `line`, `chunk` (all lines of one read were emitted) and `close`, as irc-framework expects. */
export class LineTransport extends EventEmitter {
	readonly #socket: Socket;
	readonly #decoder = new LineDecoder();
	readonly #peer: { readonly host: string; readonly port: number };
	#open = false;
	#closed = false;
	#error: ChatError | null = null;

	constructor(socket: Socket, peer: { readonly host: string; readonly port: number }) {
		super();
		this.#socket = socket;
		this.#peer = peer;
	}

	/** Why the link ended; null for a clean end by either side. */
	get error(): ChatError | null {
		return this.#error;
	}

	isConnected(): boolean {
		return this.#open;
	}

	setEncoding(): boolean {
		return true;
	}

	connect(): void {
		const socket = this.#socket;
		socket.on('data', (chunk: Buffer) => this.#onData(chunk));
		socket.on('error', (error) => {
			this.#error ??= socketError(error, this.#peer);
		});
		// A half-open link could still deliver, but never answer: both directions end together.
		socket.on('end', () => socket.end());
		socket.on('close', () => this.#onClose());
		this.#open = true;
		this.emit('open');
		if (socket.destroyed) this.#onClose();
	}

	#onData(chunk: Buffer): void {
		const whole = this.#decoder.push(chunk, (line) => {
			if (this.#open) this.emit('line', line);
		});
		this.emit('chunk');
		if (!whole) this.destroy(chatError('oversized', 'line too long'));
	}

	#onClose(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#open = false;
		this.emit('close', this.#error ?? false);
	}

	/** @throws ChatException `bad-input` if the text is not exactly one line */
	writeLine(line: string, callback?: () => void): void {
		if (/[\r\n\0]/.test(line)) fail('bad-input', 'line break in an outgoing line');
		if (!this.#open || !this.#socket.writable) {
			if (callback !== undefined) queueMicrotask(callback);
			return;
		}
		this.#socket.write(`${line}\r\n`, callback === undefined ? undefined : () => callback());
		if (this.#socket.writableLength > maxUnsent) this.destroy(chatError('connection-lost', 'send buffer full'));
	}

	/** Stops reading until {@link resume}: the server's own back-pressure then limits what we hold in memory. */
	pause(): void {
		this.#socket.pause();
	}
	resume(): void {
		this.#socket.resume();
	}

	close(force?: boolean): void {
		if (force === true) this.#socket.destroy();
		else this.#socket.end();
	}

	destroy(error: ChatError | null): void {
		this.#error ??= error;
		this.#open = false;
		this.#socket.destroy();
	}

	disposeSocket(): void {
		this.#socket.removeAllListeners();
		this.#socket.on('error', () => undefined);
		this.#socket.destroy();
		this.#open = false;
	}
}
