import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Certs, createCerts } from '../../e2e/servers/certs.ts';
import { systemClock } from '../adapter/system.ts';
import { ChatException } from '../model/errors.ts';
import { FakeClock } from '../testkit/fake-clock.ts';
import type { Resolve } from './guarded-connection.ts';
import { WebClient, type WebOptions } from './web-client.ts';

const never = new AbortController().signal;
let dir: string;
let certs: Certs;
let server: Server;
let origin: string;
let connections = 0;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), 'parley-web-'));
	certs = await createCerts(dir);
	server = createServer({ cert: certs.server.chain, key: certs.server.key }, (request, response) =>
		answer(request, response),
	);
	server.on('connection', () => connections++);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	origin = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
	server.closeAllConnections();
	await new Promise((done) => server.close(done));
	await rm(dir, { recursive: true });
});
beforeEach(() => {
	connections = 0;
	answer = (_, response) => response.end('hello');
});
afterEach(() => server.closeAllConnections());

const web = (over: Partial<WebOptions> = {}): WebClient =>
	new WebClient({ clock: systemClock, ca: [], own: { has: (o) => o === origin, ca: [certs.ca] }, ...over });
const get = (client: WebClient, url: string, maxBytes = 1000) => client.get(url, { signal: never, maxBytes });
const text = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
	let all = '';
	for await (const chunk of body) all += Buffer.from(chunk).toString();
	return all;
};
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
	work.then(
		() => 'no error',
		(thrown: unknown) => (thrown instanceof ChatException ? thrown.error.code : thrown),
	);
/** Every name means this machine. */
const toLoopback: Resolve = (_, options, done) =>
	options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

