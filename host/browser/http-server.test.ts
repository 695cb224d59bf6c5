import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import { WebSocket } from 'ws';
import { contentSecurityPolicy } from '../content-policy.ts';
import type { ClientChannel, EngineChannel } from '../engine-thread.ts';
import { DiskMediaCache } from '../media-cache.ts';
import { mediaId as toMediaId } from '../../protocols/model/ids.ts';
import { type BrowserServer, startBrowserServer } from './http-server.ts';

const mediaId = 'ab'.repeat(16);
let dir: string;
let media: DiskMediaCache;
let server: BrowserServer;
let now = 1_000_000;
let clients: ClientChannel[] = [];
let received: string[] = [];
let engine: { [K in keyof EngineChannel]: Mock<EngineChannel[K]> };
const sockets: WebSocket[] = [];

/** One transparent pixel. */
const tinyPng = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), 'parley-http-'));
	media = new DiskMediaCache({ dir, key: new Uint8Array(32) });
	const writer = await media.create(toMediaId(mediaId));
	await writer.write(tinyPng);
	await writer.finish();
	clients = [];
	received = [];
	engine = {
		receive: vi.fn((json: string) => void received.push(json)),
		setFull: vi.fn(),
		closed: vi.fn(),
	};
	server = await startBrowserServer({
		port: 0,
		extraHosts: ['chat.example'],
		files: new Map([
			['/index.html', { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8' }],
			['/app.js', { body: Buffer.from('1'), type: 'text/javascript; charset=utf-8' }],
		]),
		media,
		connect: (client) => {
			clients.push(client);
			return engine;
		},
		log: () => undefined,
		now: () => now,
	});
});

afterEach(async () => {
	for (const socket of sockets.splice(0)) socket.terminate();
	await server.close();
	rmSync(dir, { recursive: true, force: true });
});

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };
type Ask = { method?: string; path?: string; headers?: Record<string, string>; body?: string };

function ask({ method = 'GET', path = '/', headers = {}, body }: Ask = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = httpRequest({ host: '127.0.0.1', port: server.port, method, path, headers }, (response) => {
			let text = '';
			response.setEncoding('utf8');
			response.on('data', (chunk: string) => (text += chunk));
			response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
			response.on('error', reject);
		});
		request.on('error', reject);
		request.end(body);
	});
}

const origin = (): string => `http://127.0.0.1:${server.port}`;
const ticket = (): string => server.issueUrl().split('#t=')[1] ?? '';

function redeem(value: string, headers: Record<string, string> = { origin: origin() }): Promise<Answer> {
	return ask({ method: 'POST', path: '/session', headers, body: JSON.stringify({ ticket: value }) });
}

async function session(): Promise<string> {
	return (JSON.parse((await redeem(ticket())).body) as { session: string }).session;
}

function socket(options: { origin?: string; host?: string; path?: string } = {}): WebSocket {
	const headers = options.host === undefined ? {} : { host: options.host };
	const opened = new WebSocket(`ws://127.0.0.1:${server.port}${options.path ?? '/link'}`, {
		headers,
		...('origin' in options ? (options.origin === undefined ? {} : { origin: options.origin }) : { origin: origin() }),
	});
	sockets.push(opened);
	return opened;
}

function outcome(one: WebSocket): Promise<'open' | 'refused' | number> {
	return new Promise((resolve) => {
		one.on('unexpected-response', () => resolve('refused'));
		one.on('error', () => resolve('refused'));
		one.on('open', () => resolve('open'));
	});
}

function closeCode(one: WebSocket): Promise<number> {
	return new Promise((resolve) => one.on('close', (code) => resolve(code)));
}

async function connected(): Promise<WebSocket> {
	const key = await session();
	const one = socket();
	await outcome(one);
	one.send(JSON.stringify({ session: key }));
	await vi.waitFor(() => expect(clients).toHaveLength(1));
	return one;
}

describe('addressing', () => {
	it('serves the window on 127.0.0.1 and localhost', async () => {
		expect((await ask()).status).toBe(200);
		expect((await ask({ headers: { host: `localhost:${server.port}` } })).status).toBe(200);
	});

	it.each(['evil.example', '127.0.0.1', 'localhost', '127.0.0.1:1', 'chat.example.evil.example'])(
		'answers 421 to a request for %s, which stops DNS rebinding',
		async (host) => {
			expect((await ask({ headers: { host } })).status).toBe(421);
		},
	);

	it('answers for a proxy that was allowed by name', async () => {
		expect((await ask({ headers: { host: 'chat.example' } })).status).toBe(200);
	});

	it('is not reachable on other interfaces', async () => {
		const other = Object.values(networkInterfaces())
			.flat()
			.find((one) => one !== undefined && !one.internal && one.family === 'IPv4');
		const host = other?.address ?? '127.0.0.2';
		const error = await new Promise((resolve) => {
			const probe = connectSocket({ host, port: server.port }, () => resolve(undefined));
			probe.on('error', resolve);
		});
		expect(error).toBeInstanceOf(Error);
	});

	it('says when its port is taken', async () => {
		const again = startBrowserServer({
			port: server.port,
			extraHosts: [],
			files: new Map(),
			media,
			connect: () => engine,
			log: () => undefined,
		});
		await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
	});
});

