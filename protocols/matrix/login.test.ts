import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createPlainServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Certs, createCerts } from '../../e2e/servers/certs.ts';
import type { LoginContext, LoginStep } from '../adapter/login.ts';
import { systemClock, systemRandom } from '../adapter/system.ts';
import { toChatError } from '../model/errors.ts';
import { parseAddress, readWellKnown } from './discovery.ts';
import { matrixFactory } from './index.ts';
import { closedPort } from './testing/closed-port.ts';
import { MiniHomeserver } from './testing/mini-homeserver.ts';

const lines: string[] = [];
const context = (extraCa: readonly string[] = []): LoginContext => ({
	clock: systemClock,
	random: systemRandom,
	log: {
		debug: () => undefined,
		info: () => undefined,
		warn: () => undefined,
		error: () => undefined,
		wire: (_direction, line) => void lines.push(line),
	},
	extraCa,
	client: { name: 'Parley', version: '1' },
	progress: () => undefined,
});
const never = new AbortController().signal;

describe('addresses', () => {
	test.each([
		['@bob:example.org', { user: 'bob', serverName: 'example.org', baseUrl: null }],
		[' @bob:example.org:8448 ', { user: 'bob', serverName: 'example.org:8448', baseUrl: null }],
		['Example.org', { user: null, serverName: 'example.org', baseUrl: null }],
		['https://matrix.example.org/', { user: null, serverName: null, baseUrl: 'https://matrix.example.org' }],
		['https://example.org/matrix/', { user: null, serverName: null, baseUrl: 'https://example.org/matrix' }],
		['http://127.0.0.1:8008', { user: null, serverName: null, baseUrl: 'http://127.0.0.1:8008' }],
	])('%s', (text, expected) => expect(parseAddress(text)).toEqual(expected));

	test.each([
		['', 'bad-address'],
		['@bob', 'bad-address'],
		['bob@example.org', 'bad-address'],
		['@bob:exa mple', 'bad-address'],
		['@bob:example.org/path', 'bad-address'],
		['file:///etc/passwd', 'bad-address'],
		['https://user:pw@example.org', 'bad-address'],
		['javascript://x', 'bad-address'],
		['http://example.org', 'tls-required'],
		['a\u0000b', 'bad-address'],
	])('%j is refused as %s', (text, code) => {
		expect(() => parseAddress(text)).toThrow(
			expect.objectContaining({ error: expect.objectContaining({ code }) as unknown }) as Error,
		);
	});
});

