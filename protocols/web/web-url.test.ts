import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { hostOf, looksPublic, readWebUrl } from './web-url.ts';

const allowed = (text: string): boolean => {
	const url = readWebUrl(text);
	return url !== null && looksPublic(url);
};

describe('addresses of the web', () => {
	test.each([
		'https://example.org/a%20b?c=d',
		'https://example.org:8443/',
		'https://EXAMPLE.org',
		'https://münchen.example/',
		'https://8.8.8.8/',
		'https://[2606:4700:4700::1111]/',
		'https://upload.example.org:5281/share/x.png',
	])('%s', (text) => expect(allowed(text)).toBe(true));

	test.each([
		'http://example.org/',
		'ftp://example.org/',
		'file:///etc/passwd',
		'data:text/plain,x',
		'javascript:alert(1)',
		'aesgcm://example.org/x#key',
		'//example.org',
		'example.org',
		'',
		'https://',
		'https://user@example.org/',
		'https://:secret@example.org/',
		'https://localhost/',
		'https://LOCALHOST./',
		'https://a.localhost/',
		'https://intranet/',
		'https://printer.local/',
		'https://router.lan/',
		'https://x.home.arpa/',
		'https://127.0.0.1/',
		'https://127.1/',
		'https://2130706433/',
		'https://0x7f000001/',
		'https://0x7f.0.0.1/',
		'https://0177.0.0.1/',
		'https://0/',
		'https://１２７.0.0.1/',
		'https://127.0.0.1./',
		'https://192.168.1.1/',
		'https://169.254.169.254/latest/meta-data',
		'https://[::1]/',
		'https://[::ffff:127.0.0.1]/',
		'https://[::ffff:7f00:1]/',
		'https://[64:ff9b::a00:1]/',
		'https://[2002:7f00:1::]/',
		'https://[fe80::1]/',
		'https://[fd00::1]/',
		'https://example.org:22/',
		'https://example.org:25/',
		'https://example.org:465/',
		'https://example.org:6379/',
		'https://example.org:6667/',
		`https://example.org/${'a'.repeat(5000)}`,
	])('not: %s', (text) => expect(allowed(text)).toBe(false));

	test('every spelling of an IPv4 address is judged as the address it means', () => {
		const spell = [
			(n: number) => String(n),
			(n: number) => `0x${n.toString(16)}`,
			(n: number) => `0${n.toString(8)}`,
			(n: number) => [24, 16, 8, 0].map((bits) => `0x${((n >>> bits) & 255).toString(16)}`).join('.'),
			(n: number) => `${n >>> 24}.${n & 0xff_ffff}`,
		];
		fc.assert(
			fc.property(fc.nat(0xffff_ffff), fc.constantFrom(...spell), (number, write) => {
				const dotted = [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.');
				const url = readWebUrl(`https://${write(number)}/`);
				expect(url === null ? null : hostOf(url)).toBe(dotted);
				expect(url !== null && looksPublic(url)).toBe(isPublicAddress(dotted));
			}),
		);
	});
});
