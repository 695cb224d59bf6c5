/**
 * The browser host's server: the built window, the exchange of tickets for sessions, cached media, the WebSocket, and a
 * control route for a second start of Parley. Loopback only; every request is checked by {@link RequestGuard} first.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import * as z from 'zod';
import { securityHeaders } from '../content-policy.ts';
import type { MediaCache } from '../../engine/media/cache.ts';
import type { ClientChannel, EngineChannel } from '../engine-thread.ts';
import { answerUpload, readMedia } from '../media-route.ts';
import { type WebFile, webFile } from '../web-files.ts';
import { RequestGuard } from './request-guard.ts';
import { newSecret, sameSecret, Tickets } from './tickets.ts';
import { serveSocket } from './ws-link.ts';

export interface BrowserServerOptions {
	/** 0 picks a free one. */
	readonly port: number;
	readonly extraHosts: readonly string[];
	readonly files: ReadonlyMap<string, WebFile>;
	readonly media: MediaCache;
	readonly connect: (client: ClientChannel) => EngineChannel;
	readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
	readonly now?: () => number;
}

export interface BrowserServer {
	readonly port: number;
	/** What a second start must present on the control route. */
	readonly controlToken: string;
	/** A fresh address that opens the window once, within a minute. */
	issueUrl(): string;
	close(): Promise<void>;
}

const maxBodyBytes = 1024;
const maxSockets = 64;
/** Above the contract's limit for one frame, so that a merely oversized frame gets the engine's typed answer. */
const maxMessageBytes = 8 * 1024 * 1024;

const ticketSchema = z.object({ ticket: z.string().max(128) });

type Reply = {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: Buffer | string;
	/** Instead of `body`, for files; `size` bytes. */
	readonly stream?: { readonly size: number; readonly bytes: AsyncIterableIterator<Uint8Array> };
};

