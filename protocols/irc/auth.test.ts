import { describe, expect, it } from 'vitest';
import { chatError } from '../model/errors.ts';
import { chooseMechanism, SaslExchange, type SaslOptions } from './sasl.ts';
import { Scram, ScramError, scramLimits } from './scram.ts';
import { parseSts, StsStore } from './sts.ts';

describe('SCRAM-SHA-256', () => {
	// RFC 7677 section 3.
	const first = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
	const client = () => new Scram('user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');

	it('follows the example of RFC 7677', () => {
		const scram = client();
		expect(scram.first()).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
		expect(scram.final(first)).toBe(
			'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
		);
		scram.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
		expect(scram.verified).toBe(true);
	});

	it.each([
		['a foreign nonce', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'unverified'],
		['a nonce not extended', 'r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', 'unverified'],
		['few iterations', first.replace('4096', String(scramLimits.minIterations - 1)), 'weak'],
		['too many iterations', first.replace('4096', '999999999'), 'weak'],
		['no number', first.replace('4096', 'x'), 'malformed'],
		['no salt', first.replace(/s=[^,]+,/, ''), 'malformed'],
		['a mandatory extension', `m=x,${first}`, 'malformed'],
		['an error', 'e=unknown-user', 'refused'],
		['nothing', '', 'malformed'],
	] as const)('refuses %s', (_what, message, failure) => {
		expect(() => client().final(message)).toThrow(expect.objectContaining({ failure }) as ScramError);
	});

	it('refuses a wrong server signature', () => {
		const scram = client();
		scram.final(first);
		expect(() => scram.verify(`v=${Buffer.alloc(32).toString('base64')}`)).toThrow(ScramError);
		expect(scram.verified).toBe(false);
	});

	it('escapes names', () => {
		expect(new Scram('a,b=c', 'x', 'n').first()).toBe('n,,n=a=2Cb=3Dc,r=n');
	});
});

const options: SaslOptions = {
	account: 'alice',
	password: 'secret',
	hasCertificate: false,
	mayShowPassword: true,
	mechanism: null,
	sawScram: false,
	nonce: 'nonce',
};

describe('chooseMechanism', () => {
	it.each([
		['PLAIN,SCRAM-SHA-256', {}, 'SCRAM-SHA-256'],
		['PLAIN,EXTERNAL', { hasCertificate: true }, 'EXTERNAL'],
		['PLAIN', {}, 'PLAIN'],
		['', {}, 'PLAIN'],
		['', { mayShowPassword: false }, 'SCRAM-SHA-256'],
		['SCRAM-SHA-256', { mayShowPassword: false }, 'SCRAM-SHA-256'],
		['plain', {}, 'PLAIN'],
		['PLAIN,SCRAM-SHA-256', { mechanism: 'PLAIN' }, 'PLAIN'],
	] as const)('offer %j with %j: %s', (offer, over, mechanism) => {
		expect(chooseMechanism(offer, { ...options, ...over })).toEqual({ mechanism });
	});

	it.each([
		['PLAIN', { mayShowPassword: false }, 'tls-required'],
		['PLAIN', { sawScram: true }, 'auth-downgrade'],
		['ECDSA-NIST256P-CHALLENGE', {}, 'auth-mechanism-missing'],
		['PLAIN', { mechanism: 'SCRAM-SHA-256' }, 'auth-mechanism-missing'],
		['PLAIN', { mechanism: 'PLAIN', mayShowPassword: false }, 'tls-required'],
		['EXTERNAL', { mechanism: 'EXTERNAL' }, 'auth-mechanism-missing'],
	] as const)('offer %j with %j fails as %s', (offer, over, code) => {
		expect(chooseMechanism(offer, { ...options, ...over })).toMatchObject({ error: { code } });
	});
});