describe('the web client', () => {
	test('fetches from an own host, telling nothing but that it is Parley', async () => {
		let headers: IncomingMessage['headers'] = {};
		answer = (request, response) => {
			headers = request.headers;
			response.setHeader('content-type', 'Text/HTML; charset=utf-8').setHeader('set-cookie', 'a=b').end('hello');
		};
		const got = await get(web(), `${origin}/x#part`);
		expect(got).toMatchObject({ mime: 'text/html', size: 5 });
		expect(await text(got.body)).toBe('hello');
		expect(headers).toEqual({
			host: new URL(origin).host,
			connection: 'close',
			accept: '*/*',
			'accept-encoding': 'identity',
			'user-agent': 'Parley',
		});
	});

	test('an own certificate authority vouches for own hosts alone', async () => {
		expect(await codeOf(get(web({ own: { has: () => true, ca: [] } }), origin))).toBe('certificate-untrusted');
	});

	test.each(['localhost', '127.0.0.1', '[::1]', '2130706433', '[::ffff:127.0.0.1]'])(
		'does not even connect to this machine for a stranger: %s',
		async (host) => {
			const client = web({ own: { has: () => false, ca: [certs.ca] } });
			expect(await codeOf(get(client, origin.replace('localhost', host)))).toBe('not-allowed');
			expect(connections).toBe(0);
		},
	);

	test('a name that resolves into the local network is refused before a connection', async () => {
		const stranger = origin.replace('localhost', 'files.example.org');
		expect(await codeOf(get(web({ resolve: toLoopback }), stranger))).toBe('not-allowed');
		const mixed: Resolve = (_, _options, done) =>
			done(null, [
				{ address: '93.184.216.34', family: 4 },
				{ address: '127.0.0.1', family: 4 },
			]);
		expect(await codeOf(get(web({ resolve: mixed }), stranger))).toBe('not-allowed');
		expect(connections).toBe(0);
	});

	test('follows three redirects, not four', async () => {
		answer = ({ url }, response) => {
			const left = Number(url?.slice(1));
			if (left === 0) response.end('there');
			else response.writeHead(302, { location: `/${left - 1}` }).end();
		};
		const got = await get(web(), `${origin}/3`);
		expect(await text(got.body)).toBe('there');
		expect(got.url.pathname).toBe('/0');
		expect(await codeOf(get(web(), `${origin}/4`))).toBe('server-error');
	});

	test.each([
		['http', 'http://localhost/', 'bad-address'],
		['a file', 'file:///etc/passwd', 'bad-address'],
		['the local network', 'https://192.168.1.1/', 'not-allowed'],
		['a name without a dot', 'https://router/', 'not-allowed'],
		['credentials', 'https://a:b@example.org/', 'bad-address'],
		['nowhere', undefined, 'server-error'],
	])('a redirect to %s is not followed', async (_, location, code) => {
		answer = (_request, response) => response.writeHead(302, location === undefined ? {} : { location }).end();
		expect(await codeOf(get(web(), origin))).toBe(code);
		expect(connections).toBe(1);
	});

	test('a body longer than allowed, announced or not', async () => {
		answer = (_, response) => response.end('x'.repeat(2000));
		expect(await codeOf(get(web(), origin))).toBe('oversized');
		answer = (_, response) => {
			response.write('x'.repeat(1500));
			response.end('x');
		};
		const got = await get(web(), origin);
		expect(got.size).toBeNull();
		expect(await codeOf(text(got.body))).toBe('oversized');
	});

	test.each([
		['a compressed answer', { 'content-encoding': 'gzip' }, 200, 'server-error'],
		['a missing file', {}, 404, 'server-error'],
		['a forbidden one', {}, 403, 'not-allowed'],
		['part of one', {}, 206, 'server-error'],
		['endless headers', { 'x-long': 'x'.repeat(40_000) }, 200, 'oversized'],
	])('%s', async (_, headers, status, code) => {
		answer = (_request, response) => response.writeHead(status, headers).end('x');
		expect(await codeOf(get(web(), origin))).toBe(code);
	});

	test('a broken body and no web server at all', async () => {
		answer = (_, response) => {
			response.writeHead(200, { 'content-length': '100' });
			response.write('x', () => response.destroy());
		};
		const got = await get(web(), origin);
		expect(await codeOf(text(got.body))).toBe('connection-lost');
	});

	test('the caller cancels; time runs out', async () => {
		const asked = Promise.withResolvers<void>();
		answer = () => asked.resolve();
		const abort = new AbortController();
		const cancelled = codeOf(web().get(origin, { signal: abort.signal, maxBytes: 10 }));
		await asked.promise;
		abort.abort();
		expect(await cancelled).toBe('cancelled');

		const again = Promise.withResolvers<void>();
		answer = () => again.resolve();
		const clock = new FakeClock();
		const late = codeOf(web({ clock }).get(origin, { signal: never, maxBytes: 10, totalMs: 5000 }));
		await again.promise;
		await clock.advance(5000);
		expect(await late).toBe('timeout');
	});

	test('puts a body with its length, type and the headers it was given', async () => {
		let seen: unknown;
		answer = (request, response) => {
			void request.toArray().then((chunks) => {
				const { authorization, ...rest } = request.headers;
				seen = { method: request.method, type: rest['content-type'], length: rest['content-length'], authorization };
				response.writeHead(201).end(String(chunks.length));
			});
		};
		async function* body(): AsyncIterable<Uint8Array> {
			yield Buffer.from('ab');
			await Promise.resolve();
			yield Buffer.from('cd');
		}
		const upload = { signal: never, mime: 'image/png', size: 4, headers: [['Authorization', 'Bearer x']] as const };
		await web().put(`${origin}/slot`, { ...upload, body: body() });
		expect(seen).toEqual({ method: 'PUT', type: 'image/png', length: '4', authorization: 'Bearer x' });
		expect(await codeOf(web().put(`${origin}/slot`, { ...upload, size: 5, body: body() }))).not.toBe('no error');
		answer = (request, response) => void request.resume().on('end', () => response.writeHead(413).end());
		expect(await codeOf(web().put(`${origin}/slot`, { ...upload, body: body() }))).toBe('oversized');
		answer = (request, response) => void request.resume().on('end', () => response.writeHead(302).end());
		expect(await codeOf(web().put(`${origin}/slot`, { ...upload, body: body() }))).toBe('server-error');
	});
});
