import { expect, test } from 'vitest';
import { linkLimits, namedLinks } from './named-links.ts';

test.each([
	['none', 'no link here', []],
	['a sentence around it', 'see https://example.org/a, please.', ['https://example.org/a']],
	['the same twice', 'https://example.org https://EXAMPLE.org/', ['https://example.org/']],
	['other schemes', 'javascript:alert(1) file:///etc/passwd ftp://example.org/', []],
	['a password', 'https://bank.example@evil.example/', []],
	['a direction sign ends it', 'https://example.org/a\u202egnp', ['https://example.org/a']],
	['too long', `https://example.org/${'a'.repeat(linkLimits.url)}`, []],
])('%s', (_, body, links) => expect(namedLinks(body)).toEqual(links));

test('no more than a message may show', () => {
	const body = Array.from({ length: 9 }, (_, at) => `https://example.org/${String(at)}`).join(' ');
	expect(namedLinks(body)).toHaveLength(linkLimits.perMessage);
});
