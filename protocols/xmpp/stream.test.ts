import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certs, createCerts } from '../../e2e/servers/certs.ts';
import { ChatException, chatError } from '../model/errors.ts';
import { attr, el } from './stanza.ts';
import {
	features,
	header,
	mechanisms,
	open,
	proceed,
	type ScriptStep,
	scriptedServer,
	starttls,
	untilOnline,
	untilTls,
} from './testing/scripted-xmpp-server.ts';
import { streamUser, type StreamUserOptions } from './testing/stream-user.ts';

let dir = '';
let certs: Certs;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), 'parley-xmpp-'));
	certs = await createCerts(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const secret = 'hunter2-secret';
const nsSasl = 'urn:ietf:params:xml:ns:xmpp-sasl';

/** Plays a script against a login. @returns the typed refusal, and everything the client wrote */
async function attempt(
	steps: readonly ScriptStep[],
	over: Partial<StreamUserOptions> = {},
): Promise<{ code: string; plain: string; secure: string }> {
	await using server = await scriptedServer(steps, certs.server);
	const user = streamUser({
		jid: 'bob@xmpp.test',
		password: secret,
		host: '127.0.0.1',
		port: server.port,
		ca: [certs.ca],
		...over,
	});
	const code = await user.logIn().then(
		() => 'online',
		(error: unknown) => (error instanceof ChatException ? error.error.code : String(error)),
	);
	user.stream.fail(new ChatException(chatError('cancelled')));
	await user.ended;
	return { code, plain: server.plain.join(''), secure: server.secure.join('') };
}

describe('a server that does not encrypt gets nothing', () => {
	it.each([
		['offers no STARTTLS', [{ expect: open, reply: features(mechanisms('PLAIN', 'SCRAM-SHA-1')) }]],
		[
			'offers SASL2 in the clear',
			[
				{
					expect: open,
					reply: features("<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism></authentication>"),
				},
			],
		],
		[
			'refuses STARTTLS',
			[
				{ expect: open, reply: features(starttls) },
				{ expect: /<starttls[^>]*>/, reply: "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
			],
		],
		['says success instead of features', [{ expect: open, reply: `${header}<success xmlns='${nsSasl}'/>` }]],
	] as const)('%s', async (_, steps) => {
		const { code, plain } = await attempt(steps);
		expect(['tls-required', 'not-a-server']).toContain(code);
		expect(plain).not.toMatch(/<auth|initial-response|bob/);
		expect(plain).not.toContain(Buffer.from(secret).toString('base64').slice(0, 8));
	});

	it('input put behind <proceed/> by somebody in between has no effect', async () => {
		const injected = `${proceed}<stream:features>${mechanisms('PLAIN')}</stream:features><success xmlns='${nsSasl}'/>`;
		const { code, plain } = await attempt([
			{ expect: open, reply: features(starttls) },
			{ expect: /<starttls[^>]*>/, reply: injected },
			{ tls: true },
			{ expect: open, reply: features(mechanisms('X-NOTHING')) },
		]);
		// Bytes behind <proceed/> belong to TLS: either the handshake fails or they are dropped; never a login.
		expect(['auth-mechanism-missing', 'tls-failed']).toContain(code);
		expect(plain).not.toContain('<auth');
	});
});

describe('downgrade and impostors', () => {
	it('PLAIN alone after better was seen sends nothing', async () => {
		const { code, secure } = await attempt(untilTls(mechanisms('PLAIN')), {
			over: { saslMemory: { strength: 2, binding: true } },
		});
		expect(code).toBe('auth-downgrade');
		expect(secure).not.toContain('<auth');
	});

	it('a server that skips its proof is not believed', async () => {
		const { code } = await attempt([
			...untilTls(mechanisms('SCRAM-SHA-1')),
			{ expect: /<auth [^>]*>[^<]*<\/auth>/, reply: `<success xmlns='${nsSasl}'/>` },
		]);
		expect(code).toBe('auth-server-unverified');
	});

	it('a foreign address is not accepted as ours', async () => {
		const steps = untilOnline().slice(0, -1);
		const { code } = await attempt([
			...steps,
			{
				expect: /<iq [^>]*id="([^"]+)"[^>]*><bind/,
				reply: (m) =>
					`<iq type='result' id='${m[1] ?? ''}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>eve@xmpp.test/r</jid></bind></iq>`,
			},
		]);
		expect(code).toBe('protocol-violation');
	});

	it.each([
		['not-authorized', 'auth-failed'],
		['account-disabled', 'account-disabled'],
		['credentials-expired', 'session-expired'],
		['temporary-auth-failure', 'server-error'],
	])('failure %s is %s', async (condition, code) => {
		const steps: ScriptStep[] = [
			...untilTls(mechanisms('PLAIN')),
			{
				expect: /<auth [^>]*>[^<]*<\/auth>/,
				reply: `<failure xmlns='${nsSasl}'><${condition}/><text>words of the server</text></failure>`,
			},
		];
		expect((await attempt(steps)).code).toBe(code);
	});
});