describe('files', () => {
	it.each(['/', '/app.js', '/missing.js', '/media/x'])('sends every security header with %s', async (path) => {
		const { headers } = await ask({ path });
		expect(headers['content-security-policy']).toBe(contentSecurityPolicy);
		expect(headers).toMatchObject({
			'x-content-type-options': 'nosniff',
			'referrer-policy': 'no-referrer',
			'cross-origin-opener-policy': 'same-origin',
			'cross-origin-resource-policy': 'same-origin',
			'cache-control': 'no-store',
		});
	});

	it('survives requests for missing files', async () => {
		for (let i = 0; i < 20; i += 1) expect((await ask({ path: `/missing-${i}` })).status).toBe(404);
		expect((await ask()).status).toBe(200);
	});

	it.each([
		'/../package.json',
		'/%2e%2e/package.json',
		'/..%2fpackage.json',
		'//etc/passwd',
		'/index.html/',
		'/%00',
		'/\\..\\x',
	])('has nothing at %s', async (path) => {
		expect([400, 404]).toContain((await ask({ path })).status);
	});

	it('answers HEAD without a body and refuses other methods', async () => {
		expect(await ask({ method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
		for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
			expect((await ask({ method })).status).toBe(405);
		}
	});

	it('drops garbage and lives on', async () => {
		const probe = connectSocket({ host: '127.0.0.1', port: server.port });
		probe.on('error', () => undefined);
		const closed = new Promise((resolve) => probe.on('close', resolve));
		probe.write('\x16\x03\x01 not http\r\n\r\n');
		await closed;
		expect((await ask()).status).toBe(200);
	});
});

describe('tickets', () => {
	it('exchanges a ticket once', async () => {
		const one = ticket();
		expect((await redeem(one)).status).toBe(200);
		expect((await redeem(one)).status).toBe(401);
	});

	it('refuses a ticket that is too old', async () => {
		const one = ticket();
		now += 60_000;
		expect((await redeem(one)).status).toBe(401);
	});

	it('refuses a wrong ticket', async () => {
		expect((await redeem('A'.repeat(32))).status).toBe(401);
	});

	it.each([
		['no origin', {}],
		['the origin null', { origin: 'null' }],
		['another site', { origin: 'https://evil.example' }],
		['another port', { origin: 'http://127.0.0.1:1' }],
		['a look-alike', { origin: 'http://127.0.0.1.evil.example' }],
	])('refuses %s, and the ticket stays good', async (_name, headers) => {
		const one = ticket();
		expect((await redeem(one, headers as Record<string, string>)).status).toBe(403);
		expect((await redeem(one)).status).toBe(200);
	});

	it.each(['', '{', '[]', '{"ticket":1}', JSON.stringify({ ticket: 'x'.repeat(4000) })])(
		'answers 400 to %j',
		async (body) => {
			const answer = await ask({ method: 'POST', path: '/session', headers: { origin: origin() }, body });
			expect(answer.status).toBe(400);
		},
	);
});

describe('control route', () => {
	const open = (headers: Record<string, string>): Promise<Answer> =>
		ask({ method: 'POST', path: '/control/open', headers });

	it('gives the owner of the profile a new address', async () => {
		const answer = await open({ authorization: `Bearer ${server.controlToken}` });
		const { url } = JSON.parse(answer.body) as { url: string };
		expect(url.startsWith(`${origin()}/#t=`)).toBe(true);
		expect((await redeem(url.split('#t=')[1] ?? '')).status).toBe(200);
	});

	it('refuses everybody else, and browsers in any case', async () => {
		expect((await open({})).status).toBe(401);
		expect((await open({ authorization: `Bearer ${'A'.repeat(32)}` })).status).toBe(401);
		expect((await open({ authorization: `Bearer ${server.controlToken}`, origin: origin() })).status).toBe(403);
	});
});

describe('files of the user', () => {
	const upload = (headers: Record<string, string>, body = 'content'): Promise<Answer> =>
		ask({ method: 'POST', path: '/upload', headers, body });

	it('are taken in with a session from our own page, and can be read back', async () => {
		const headers = { authorization: `Bearer ${await session()}`, origin: origin() };
		const { id, size } = JSON.parse((await upload(headers)).body) as { id: string; size: number };
		expect(size).toBe(7);
		const back = await ask({ path: `/media/${id}`, headers: { authorization: headers.authorization } });
		expect(back).toMatchObject({ status: 200, body: 'content' });
		expect(back.headers['content-type']).toBe('application/octet-stream');
		expect(back.headers['content-disposition']).toBe('attachment');
	});

	it('are refused without a session, and from other pages', async () => {
		expect((await upload({ origin: origin() })).status).toBe(401);
		const authorization = `Bearer ${await session()}`;
		expect((await upload({ authorization })).status).toBe(403);
		expect((await upload({ authorization, origin: 'https://evil.example' })).status).toBe(403);
	});
});

describe('media', () => {
	it('needs a session', async () => {
		expect((await ask({ path: `/media/${mediaId}` })).status).toBe(401);
		const headers = { authorization: `Bearer ${await session()}` };
		const answer = await ask({ path: `/media/${mediaId}`, headers });
		expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
	});

	it.each(['../secrets.json', 'zz', mediaId.toUpperCase(), `${mediaId}/..`])(
		'has nothing for the id %s',
		async (id) => {
			const headers = { authorization: `Bearer ${await session()}` };
			expect((await ask({ path: `/media/${id}`, headers })).status).toBe(404);
		},
	);
});

describe('socket', () => {
	it('relays frames both ways, as they are', async () => {
		const one = await connected();
		const message = new Promise((resolve) => one.on('message', (data: Buffer) => resolve(data.toString())));
		clients[0]?.deliver('{"t":"pong","n":1}');
		expect(await message).toBe('{"t":"pong","n":1}');
		one.send('{"t":"ping","n":1}');
		await vi.waitFor(() => expect(received).toEqual(['{"t":"ping","n":1}']));
		one.close();
		await vi.waitFor(() => expect(engine.closed).toHaveBeenCalledTimes(1));
	});

	it('closes when the engine is done with the client', async () => {
		const one = await connected();
		const code = closeCode(one);
		clients[0]?.close();
		expect(await code).toBe(1001);
	});

	it.each([
		['no origin', { origin: undefined }],
		['another site', { origin: 'https://evil.example' }],
		['another port', { origin: 'http://127.0.0.1:1' }],
		['a rebound name', { host: 'evil.example', origin: 'http://evil.example' }],
		['another path', { path: '/other' }],
	])('refuses the upgrade from %s', async (_name, options) => {
		expect(await outcome(socket(options as Parameters<typeof socket>[0]))).toBe('refused');
	});

	it('refuses a session that it did not give', async () => {
		const one = socket();
		await outcome(one);
		const code = closeCode(one);
		one.send(JSON.stringify({ session: 'A'.repeat(32) }));
		expect(await code).toBe(4401);
		expect(clients).toEqual([]);
	});

	it('does not accept the ticket in place of the session', async () => {
		const one = socket();
		await outcome(one);
		const code = closeCode(one);
		one.send(JSON.stringify({ session: ticket() }));
		expect(await code).toBe(4401);
	});

	it.each(['hello', '{}', '[]', '{"session":1}'])('refuses %j as the first message', async (text) => {
		const one = socket();
		await outcome(one);
		const code = closeCode(one);
		one.send(text);
		expect(await code).toBe(4400);
	});

	it('gives up on a client that says nothing', async () => {
		const one = socket();
		await outcome(one);
		expect(await closeCode(one)).toBe(4401);
	});

	it('refuses binary frames', async () => {
		const one = await connected();
		const code = closeCode(one);
		one.send(Buffer.from([1, 2, 3]));
		expect(await code).toBe(4400);
	});

	it('cuts off a message larger than any frame', async () => {
		const one = await connected();
		const code = closeCode(one);
		one.send('x'.repeat(9 * 1024 * 1024));
		expect([1006, 1009]).toContain(await code);
		await vi.waitFor(() => expect(engine.closed).toHaveBeenCalled());
		expect((await ask()).status).toBe(200);
	});

	it('stops the engine for a slow reader and lets it go on afterwards', async () => {
		const one = await connected();
		one.pause();
		const chunk = 'x'.repeat(1024 * 1024);
		// The kernel takes some megabytes first.
		for (let i = 0; i < 12 && engine.setFull.mock.calls.length === 0; i += 1) clients[0]?.deliver(chunk);
		await vi.waitFor(() => expect(engine.setFull).toHaveBeenCalledWith(true));
		one.resume();
		await vi.waitFor(() => expect(engine.setFull).toHaveBeenLastCalledWith(false));
	});

	it('cuts off a reader that never reads', async () => {
		const one = await connected();
		one.pause();
		const chunk = 'x'.repeat(1024 * 1024);
		for (let i = 0; i < 40; i += 1) clients[0]?.deliver(chunk);
		await vi.waitFor(() => expect(engine.closed).toHaveBeenCalledTimes(1));
	});
});