describe('SaslExchange', () => {
	const line = (command: string, ...params: string[]) => ({
		tags: new Map<string, string>(),
		source: null,
		command,
		params,
	});
	const start = (mechanism: 'PLAIN' | 'EXTERNAL' | 'SCRAM-SHA-256', over: Partial<SaslOptions> = {}) => {
		const written: string[] = [];
		const exchange = new SaslExchange(mechanism, { ...options, ...over }, (text) => written.push(text));
		exchange.start();
		return { exchange, written };
	};

	it('splits long answers at 400 bytes and marks an exact end', () => {
		const { exchange, written } = start('PLAIN', { account: 'a', password: 'x'.repeat(300 - 4) });
		exchange.handle(line('AUTHENTICATE', '+'));
		expect(written.slice(1).map((text) => text.length)).toEqual([400, 1]);
		expect(written.at(-1)).toBe('+');
		expect(Buffer.from(written[1] ?? '', 'base64').toString()).toBe(`a\0a\0${'x'.repeat(296)}`);
	});

	it('sends no password when the server sends nonsense in SCRAM', () => {
		const { exchange, written } = start('SCRAM-SHA-256');
		exchange.handle(line('AUTHENTICATE', '+'));
		const outcome = exchange.handle(line('AUTHENTICATE', Buffer.from('r=evil,s=AA==,i=4096').toString('base64')));
		expect(outcome).toEqual({ kind: 'failed', error: expect.objectContaining({ code: 'auth-server-unverified' }) });
		expect(written.at(-1)).toBe('*');
		expect(written.join()).not.toContain(Buffer.from('secret').toString('base64').slice(0, 6));
	});

	it('does not believe a success without the server signature', () => {
		const { exchange } = start('SCRAM-SHA-256');
		exchange.handle(line('AUTHENTICATE', '+'));
		expect(exchange.handle(line('903', 'alice', 'ok'))).toMatchObject({
			kind: 'failed',
			error: { code: 'auth-server-unverified' },
		});
	});

	it.each([
		['904', 'auth-failed'],
		['905', 'auth-failed'],
		['906', 'auth-failed'],
		['902', 'account-disabled'],
	])('%s is %s', (numeric, code) => {
		expect(start('PLAIN').exchange.handle(line(numeric, 'alice', 'words'))).toEqual({
			kind: 'failed',
			error: chatError(code as 'auth-failed', 'words'),
		});
	});

	it('gives up on an endless challenge', () => {
		const { exchange } = start('SCRAM-SHA-256');
		let outcome = exchange.handle(line('AUTHENTICATE', 'A'.repeat(400)));
		for (let index = 0; index < 40 && outcome.kind === 'more'; index++)
			outcome = exchange.handle(line('AUTHENTICATE', 'A'.repeat(400)));
		expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'protocol-violation' } });
	});
});

describe('STS', () => {
	it.each([
		['port=6697', { port: 6697, duration: null }],
		['duration=300,port=6697,preload', { port: 6697, duration: 300 }],
		['port=0', { port: null, duration: null }],
		['port=99999,duration=x', { port: null, duration: null }],
		['', { port: null, duration: null }],
	])('reads %j', (value, parsed) => {
		expect(parseSts(value)).toEqual(parsed);
	});

	it('remembers a policy until it ends, and forgets it at duration 0', async () => {
		const kv = new Map<string, Uint8Array>();
		const store = new StsStore({
			get: (key) => Promise.resolve(kv.get(key) ?? null),
			list: () => Promise.resolve([]),
			set: (entries) => {
				for (const { key, value } of entries) {
					if (value === null) kv.delete(key);
					else kv.set(key, value);
				}
				return Promise.resolve();
			},
		});
		await store.set('IRC.test', 6697, 300, 1000);
		expect(await store.get('irc.TEST', 300_000)).toMatchObject({ port: 6697 });
		expect(await store.get('irc.test', 302_000)).toBeNull();
		await store.set('irc.test', 6697, 0, 1000);
		expect(kv.size).toBe(0);
	});
});
