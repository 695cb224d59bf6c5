import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../adapter/system.ts';
import { FakeClock } from '../testkit/fake-clock.ts';
import { toChatError } from '../model/errors.ts';
import { HomeserverHttp, httpLimits } from './http.ts';
import { pause, retryLimits, withRetry } from './retry.ts';
import { MatrixHttpError } from './errors.ts';

const servers: Server[] = [];
const clients: HomeserverHttp[] = [];
afterEach(() => {
	for (const client of clients.splice(0)) client.close();
	for (const server of servers.splice(0)) server.close();
});

async function serve(answer: RequestListener): Promise<string> {
	const server = createServer(answer);
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const lines: string[] = [];
function client(baseUrl: string): HomeserverHttp {
	const quiet = (): void => undefined;
	const http = new HomeserverHttp({
		baseUrl,
		tls: { extraCa: [], pinned: null },
		clock: systemClock,
		log: { debug: quiet, info: quiet, warn: quiet, error: quiet, wire: (_direction, line) => void lines.push(line) },
		userAgent: 'Parley/1',
		tokens: { access: 'the-secret', refresh: null },
	});
	clients.push(http);
	return http;
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
	work.then(
		() => 'fine',
		(thrown: unknown) => toChatError(thrown).code,
	);

describe('the transport', () => {
	test('sends the token to the homeserver only, never in a URL, never into the log', async () => {
		const seen: string[] = [];
		const url = await serve((request, response) => {
			seen.push(`${request.url} ${request.headers.authorization} ${request.headers['user-agent']}`);
			response.end('{}');
		});
		const http = client(url);
		await http.request('GET', '/a', { query: { x: 1 } });
		await http.request('GET', '/b', { anonymous: true });
		expect(seen).toEqual(['/a?x=1 Bearer the-secret Parley/1', '/b undefined Parley/1']);
		const other = await serve((_request, response) => void response.end('{}'));
		expect(await codeOf(http.sdkFetch(`${other}/steal`))).toBe('protocol-violation');
		expect(lines.join('\n')).not.toContain('the-secret');
	});

	test('follows no redirect', async () => {
		const asked: string[] = [];
		const other = await serve((request, response) => {
			asked.push(request.url ?? '');
			response.end('{}');
		});
		const url = await serve((_request, response) => {
			response.writeHead(307, { location: `${other}/steal` });
			response.end();
		});
		expect(await codeOf(client(url).request('GET', '/x'))).toBe('protocol-violation');
		expect((await client(url).sdkFetch(`${url}/x`)).ok).toBe(false);
		expect(asked).toEqual([]);
	});

	test('refuses an answer that is too large, also one that only unpacks to that', async () => {
		const url = await serve((request, response) => {
			const body = Buffer.alloc(httpLimits.maxBody + 10, 0x20);
			if (request.url === '/bomb') {
				response.writeHead(200, { 'content-encoding': 'gzip' });
				response.end(gzipSync(body));
			} else response.end(body);
		});
		expect(await codeOf(client(url).request('GET', '/plain'))).toBe('oversized');
		expect(await codeOf(client(url).request('GET', '/bomb'))).toBe('oversized');
	});

	test('gives up on a server that never answers', async () => {
		const url = await serve(() => undefined);
		const http = client(url);
		expect(await codeOf(http.request('GET', '/x', { timeoutMs: 50 }))).toBe('timeout');
		expect(http.lastFailure?.code).toBe('timeout');
	});

	test('an aborted request is cancelled, not lost', async () => {
		const url = await serve(() => undefined);
		const abort = new AbortController();
		const work = codeOf(client(url).request('GET', '/x', { signal: abort.signal }));
		abort.abort();
		expect(await work).toBe('cancelled');
	});

	test('error answers that are no JSON stay typed, for the SDK too', async () => {
		const url = await serve((_request, response) => {
			response.writeHead(502, { 'content-type': 'application/json' });
			response.end('<html>');
		});
		const http = client(url);
		expect(await codeOf(http.request('GET', '/x'))).toBe('server-error');
		const answer = await http.sdkFetch(`${url}/x`);
		expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/plain']);
	});
});

describe('rate limits', () => {
	const limited = (ms: number): MatrixHttpError =>
		new MatrixHttpError(429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: ms }, null);

	test.each([
		[{ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1500 }, null, 1500],
		[{ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1500 }, '3', 3000],
		[{ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: -5 }, null, 2000],
		[{ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 'soon' }, 'Tue, 01 Jan', 2000],
		[{ errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 1e12 }, null, 3_600_000],
		[{}, '99999999999999', 2000],
	])('%j with Retry-After %s waits %i ms', (body, header, ms) => {
		expect(new MatrixHttpError(429, body, header).error).toMatchObject({
			code: 'rate-limited',
			retry: 'after',
			retryAfterMs: ms,
		});
	});

	test('are waited out by the clock, a bounded number of times', async () => {
		const clock = new FakeClock();
		let tries = 0;
		const work = withRetry(clock, new AbortController().signal, () => {
			tries++;
			return Promise.reject(limited(1000));
		});
		const code = codeOf(work);
		await clock.advance(999);
		expect(tries).toBe(1);
		await clock.advance(10_000);
		expect([tries, await code, clock.pending]).toEqual([retryLimits.maxTries, 'rate-limited', 0]);
	});

	test('that are long, and other errors, go back at once', async () => {
		const clock = new FakeClock();
		const { signal } = new AbortController();
		expect(await codeOf(withRetry(clock, signal, () => Promise.reject(limited(60_000))))).toBe('rate-limited');
		expect(
			await codeOf(
				withRetry(clock, signal, () => Promise.reject(new MatrixHttpError(403, { errcode: 'M_FORBIDDEN' }, null))),
			),
		).toBe('not-allowed');
		expect(clock.pending).toBe(0);
	});

	test('a pause ends with its signal and leaves no timer', async () => {
		const clock = new FakeClock();
		const abort = new AbortController();
		const waiting = pause(clock, 60_000, abort.signal);
		abort.abort();
		await waiting;
		expect(clock.pending).toBe(0);
	});
});