describe('a server that goes away', () => {
	const script = untilOnline();
	it.each(Array.from({ length: script.length }, (_, step) => step))(
		'closes after step %i: a typed error, no hang',
		async (step) => {
			const { code } = await attempt([...script.slice(0, step), { close: true }]);
			expect(['connection-closed', 'connection-lost', 'tls-failed', 'online']).toContain(code);
			if (step < script.length - 1) expect(code).not.toBe('online');
		},
	);

	it.each([
		['host-unknown', 'bad-address'],
		['policy-violation', 'rate-limited'],
		['system-shutdown', 'connection-closed'],
		['conflict', 'connection-closed'],
		['not-well-formed', 'protocol-violation'],
	])('stream error %s is %s', async (condition, code) => {
		const error = `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`;
		expect((await attempt([{ expect: open, reply: header + error }])).code).toBe(code);
	});

	it.each([
		['not XML', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
		['broken XML', `${header}<stream:features></message>`],
		['deep nesting', `${header}${'<a>'.repeat(200)}`],
		['an endless stanza', `${header}<message>${'x'.repeat(3 * 1024 * 1024)}`],
		['an IRC server', ':irc.example NOTICE * :*** Looking up your hostname\r\n'],
	])('speaks %s', async (_, text) => {
		const { code } = await attempt([{ expect: open, reply: text }, { expect: 'never', reply: '' }, { close: true }], {
			clock: hasty(),
		});
		expect(['protocol-violation', 'oversized', 'timeout', 'connection-lost']).toContain(code);
	});
});

/** Time limits pass at once, so that a silent server does not hold up the test. */
function hasty(): NonNullable<StreamUserOptions['clock']> {
	return {
		now: () => 0,
		after(ms, run) {
			let on = true;
			const wait = (ticks: number): void =>
				void setImmediate(() => (on ? (ticks === 0 ? run() : wait(ticks - 1)) : undefined));
			if (ms > 10_000) wait(3000);
			return () => {
				on = false;
			};
		},
	};
}

describe('after login', () => {
	const online = async (
		after: string,
		check: (user: ReturnType<typeof streamUser>) => Promise<void>,
	): Promise<void> => {
		await using server = await scriptedServer([...untilOnline(after), { expect: 'never', reply: '' }], certs.server);
		const user = streamUser({
			jid: 'bob@xmpp.test',
			password: secret,
			host: '127.0.0.1',
			port: server.port,
			ca: [certs.ca],
		});
		// What follows in the same packet may already end the login.
		await user.logIn().catch(() => undefined);
		await check(user);
		user.stream.fail(new ChatException(chatError('cancelled')));
	};

	it('stanzas in the same packet as the login are delivered, in order', () =>
		online("<message id='1'/><message id='2'/>", async (user) => {
			await user.until(() => user.stanzas.length === 2);
			expect(user.stanzas.map((s) => attr(s, 'id'))).toEqual(['1', '2']);
		}));

	it('an invalid sender address or a hostile stanza does not end the connection', () =>
		online(
			"<message from='@@/\u00a0' id='1'/><iq type='result' id='guess' from='eve@evil.org'/><presence from='&lt;'/><message id='last'/>",
			async (user) => {
				await user.until(() => user.stanzas.some((s) => attr(s, 'id') === 'last'));
				expect(user.stream.over).toBe(false);
			},
		));

	it('broken XML ends it with a typed error', () =>
		online('<message></presence>', async (user) => {
			expect((await user.ended)?.error.code).toBe('protocol-violation');
			expect(user.stream.send(el('presence'))).toBe(false);
			await expect(
				user.stream.iq.get(el('ping', { xmlns: 'urn:xmpp:ping' }), { timeoutMs: 50 }),
			).rejects.toBeInstanceOf(ChatException);
		}));

	it('see-other-host is reported with its target, not followed blindly', () =>
		online(
			"<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example:5222</see-other-host></stream:error>",
			async (user) => {
				expect(await user.ended).toMatchObject({ target: 'evil.example:5222' });
			},
		));
});