function json(status: number, value: unknown): Reply {
	return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

function bearer(request: IncomingMessage): string {
	return /^Bearer ([\w-]{1,128})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

/** The body as JSON; undefined when it is too large, late or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > maxBodyBytes) return undefined;
		chunks.push(chunk);
	}
	try {
		return JSON.parse(Buffer.concat(chunks).toString('utf8'));
	} catch {
		return undefined;
	}
}

class Routes {
	readonly tickets: Tickets;
	readonly controlToken = newSecret();
	readonly #options: BrowserServerOptions;
	readonly #guard: RequestGuard;
	readonly #port: number;

	constructor(options: BrowserServerOptions, port: number) {
		this.#options = options;
		this.#port = port;
		this.#guard = new RequestGuard(port, options.extraHosts);
		this.tickets = new Tickets(options.now ?? Date.now);
	}

	issueUrl(): string {
		return `http://127.0.0.1:${this.#port}/#t=${this.tickets.issue()}`;
	}

	/** True when the upgrade may go on. */
	acceptsUpgrade(request: IncomingMessage): boolean {
		return this.#guard.hasOurHost(request) && this.#guard.hasOurOrigin(request) && request.url === '/link';
	}

	async answer(request: IncomingMessage): Promise<Reply> {
		if (!this.#guard.hasOurHost(request)) return { status: 421 };
		// The base only completes the path: what the request says about hosts was judged above.
		if (!URL.canParse(request.url ?? '', 'http://127.0.0.1')) return { status: 400 };
		const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1');
		switch (request.method) {
			case 'GET':
			case 'HEAD':
				return this.#get(request, pathname);
			case 'POST':
				return this.#post(request, pathname);
			default:
				return { status: 405, headers: { allow: 'GET, HEAD, POST' } };
		}
	}

	async #get(request: IncomingMessage, pathname: string): Promise<Reply> {
		if (pathname.startsWith('/media/')) {
			if (!this.tickets.isSession(bearer(request))) return { status: 401 };
			const media = await readMedia(this.#options.media, pathname.slice('/media/'.length));
			if (media === undefined) return { status: 404 };
			return { status: 200, headers: media.headers, stream: { size: media.size, bytes: media.body } };
		}
		const file = webFile(this.#options.files, pathname);
		return file === undefined
			? { status: 404 }
			: { status: 200, headers: { 'content-type': file.type }, body: file.body };
	}

	async #post(request: IncomingMessage, pathname: string): Promise<Reply> {
		// The control route is for programs: a browser always sends an origin with a POST.
		if (pathname === '/control/open') {
			if (request.headers.origin !== undefined) return { status: 403 };
			return sameSecret(bearer(request), this.controlToken) ? json(200, { url: this.issueUrl() }) : { status: 401 };
		}
		if (!this.#guard.hasOurOrigin(request)) return { status: 403 };
		if (pathname === '/upload') {
			if (!this.tickets.isSession(bearer(request))) return { status: 401 };
			const { status, value } = await answerUpload(this.#options.media, request);
			return json(status, value);
		}
		if (pathname !== '/session') return { status: 404 };
		const body = ticketSchema.safeParse(await readJson(request));
		if (!body.success) return { status: 400 };
		const session = this.tickets.redeem(body.data.ticket);
		return session === undefined ? { status: 401 } : json(200, { session });
	}
}

async function send(response: ServerResponse, reply: Reply, head: boolean): Promise<void> {
	const body = reply.body ?? '';
	response.writeHead(reply.status, {
		...securityHeaders,
		...reply.headers,
		'content-length': reply.stream?.size ?? Buffer.byteLength(body),
	});
	if (head) {
		await reply.stream?.bytes.return?.();
		response.end();
	} else if (reply.stream === undefined) response.end(body);
	// A damaged file ends the connection before its announced length: the window sees a failure, not a short file.
	else await pipeline(Readable.from(reply.stream.bytes), response);
}

function refuseUpgrade(socket: Duplex): void {
	socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

async function listen(server: Server, port: number): Promise<number> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	server.once('error', reject);
	server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
	await promise;
	server.off('error', reject);
	return (server.address() as AddressInfo).port;
}

/** Starts the server on 127.0.0.1. Rejects with Node's error when the port is taken. */
export async function startBrowserServer(options: BrowserServerOptions): Promise<BrowserServer> {
	const server = createServer({ requestTimeout: 300_000, headersTimeout: 5_000, maxHeaderSize: 16 * 1024 });
	const port = await listen(server, options.port);
	const routes = new Routes(options, port);
	const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });

	server.on('request', (request, response) => {
		routes
			.answer(request)
			.then((reply) => send(response, reply, request.method === 'HEAD'))
			.catch((error: unknown) => {
				options.log('request failed', { error: error instanceof Error ? error.name : 'unknown' });
				if (response.headersSent) response.destroy();
				else void send(response, { status: 500 }, false);
			});
	});
	server.on('upgrade', (request, socket, head) => {
		socket.on('error', () => socket.destroy());
		if (!routes.acceptsUpgrade(request) || sockets.clients.size >= maxSockets) return refuseUpgrade(socket);
		sockets.handleUpgrade(request, socket, head, (webSocket) => {
			serveSocket(webSocket, {
				isSession: (session) => routes.tickets.isSession(session),
				connect: options.connect,
			});
		});
		return undefined;
	});
	server.on('clientError', (_error, socket) => socket.destroy());

	return {
		port,
		controlToken: routes.controlToken,
		issueUrl: () => routes.issueUrl(),
		close: async () => {
			for (const socket of sockets.clients) socket.close(1001);
			const { promise, resolve } = Promise.withResolvers<void>();
			server.close(() => resolve());
			server.closeIdleConnections();
			const force = setTimeout(() => {
				for (const socket of sockets.clients) socket.terminate();
				server.closeAllConnections();
			}, 500);
			await promise;
			clearTimeout(force);
		},
	};
}
