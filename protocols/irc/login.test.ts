/** The add-account form: what it asks, what it checks while typing, and what each failure says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginSession, LoginStep } from '../adapter/login.ts';
import { systemClock, systemRandom } from '../adapter/system.ts';
import { ircFactory } from './index.ts';
import { parseAddress, readSettings } from './settings.ts';
import { ScriptedServer } from './testing/scripted-server.ts';

const log: string[] = [];
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const context = {
	clock: systemClock,
	random: systemRandom,
	log: { ...quiet, wire: (_direction: string, line: string) => void log.push(line) },
	extraCa: [],
	client: { name: 'Parley', version: 'test' },
	progress: () => undefined,
};
const never = new AbortController().signal;

let server: ScriptedServer;
let session: LoginSession;
beforeEach(async () => {
	server = await new ScriptedServer().start();
	session = ircFactory.startLogin('login', context);
	log.length = 0;
});
afterEach(async () => {
	session.close();
	await server.stop();
});

const values = (over: Record<string, string> = {}): Record<string, string> => ({
	address: `127.0.0.1:${server.port}`,
	nick: 'alice',
	tls: 'false',
	...over,
});
const fieldError = (step: LoginStep, id: string) =>
	step.kind === 'input' ? step.fields.find((field) => field.id === id)?.error : null;

describe('addresses', () => {
	it.each([
		['irc.libera.chat', { host: 'irc.libera.chat', port: null, tls: null }],
		[' IRC.Example:6667 ', { host: 'irc.example', port: 6667, tls: null }],
		['irc.example:+7000', { host: 'irc.example', port: 7000, tls: true }],
		['ircs://irc.example', { host: 'irc.example', port: null, tls: true }],
		['irc://irc.example:6667/', { host: 'irc.example', port: 6667, tls: false }],
		['[::1]:6697', { host: '::1', port: 6697, tls: null }],
		['2001:db8::1', { host: '2001:db8::1', port: null, tls: null }],
		['irc.example.', { host: 'irc.example', port: null, tls: null }],
		['bücher.example', { host: 'bücher.example', port: null, tls: null }],
	])('%j', (text, parsed) => {
		expect(parseAddress(text)).toEqual(parsed);
	});

	it.each([
		'',
		' ',
		'a b',
		'irc.example:0',
		'irc.example:99999',
		'irc.example:x',
		'http://irc.example',
		'a@b',
		'-x',
		'a/b',
		'a\r\nQUIT',
	])('%j is refused', (text) => {
		expect(parseAddress(text)).toMatchObject({ code: 'bad-address' });
	});
});

describe('the form', () => {
	it('asks for address and nick first, folds the rest, never shows a password again', async () => {
		const step = session.begin();
		if (step.kind !== 'input') throw new Error('no form');
		expect(step.fields.filter((field) => field.required).map((field) => field.id)).toEqual(['address', 'nick']);
		expect(step.fields.filter((field) => !field.advanced).map((field) => field.id)).toEqual([
			'address',
			'nick',
			'account',
			'password',
			'channels',
		]);
		const again = await session.submit(values({ nick: 'bad nick', password: 'hunter2' }), never);
		expect(fieldError(again, 'nick')).toMatchObject({ code: 'name-invalid' });
		expect(JSON.stringify(again)).not.toContain('hunter2');
		expect(server.accepted).toBe(0);
	});

	it.each([
		['nick', '1abc', 'name-invalid'],
		['nick', 'a b', 'name-invalid'],
		['address', 'not an address', 'bad-address'],
		['account', 'a b', 'bad-input'],
		['ca', 'not pem', 'bad-input'],
		['address', 'surely-not-there.invalid', 'host-unknown'],
	])('while typing: %s %j is %s', async (field, value, code) => {
		// Without a resolver nobody can tell; with one the name does not exist.
		const error = await session.validate(field, value, AbortSignal.timeout(4000));
		if (code === 'host-unknown' && error === null) return;
		expect(error).toMatchObject({ code });
	});

	it('accepts an address it cannot judge', async () => {
		expect(await session.validate('address', '127.0.0.1:6697', never)).toBeNull();
		expect(await session.validate('nick', 'al[i]ce', never)).toBeNull();
	});
});

describe('the trial', () => {
	it('registers, learns the network, leaves, and hands over checked settings', async () => {
		const done = session.submit(
			values({ account: 'alice', password: 'hunter2secret', insecurePassword: 'true', channels: 'parley, #help' }),
			never,
		);
		const link = await server.next();
		await link.until(/^CAP LS/);
		link.send(':s CAP * LS :sasl=PLAIN');
		await link.until(/^CAP REQ sasl|^CAP REQ :.*sasl/);
		link.send(':s CAP * ACK :sasl');
		await link.until(/^AUTHENTICATE PLAIN/);
		link.send('AUTHENTICATE +');
		await link.until(/^AUTHENTICATE /);
		link.send(':s 903 alice :ok');
		await link.until(/^CAP END/);
		link.send(':s 001 alice :Welcome', ':s 005 alice NETWORK=Scripted :are supported', ':s 376 alice :End');
		const step = await done;
		if (step.kind !== 'done') throw new Error(JSON.stringify(step));
		expect(step.account).toMatchObject({
			address: 'alice@127.0.0.1',
			label: 'Scripted',
			secrets: { password: 'hunter2secret' },
		});
		expect(readSettings(step.account.settings)).toMatchObject({
			host: '127.0.0.1',
			port: server.port,
			account: 'alice',
			autojoin: ['#parley', '#help'],
			network: 'Scripted',
		});
		expect(JSON.stringify(step.account.settings)).not.toContain('hunter2');
		expect(log.join()).not.toContain('hunter2');
		await link.until(/^QUIT/);
	});

	it.each([
		['password', ':s 904 alice :failed', 'auth-failed', { account: 'alice', password: 'x', insecurePassword: 'true' }],
		['nick', ':s 433 * alice :in use', 'name-in-use', {}],
		['nick', ':s 432 * alice :no', 'name-invalid', {}],
		['serverPassword', ':s 464 alice :Password incorrect', 'auth-failed', { serverPassword: 'x' }],
	])('marks %s after %j as %s', async (field, answer, code, over) => {
		const done = session.submit(values(over), never);
		const link = await server.next();
		await link.until(/^CAP LS/);
		if (code === 'auth-failed' && field === 'password') {
			link.send(':s CAP * LS :sasl=PLAIN');
			await link.until(/^CAP REQ/);
			link.send(':s CAP * ACK :sasl');
			await link.until(/^AUTHENTICATE PLAIN/);
			link.send(answer);
		} else if (code === 'name-in-use') {
			link.send(':s CAP * LS :', answer);
			await link.until(/^NICK alice_/);
			link.send(':s 001 alice_ :Welcome');
		} else link.send(':s CAP * LS :', answer);
		const step = await done;
		expect(fieldError(step, field)).toMatchObject({ code });
	});

	it('a closed port marks the address; banned and a silent close stand above the form', async () => {
		const closed = await session.submit(values({ address: '127.0.0.1:1' }), never);
		expect(fieldError(closed, 'address')).toMatchObject({ code: 'connection-refused' });
		for (const [words, code] of [
			['ERROR :Closing Link: (G-Lined)', 'banned'],
			['', 'connection-closed'],
		] as const) {
			const done = session.submit(values(), never);
			const link = await server.next();
			await link.until(/^CAP LS/);
			if (words !== '') link.send(words);
			link.end();
			expect(await done).toMatchObject({ kind: 'input', error: { code } });
		}
	});

	it('refuses a password in clear unless allowed', async () => {
		const done = session.submit(values({ account: 'alice', password: 'hunter2secret' }), never);
		const link = await server.next();
		await link.until(/^CAP LS/);
		link.send(':s CAP * LS :sasl=PLAIN');
		await link.until(/^CAP REQ/);
		link.send(':s CAP * ACK :sasl');
		expect(await done).toMatchObject({ kind: 'input', error: { code: 'tls-required', userAction: 'use-tls' } });
		expect(link.lines.join()).not.toContain('AUTHENTICATE');
	});

	it('stops when the form is closed', async () => {
		const done = session.submit(values(), never);
		const link = await server.next();
		await link.until(/^CAP LS/);
		session.close();
		expect(await done).toMatchObject({ kind: 'input', error: { code: 'cancelled' } });
		await link.whenClosed();
	});
});