describe('steps', () => {
	let server: MiniHomeserver;
	beforeEach(async () => {
		server = await new MiniHomeserver().start();
		server.addUser('bob', 'right');
	});
	afterEach(() => server.stop());

	const run = async (flow: string, ...answers: Record<string, string>[]): Promise<LoginStep> => {
		const session = matrixFactory.startLogin(flow, context());
		let step = session.begin();
		for (const answer of answers) step = await session.submit(answer, never);
		session.close();
		return step;
	};
	const errorOf = (step: LoginStep): unknown =>
		step.kind === 'input' ? (step.error ?? step.fields.find((field) => field.error !== null)?.error) : null;
	const at = (): Record<string, string> => ({ address: '@bob:mini.test', homeserver: server.url });

	test('the homeserver may be given by hand', async () => {
		const step = await run('password', at(), { user: '@bob:mini.test', password: 'right' });
		expect(step).toMatchObject({
			kind: 'done',
			account: { address: '@bob:mini.test', settings: { homeserver: server.url, userId: '@bob:mini.test', pin: null } },
		});
		const asked = server.requests.find(({ method, path: where }) => method === 'POST' && where.endsWith('/login'));
		expect(asked?.body).not.toHaveProperty('refresh_token');
		if (step.kind !== 'done') return;
		expect(lines.join('\n')).not.toContain(step.account.secrets['token']);
		expect(JSON.stringify(step.account.settings)).not.toContain(step.account.secrets['token']);
	});

	test('the address fills in the user; a URL leaves it to the user', async () => {
		const filled = await run('password', at());
		expect(filled).toMatchObject({
			id: 'credentials',
			fields: [{ id: 'user', value: '@bob:mini.test' }, { id: 'password' }],
		});
		const open = await run('password', { address: server.url, homeserver: '' });
		expect(open).toMatchObject({ id: 'credentials', fields: [{ id: 'user', value: '' }, { id: 'password' }] });
	});

	test('a wrong password is told on its field, and may be tried again', async () => {
		const session = matrixFactory.startLogin('password', context());
		await session.submit(at(), never);
		const wrong = await session.submit({ user: 'bob', password: 'wrong' }, never);
		expect(wrong).toMatchObject({
			id: 'credentials',
			fields: [{ value: 'bob' }, { error: { code: 'auth-failed', userAction: 'check-password' } }],
		});
		expect(await session.submit({ user: 'bob', password: 'right' }, never)).toMatchObject({ kind: 'done' });
		session.close();
	});

	test.each<[number, object, string, object]>([
		[403, { errcode: 'M_USER_DEACTIVATED' }, 'account-disabled', {}],
		[429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 7000 }, 'rate-limited', { retryAfterMs: 7000 }],
		[500, {}, 'server-error', {}],
		[200, { user_id: 5 }, 'protocol-violation', {}],
	])('login answered with %i %j', async (status, body, code, more) => {
		server.fault('POST', /\/login$/, { kind: 'answer', status, body });
		expect(errorOf(await run('password', at(), { user: 'bob', password: 'x' }))).toMatchObject({ code, ...more });
	});

	test('nothing there, no Matrix there, no password login', async () => {
		expect(
			errorOf(await run('password', { address: `http://127.0.0.1:${await closedPort()}`, homeserver: '' })),
		).toMatchObject({ code: 'connection-refused', source: 'network' });
		expect(errorOf(await run('password', { address: '@bob:does-not-exist.invalid', homeserver: '' }))).toMatchObject({
			code: 'host-unknown',
			params: { host: 'does-not-exist.invalid' },
		});
		expect(errorOf(await run('password', { address: 'http://127.0.0.1:1', homeserver: '' }))).toMatchObject({
			code: 'bad-address',
		});
		const web = createPlainServer((_request, response) => void response.end('<h1>It works</h1>'));
		await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
		expect(
			errorOf(
				await run('password', { address: `http://127.0.0.1:${(web.address() as AddressInfo).port}`, homeserver: '' }),
			),
		).toMatchObject({ code: 'not-a-server' });
		web.close();
		server.loginFlows = ['m.login.sso'];
		expect(errorOf(await run('password', at()))).toMatchObject({
			code: 'web-login-only',
			detail: 'm.login.sso',
		});
		server.loginFlows = ['m.login.token'];
		expect(errorOf(await run('password', at()))).toMatchObject({ code: 'auth-mechanism-missing' });
		const metadata = { kind: 'answer', status: 200, body: { issuer: 'https://auth.example.org/' } } as const;
		server.fault('GET', /auth_metadata$/, metadata);
		expect(errorOf(await run('password', at()))).toMatchObject({ code: 'web-login-only' });
	});

	test('validation while typing', async () => {
		const session = matrixFactory.startLogin('password', context());
		expect(await session.validate('address', '@bob', never)).toMatchObject({ code: 'bad-address' });
		expect(await session.validate('address', server.url, never)).toBeNull();
		expect(await session.validate('address', `http://127.0.0.1:${await closedPort()}`, never)).toMatchObject({
			code: 'connection-refused',
		});
		expect(await session.validate('homeserver', 'ftp://x', never)).toMatchObject({ code: 'bad-address' });
		expect(await session.validate('password', 'anything', never)).toBeNull();
		session.close();
	});

	test('an account can be created', async () => {
		const step = await run(
			'register',
			{ address: server.url, homeserver: '' },
			{ user: 'carol', password: 'long enough' },
		);
		expect(step).toMatchObject({ kind: 'done', account: { address: '@carol:mini.test' } });
		expect(
			errorOf(await run('register', { address: server.url, homeserver: '' }, { user: 'bob', password: 'x' })),
		).toMatchObject({ code: 'name-in-use' });
	});

	test('stages that need a browser are named, a registration token is asked for', async () => {
		server.registrationStages = ['m.login.recaptcha'];
		expect(
			errorOf(await run('register', { address: server.url, homeserver: '' }, { user: 'dave', password: 'x' })),
		).toMatchObject({ code: 'registration-refused', detail: 'm.login.recaptcha' });
		server.registrationStages = ['m.login.registration_token'];
		const step = await run('register', { address: server.url, homeserver: '' }, { user: 'dave', password: 'x' });
		expect(step).toMatchObject({ fields: [{ id: 'user' }, { id: 'password' }, { id: 'token' }] });
	});
});

