/** What may go wrong between the first byte and the welcome, and that it always ends in a typed error. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Scene, scene } from './testing/harness.ts';
import type { ScriptedLink } from './testing/scripted-server.ts';

let now: Scene;
afterEach(() => now.close());

const login = { account: 'alice', insecurePassword: true };
const password = { password: 'hunter2secret' };

const toLs = async (link: ScriptedLink): Promise<void> => void (await link.until(/^CAP LS 302/));
const toReq = async (link: ScriptedLink): Promise<void> => {
	await toLs(link);
	link.send(':s CAP * LS :sasl=PLAIN message-tags');
	await link.until(/^CAP REQ/);
};
const toAuth = async (link: ScriptedLink): Promise<void> => {
	await toReq(link);
	for (const line of link.lines.filter((entry) => entry.startsWith('CAP REQ')))
		link.send(`:s CAP * ACK ${line.slice(8)}`);
	await link.until(/^AUTHENTICATE PLAIN/);
};
const toWelcome = async (link: ScriptedLink): Promise<void> => {
	await toAuth(link);
	link.send('AUTHENTICATE +');
	await link.until(/^AUTHENTICATE .{10}/);
	link.send(':s 900 alice alice!a@b alice :ok', ':s 903 alice :ok');
	await link.until(/^CAP END/);
	link.send(':s 001 alice :Welcome');
};

describe('a server that closes', () => {
	it.each([
		['at once', async () => undefined],
		['after CAP LS', toLs],
		['after its capabilities', toReq],
		['while authenticating', toAuth],
		['after the welcome', toWelcome],
	] as const)('%s is a typed error, politely or by reset', async (_when, play) => {
		for (const how of ['end', 'cut'] as const) {
			now = await scene(login, password);
			const { link, end } = await now.connect();
			await play(link);
			link[how]();
			expect(await end).toMatchObject({
				kind: 'failed',
				error: {
					code: expect.stringMatching(/^connection-(closed|lost)$/) as string,
					retry: expect.stringMatching(/now|later/) as string,
				},
			});
			for (const line of now.context.logLines) expect(line.text).not.toContain('hunter2');
			if (how === 'end') await now.close();
		}
	});
});

describe('a server that refuses', () => {
	it.each([
		[':s 464 alice :Password incorrect', 'auth-failed', 'check-password'],
		[':s 465 alice :You are banned from this server', 'banned', 'contact-admin'],
		['ERROR :Closing Link: 1.2.3.4 (K-Lined)', 'banned', 'contact-admin'],
		['ERROR :Closing Link: evil.banned.host (Too many connections from your IP)', 'rate-limited', 'wait'],
		['ERROR :Trying to reconnect too fast.', 'rate-limited', 'wait'],
		['ERROR :Closing Link: a (Bad Password)', 'auth-failed', 'check-password'],
		['ERROR :Closing Link: a (SASL access is required)', 'auth-failed', 'check-password'],
		['ERROR :Server shutting down', 'connection-closed', 'wait'],
		[':s 432 alice alice :Erroneous nickname', 'name-invalid', 'choose-name'],
	])('%j is %s', async (line, code, userAction) => {
		now = await scene();
		const { link, end } = await now.connect();
		await toLs(link);
		link.send(line);
		if (!line.startsWith(':s 4') || line.includes(' 465 ')) link.end();
		expect(await end).toMatchObject({ kind: 'failed', error: { code, userAction } });
	});

	it('SASL: 904 is a wrong password, with a question to the user', async () => {
		now = await scene(login, password);
		const { link, end } = await now.connect();
		await toAuth(link);
		link.send('AUTHENTICATE +');
		await link.until(/^AUTHENTICATE .{10}/);
		link.send(':s 904 alice :SASL authentication failed');
		expect(await end).toMatchObject({ kind: 'failed', error: { code: 'auth-failed', retry: 'never' } });
		expect(now.context.of('decision-needed')[0]?.question.kind).toBe('login');
		const answer = { kind: 'login', secret: 'better' } as const;
		const decision = now.context.of('decision-needed')[0]?.id;
		if (decision === undefined) throw new Error('no decision');
		expect((await now.adapter.perform({ type: 'answer-decision', decision, answer })).kind).toBe('accepted');
		expect(now.remains.secrets.get('password')).toBe('better');
	});

	it('every nick: tries others, then asks', async () => {
		now = await scene();
		const { link, end } = await now.connect();
		await toLs(link);
		const tried = ['alice'];
		link.send(':s 433 * alice :in use');
		for (let count = 0; count < 4; count++) {
			tried.push((await link.until(/^NICK (?!alice$)/)).slice(5));
			link.send(`:s 433 * ${tried.at(-1) ?? ''} :in use`);
		}
		expect(new Set(tried).size).toBe(5);
		expect(await end).toMatchObject({ kind: 'failed', error: { code: 'name-in-use', userAction: 'choose-name' } });
		const asked = now.context.of('decision-needed')[0];
		expect(asked?.question).toMatchObject({ kind: 'name-in-use', name: 'alice' });
		if (asked === undefined) return;
		await now.adapter.perform({
			type: 'answer-decision',
			decision: asked.id,
			answer: { kind: 'name-in-use', name: 'alicia' },
		});
		expect(now.remains.settings['nick']).toBe('alicia');
	});
});

describe('secrets', () => {
	it('PLAIN is not used on an unencrypted link unless allowed', async () => {
		now = await scene({ account: 'alice' }, password);
		const { link, end } = await now.connect();
		await toReq(link);
		for (const line of link.lines.filter((entry) => entry.startsWith('CAP REQ')))
			link.send(`:s CAP * ACK ${line.slice(8)}`);
		expect(await end).toMatchObject({ kind: 'failed', error: { code: 'tls-required', userAction: 'use-tls' } });
		expect(link.lines.some((line) => line.startsWith('AUTHENTICATE'))).toBe(false);
	});

	it('PASS waits for the wish for TLS, and never leaves when there is one', async () => {
		now = await scene({}, { 'server-password': 'hunter2secret' });
		const { link, end } = await now.connect();
		await toLs(link);
		expect(link.lines).toEqual(['CAP LS 302']);
		link.send(':s CAP * LS :sts=port=1 sasl=PLAIN');
		expect(await end).toMatchObject({ kind: 'failed', error: { source: 'network' } });
		await link.whenClosed();
		expect(link.lines).toEqual(['CAP LS 302']);
		expect(now.server.accepted).toBe(1);
	});

	it('PASS goes out before NICK when the server has no such wish', async () => {
		now = await scene({}, { 'server-password': 'hunter2secret' });
		const { link } = await now.connect();
		await link.welcome('alice', ['message-tags']);
		await now.context.online();
		expect(link.lines.indexOf('PASS hunter2secret')).toBeLessThan(link.lines.indexOf('NICK alice'));
		expect(link.lines).toContain('PASS hunter2secret');
		for (const line of now.context.logLines) expect(line.text).not.toContain('hunter2');
	});

	it('a server that once had SCRAM gets no password by weaker means', async () => {
		now = await scene(login, password);
		now.remains.kv.set('saw-scram', new Uint8Array([1]));
		const { link, end } = await now.connect();
		await toReq(link);
		for (const line of link.lines.filter((entry) => entry.startsWith('CAP REQ')))
			link.send(`:s CAP * ACK ${line.slice(8)}`);
		expect(await end).toMatchObject({ kind: 'failed', error: { code: 'auth-downgrade' } });
		expect(link.lines.join()).not.toContain('AUTHENTICATE');
	});

	it('NickServ is the last resort, before any channel is joined', async () => {
		now = await scene({ ...login, autojoin: ['#first'] }, password);
		const { link } = await now.connect();
		await link.welcome('alice', []);
		await link.until(/^PRIVMSG NickServ :IDENTIFY alice hunter2secret$/);
		expect(link.lines.some((line) => line.startsWith('JOIN'))).toBe(false);
		link.send(':NickServ!s@services NOTICE alice :Password accepted - you are now recognized.');
		await link.until(/^JOIN #first/);
		await now.context.online();
		expect(now.context.of('security').at(-1)?.security.auth).toBe('NickServ');
		for (const line of now.context.logLines) expect(line.text).not.toContain('hunter2');
	});

	it('a refusal by NickServ is a wrong password', async () => {
		now = await scene(login, password);
		const { link, end } = await now.connect();
		await link.welcome('alice', []);
		await link.until(/IDENTIFY/);
		link.send(':NickServ!s@services NOTICE alice :Invalid password for alice.');
		expect(await end).toMatchObject({ kind: 'failed', error: { code: 'auth-failed' } });
	});
});

describe('capabilities', () => {
	it('a refused request is narrowed down until only the culprit is off', async () => {
		now = await scene();
		const { link } = await now.connect();
		await toLs(link);
		link.send(
			':s CAP * LS * :message-tags server-time batch',
			':s CAP * LS * :echo-message=x labeled-response',
			':s CAP * LS :away-notify draft/read-marker',
		);
		let line = await link.until(/^CAP (REQ|END)/);
		const granted: string[] = [];
		while (line.startsWith('CAP REQ')) {
			const names = line.replace(/^CAP REQ :?/, '').split(' ');
			const refused = names.includes('echo-message');
			if (!refused) granted.push(...names);
			link.send(`:s CAP * ${refused ? 'NAK' : 'ACK'} :${names.join(' ')}`);
			line = await link.until(/^CAP (REQ|END)/);
		}
		expect(granted.sort()).toEqual([
			'away-notify',
			'batch',
			'draft/read-marker',
			'labeled-response',
			'message-tags',
			'server-time',
		]);
	});

	it('thousands of offered capabilities are survived', async () => {
		now = await scene();
		const { link } = await now.connect();
		await toLs(link);
		for (let index = 0; index < 2000; index++) link.send(`:s CAP * LS * :vendor.test/cap-${index}=${'v'.repeat(300)}`);
		link.send(':s CAP * LS :batch');
		expect(await link.until(/^CAP (?:END|REQ)/)).toBeDefined();
	});

	it('a server without capabilities registers all the same', async () => {
		now = await scene();
		const { link } = await now.connect();
		await link.until(/^USER/);
		link.send(':s 421 alice CAP :Unknown command', ':s 001 alice :Welcome', ':s 376 alice :End');
		await now.context.online();
		expect(link.lines.some((line) => line.startsWith('CAP END'))).toBe(false);
	});

	it('cap-notify: NEW is taken up, DEL is let go, removals in ACK are believed', async () => {
		now = await scene();
		const { link } = await now.online(['cap-notify', 'message-tags']);
		link.send(
			':s CAP alice NEW :draft/read-marker unknown.test/x',
			':alice!a@b JOIN #a',
			':s 353 alice = #a :@alice',
			':s 366 alice #a :end',
		);
		expect(await link.until(/^CAP REQ/)).toBe('CAP REQ draft/read-marker');
		link.send(':s CAP alice ACK :draft/read-marker');
		await now.context.waitFor('read markers on', () =>
			now.context
				.of('conversation-upsert')
				.some((event) => event.conversation.capabilities?.readMarkerSync.level === 'full'),
		);
		const from = now.context.events.length;
		link.send(':s CAP alice DEL :draft/read-marker');
		await now.context.waitFor('read markers off', () =>
			now.context.events
				.slice(from)
				.some(
					(event) =>
						event.type === 'conversation-upsert' &&
						event.conversation.capabilities?.readMarkerSync.level === 'rejected',
				),
		);
	});
});

describe('services that come back', () => {
	it('log us in by SASL in mid-session; a refusal is told and ends nothing', async () => {
		now = await scene({ account: 'alice', insecurePassword: true }, password);
		const { link } = await now.connect();
		await link.welcome('alice', ['cap-notify']);
		await link.until(/IDENTIFY/);
		link.send(':s 401 alice NickServ :No such nick');
		await now.context.online();
		for (const [verdict, answer] of [
			['904', 'refused'],
			['903', 'accepted'],
		] as const) {
			link.send(':s CAP alice NEW :sasl=PLAIN');
			if (verdict === '904') {
				await link.until(/^CAP REQ sasl$/);
				link.send(':s CAP alice ACK :sasl');
			}
			await link.until(/^AUTHENTICATE PLAIN$/);
			link.send('AUTHENTICATE +');
			await link.until(/^AUTHENTICATE .{10}/);
			link.send(`:s ${verdict} alice :${answer}`);
			if (verdict === '904') {
				await now.context.event('server-text', (event) => event.text === 'refused' && event.level === 'error');
				link.send(':s CAP alice DEL :sasl');
				link.send(':s CAP alice NEW :sasl=PLAIN');
				await link.until(/^CAP REQ sasl$/);
				link.send(':s CAP alice ACK :sasl');
			}
		}
		await now.context.event('security', (event) => event.security.auth === 'PLAIN');
	});
});

describe('nick', () => {
	it('is taken back when its holder leaves', async () => {
		now = await scene();
		const { link } = await now.connect();
		await link.until(/^CAP LS/);
		link.send(':s CAP * LS :', ':s 433 * alice :in use');
		await link.until(/^NICK alice_/);
		link.send(':s 001 alice_ :Welcome', ':s 376 alice_ :End');
		await now.context.online();
		expect(now.context.of('self').at(-1)?.name).toBe('alice_');
		link.send(':alice!x@y QUIT :bye');
		await link.until(/^NICK alice$/);
		link.send(':alice_!a@b NICK :alice');
		await now.context.event('self', (event) => event.name === 'alice');
	});
});
