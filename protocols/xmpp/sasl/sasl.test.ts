import { describe, expect, it } from 'vitest';
import { ChatException } from '../../model/errors.ts';
import { chooseMechanism } from './choose.ts';
import { hashedToken } from './hashed-token.ts';
import { plainMechanism } from './plain.ts';
import { saslPrep } from './saslprep.ts';
import { scram } from './scram.ts';

const text = (data: Buffer | null): string => data?.toString('utf8') ?? '';
const code = (run: () => unknown): string => {
	try {
		run();
		return 'fine';
	} catch (error) {
		return error instanceof ChatException ? error.error.code : String(error);
	}
};

describe('SCRAM vectors', () => {
	it.each([
		{
			hash: 'sha1',
			nonce: 'fyko+d2lbbFgONRv9qkxdawL',
			first: 'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
			challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
			final: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
			server: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
		},
		{
			hash: 'sha256',
			nonce: 'rOprNGfwEbeRWgbNEkqO',
			first: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
			challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
			final:
				'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
			server: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
		},
	] as const)('RFC 5802 / RFC 7677 with $hash', async ({ hash, nonce, first, challenge, final, server }) => {
		const exchange = scram({
			hash,
			nonce,
			credentials: { username: 'user', password: 'pencil' },
			binding: null,
			bindingUnoffered: false,
		});
		expect(text(exchange.initial())).toBe(first);
		expect(text(await exchange.respond(Buffer.from(challenge)))).toBe(final);
		exchange.finish(Buffer.from(server));
	});

	const started = async (): Promise<ReturnType<typeof scram>> => {
		const exchange = scram({
			hash: 'sha1',
			nonce: 'abc',
			credentials: { username: 'a=,b', password: 'x' },
			binding: null,
			bindingUnoffered: true,
		});
		expect(text(exchange.initial())).toBe('y,,n=a=3D=2Cb,r=abc');
		await exchange.respond(Buffer.from('r=abcdef,s=QSXCR+Q6sek8bf92,i=4096'));
		return exchange;
	};
	it('refuses a server that cannot prove itself, skips the proof, or proves something else', async () => {
		for (const data of [null, Buffer.alloc(0), Buffer.from('v=AAAA'), Buffer.from('garbage')]) {
			const exchange = await started();
			expect(code(() => exchange.finish(data))).toBe('auth-server-unverified');
		}
		const refused = await started();
		expect(code(() => refused.finish(Buffer.from('e=invalid-proof')))).toBe('auth-failed');
	});

	it.each([
		['a nonce that is not ours', 'r=xyz,s=QSXC,i=4096'],
		['our nonce without the server part', 'r=abc,s=QSXC,i=4096'],
		['no salt', 'r=abcd,s=,i=4096'],
		['too few iterations', 'r=abcd,s=QSXC,i=1'],
		['iterations to burn our processor', 'r=abcd,s=QSXC,i=4000000000'],
		['not a number', 'r=abcd,s=QSXC,i=x'],
		['a mandatory extension', 'm=x,r=abcd,s=QSXC,i=4096'],
		['nothing', ''],
	])('refuses %s', async (_, challenge) => {
		const exchange = scram({
			hash: 'sha1',
			nonce: 'abc',
			credentials: { username: 'a', password: 'x' },
			binding: null,
			bindingUnoffered: false,
		});
		await expect(exchange.respond(Buffer.from(challenge))).rejects.toMatchObject({
			error: { code: 'auth-server-unverified' },
		});
	});
});

describe('chooseMechanism', () => {
	const offer = (
		mechanisms: string,
		canBind = true,
		bindingTypes: string[] | null = ['tls-exporter'],
	): Parameters<typeof chooseMechanism>[0] => ({ mechanisms: mechanisms.split(' '), canBind, bindingTypes });
	it.each([
		['SCRAM-SHA-1 SCRAM-SHA-256 PLAIN', 'sha256', false],
		['SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-512', 'sha1', true],
		['PLAIN SCRAM-SHA-512-PLUS SCRAM-SHA-512', 'sha512', true],
	])('%s', (mechanisms, hash, plus) =>
		expect(chooseMechanism(offer(mechanisms), null).choice).toMatchObject({ kind: 'scram', hash, plus }),
	);

	it('binds only where both sides can', () => {
		expect(chooseMechanism(offer('SCRAM-SHA-1-PLUS SCRAM-SHA-1', false), null).choice).toMatchObject({
			plus: false,
			bindingUnoffered: false,
		});
		expect(chooseMechanism(offer('SCRAM-SHA-1-PLUS SCRAM-SHA-1', true, ['tls-unique']), null).choice).toMatchObject({
			plus: false,
			bindingUnoffered: false,
		});
		expect(chooseMechanism(offer('SCRAM-SHA-1'), null).choice).toMatchObject({ plus: false, bindingUnoffered: true });
	});

	it('takes PLAIN only where nothing better was ever seen', () => {
		const first = chooseMechanism(offer('PLAIN'), null);
		expect(first.choice.kind).toBe('plain');
		expect(chooseMechanism(offer('PLAIN'), first.memory).choice.kind).toBe('plain');
		const strong = chooseMechanism(offer('SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN'), first.memory).memory;
		for (const weaker of ['PLAIN', 'SCRAM-SHA-1-PLUS PLAIN', 'SCRAM-SHA-256 PLAIN'])
			expect(code(() => chooseMechanism(offer(weaker), strong))).toBe('auth-downgrade');
	});

	it('has a word for nothing usable', () =>
		expect(code(() => chooseMechanism(offer('GSSAPI X-OAUTH2'), null))).toBe('auth-mechanism-missing'));
});

describe('other mechanisms', () => {
	it('PLAIN carries any characters', () =>
		expect(text(plainMechanism({ username: 'jürgen', password: 'pä☃' }).initial())).toBe('\0jürgen\0pä☃'));

	it('hashed tokens prove both sides', () => {
		const exchange = hashedToken({ mechanism: 'HT-SHA-256-NONE', token: 'secret', expiry: 0 }, 'alice', null);
		expect(exchange.initial()?.subarray(0, 6).toString()).toBe('alice\0');
		expect(code(() => exchange.finish(null))).toBe('auth-server-unverified');
		expect(code(() => exchange.finish(Buffer.alloc(32)))).toBe('auth-server-unverified');
		expect(code(() => hashedToken({ mechanism: 'HT-SHA-256-EXPR', token: 's', expiry: 0 }, 'a', null))).toBe(
			'auth-failed',
		);
	});

	it('SASLprep maps and refuses (RFC 4013 section 3)', () => {
		expect(saslPrep('I\u00adX')).toBe('IX');
		expect(saslPrep('\u00aa')).toBe('a');
		expect(saslPrep('\u2168')).toBe('IX');
		expect(code(() => saslPrep('\u0007'))).toBe('bad-input');
	});
});