describe('over TLS', () => {
	let dir: string;
	let certs: Certs;
	const servers: Server[] = [];
	beforeAll(async () => {
		dir = await mkdtemp(path.join(tmpdir(), 'parley-matrix-'));
		certs = await createCerts(dir);
	});
	afterEach(() => {
		for (const server of servers.splice(0)) server.close();
	});
	afterAll(() => rm(dir, { recursive: true, force: true }));

	const serve = async (
		credential: { readonly certificate: string; readonly key: string },
		answer: (url: string) => { status?: number; body?: string; location?: string },
	): Promise<string> => {
		const server = createServer({ cert: credential.certificate, key: credential.key }, (request, response) => {
			const { status = 200, body = '', location } = answer(request.url ?? '');
			response.writeHead(status, location === undefined ? {} : { location });
			response.end(body);
		});
		servers.push(server);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return `https://localhost:${(server.address() as AddressInfo).port}`;
	};
	const read = (url: string): Promise<string | null> =>
		readWellKnown(`${url}/.well-known/matrix/client`, { extraCa: [certs.ca], pinned: null }, context(), never);
	const code = (url: string): Promise<unknown> =>
		read(url).then(
			(found) => found,
			(thrown: unknown) => toChatError(thrown).code,
		);

	test.each<[string, (self: string) => { status?: number; body?: string; location?: string }, unknown]>([
		[
			'names the homeserver',
			() => ({ body: '{"m.homeserver":{"base_url":"https://hs.example.org/"}}' }),
			'https://hs.example.org',
		],
		['is missing', () => ({ status: 404 }), null],
		['is no JSON', () => ({ body: '<html>' }), 'not-a-server'],
		['has no homeserver', () => ({ body: '{}' }), 'not-a-server'],
		['names plain HTTP', () => ({ body: '{"m.homeserver":{"base_url":"http://hs.example.org"}}' }), 'not-a-server'],
		['names no URL', () => ({ body: '{"m.homeserver":{"base_url":{"a":1}}}' }), 'not-a-server'],
		['is huge', () => ({ body: 'x'.repeat(200_000) }), 'oversized'],
		['redirects for ever', () => ({ status: 302, location: '/.well-known/matrix/client' }), 'not-a-server'],
		['redirects to plain HTTP', () => ({ status: 302, location: 'http://localhost/x' }), 'not-a-server'],
		['fails', () => ({ status: 503 }), 'not-a-server'],
	])('.well-known that %s', async (_name, answer, expected) => {
		expect(await code(await serve(certs.server, answer))).toEqual(expected);
	});

	test('a redirect is followed', async () => {
		const url = await serve(certs.server, (where) =>
			where === '/final'
				? { body: '{"m.homeserver":{"base_url":"https://hs.example.org"}}' }
				: { status: 301, location: '/final' },
		);
		expect(await code(url)).toBe('https://hs.example.org');
	});

	const matrixAnswers = (url: string): { status?: number; body?: string } =>
		url.endsWith('/versions')
			? { body: '{"versions":["v1.11"]}' }
			: url.endsWith('/login')
				? { body: '{"flows":[{"type":"m.login.password"}],"user_id":"@a:b","device_id":"D","access_token":"t"}' }
				: { status: 404, body: '{}' };

	test.each([
		['expired', 'certificate-expired', 'expired'],
		['selfSigned', 'certificate-untrusted', 'untrusted'],
		['wrongName', 'certificate-wrong-host', 'wrong-host'],
	] as const)(
		'%s certificate is asked about; refusing ends there, accepting pins it',
		async (which, errorCode, problem) => {
			const url = await serve(certs[which], matrixAnswers);
			const session = matrixFactory.startLogin('password', context([certs.ca]));
			session.begin();
			const question = await session.submit({ address: url, homeserver: '' }, never);
			expect(question).toMatchObject({
				kind: 'question',
				question: { kind: 'certificate', host: 'localhost', problem },
			});
			const refused = await session.submit({ accept: 'false' }, never);
			expect(refused).toMatchObject({ id: 'address', error: { code: errorCode, userAction: 'review-certificate' } });
			await session.submit({ address: url, homeserver: '' }, never);
			expect(await session.submit({ accept: 'true' }, never)).toMatchObject({ id: 'credentials' });
			const done = await session.submit({ user: 'a', password: 'p' }, never);
			expect(done.kind === 'done' && String(done.account.settings['pin']).replaceAll(':', '').toLowerCase()).toBe(
				certs[which].fingerprint.replaceAll(':', '').toLowerCase(),
			);
			session.close();
		},
	);

	test("an authority of the account's own is enough, and is kept; a damaged one is told on its field", async () => {
		const url = await serve(certs.server, matrixAnswers);
		const session = matrixFactory.startLogin('password', context());
		expect(await session.submit({ address: url, homeserver: '', ca: 'not a certificate' }, never)).toMatchObject({
			id: 'address',
			fields: [{}, {}, { id: 'ca', error: { code: 'bad-input' } }],
		});
		expect(await session.submit({ address: url, homeserver: '', ca: certs.ca }, never)).toMatchObject({
			id: 'credentials',
		});
		const done = await session.submit({ user: 'a', password: 'p' }, never);
		expect(done).toMatchObject({ kind: 'done', account: { settings: { ca: certs.ca.trim(), pin: null } } });
		session.close();
	});
});
