/**
 * One XML stream over one socket. The library's connection gives stream headers, restart and dispatch; everything
 * that failed in it is replaced here: the socket, the parser, redirects, error handling and closing. It never
 * reconnects and no listener's exception can leave it.
 */
import Connection from '@xmpp/connection-tcp';
import StreamError from '@xmpp/connection/lib/StreamError.js';
import { ChatException, chatError } from '../model/errors.ts';
import { fromStreamError } from './errors.ts';
import type { Endpoint } from './endpoints.ts';
import { type Dialer, directDialer, networkError, StreamSocket, type TlsPolicy } from './socket.ts';
import { child, type Element, ns } from './stanza.ts';
import { StanzaParser } from './stanza-parser.ts';

export interface ConnectionHandler {
	element(element: Element): void;
	/** Called once; null when the stream was closed in order. */
	ended(error: ChatException | null): void;
}

/** The server asks to connect elsewhere (RFC 6120 4.9.3.19). Only believed inside TLS. */
export class SeeOtherHost extends ChatException {
	readonly target: string;
	constructor(target: string) {
		super(chatError('connection-closed', 'see-other-host', { retry: 'now' }));
		this.target = target;
	}
}

/** More unsent bytes than this means that the peer stopped reading. */
const maxBacklog = 8 * 1024 * 1024;

export class StreamConnection extends Connection {
	readonly #handler: ConnectionHandler;
	readonly #transport: StreamSocket;
	readonly #domain: string;
	readonly #account: string;
	#over = false;
	#closing = false;

	/** @param account bare address, told to the server once the link is encrypted: FAST and others need it there */
	constructor(policy: TlsPolicy, account: string, handler: ConnectionHandler) {
		super({ domain: policy.domain });
		// The library's own timers would bypass the injected clock; zero turns them off.
		this.timeout = 0;
		this.#handler = handler;
		this.#domain = policy.domain;
		this.#account = account;
		this.#transport = new StreamSocket(policy);
		this.NS = ns.client;
		this.Parser = StanzaParser;
		this.on('error', (error) => this.fail(error));
		this.on('close', () => this.#finish(null));
		this.on('disconnect', () => this.#finish(this.#closing ? null : new ChatException(chatError('connection-lost'))));
	}

	get transport(): StreamSocket {
		return this.#transport;
	}

	get over(): boolean {
		return this.#over;
	}

	async dial(endpoint: Endpoint, dialer: Dialer = directDialer): Promise<void> {
		await this.#transport.connect(endpoint.host, endpoint.port, endpoint.direct, dialer);
		this._attachSocket(this.#transport);
	}

	/** Sends a new header and waits for the peer's; used first, after TLS and after SASL. */
	async restartStream(): Promise<void> {
		this._detachParser();
		await this.open({ domain: this.#domain, lang: 'en' });
	}

	/** After `<proceed/>`: the old parser must not see another byte. */
	async upgrade(): Promise<void> {
		const parser = (this as unknown as { parser: StanzaParser | null }).parser;
		parser?.stop();
		this._detachParser();
		await this.#transport.startTls();
	}

	/** Writes text; a failed write ends the connection, so callers need not wait for it. */
	put(text: string): void {
		if (this.#over || this.#closing) return;
		if (this.#transport.backlog > maxBacklog) {
			this.fail(new ChatException(chatError('connection-lost', 'the server stopped reading')));
			return;
		}
		this.#transport.write(text, (error) => {
			if (error !== null && error !== undefined) this.fail(error);
		});
	}

	/** RFC 6120 section 4.7.1: `from` only after TLS, so that nobody on the way learns who logs in. */
	override headerElement(): Element {
		const header = super.headerElement();
		if (this.#transport.secure) header.attrs['from'] = this.#account;
		return header;
	}

	override _onData(data: unknown): void {
		try {
			super._onData(data);
		} catch (error) {
			this.fail(error);
		}
	}

	override _onElement(element: Element): void {
		if (this.#over) return;
		try {
			if (element.is('error', ns.stream)) this.fail(this.#streamError(element));
			else this.#handler.element(element);
		} catch (error) {
			this.fail(error);
		}
	}

	/** Ends the connection at once with a reason. */
	fail(error: unknown): void {
		this.#finish(error instanceof ChatException ? error : this.#unexpected(error));
	}

	/** A write that fails throws the socket's own error; anything else is a bug of ours. */
	#unexpected(error: unknown): ChatException {
		if (error instanceof Error && 'code' in error) return networkError(error as NodeJS.ErrnoException, this.#domain);
		return new ChatException(chatError('internal', error instanceof Error ? error.name : null), error);
	}

	/** Closes the stream politely; the caller bounds the wait by time and then calls {@link drop}. */
	finish(lastWords: string): void {
		if (this.#over) return;
		this.#transport.write(`${lastWords}</stream:stream>`, () => this.#transport.end());
		this.#closing = true;
	}

	/** Cuts the line without closing the stream, so that the server keeps the session for resumption. */
	drop(): void {
		this.#closing = true;
		this.#finish(null);
	}

	#streamError(element: Element): ChatException {
		const error = StreamError.fromElement(element);
		if (error.condition === 'see-other-host' && this.#transport.secure) {
			return new SeeOtherHost(child(element, 'see-other-host', ns.streams)?.getText() ?? '');
		}
		return new ChatException(fromStreamError(error.condition, error.text === '' ? null : error.text));
	}

	#finish(error: ChatException | null): void {
		if (this.#over) return;
		this.#over = true;
		this._detachParser();
		this._detachSocket();
		// Late errors of a socket being torn down concern nobody any more.
		this.#transport.on('error', () => undefined);
		this.#transport.destroy();
		this.#handler.ended(error ?? (this.#closing ? null : new ChatException(chatError('connection-closed'))));
	}
}
