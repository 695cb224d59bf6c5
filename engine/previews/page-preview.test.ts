import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePage, pageLimits, readPagePreview } from './page-preview.ts';

const page = 'https://example.org/news/today';
const read = (head: string): ReturnType<typeof readPagePreview> =>
	readPagePreview(
		`<!doctype html><html><head>${head}</head><body><meta property="og:title" content="body"></body>`,
		page,
	);
const meta = (name: string, content: string, key = 'property'): string =>
	`<meta ${key}="${name}" content="${content}">`;

describe('the words', () => {
	test.each([
		[
			'Open Graph before Twitter before HTML',
			`<title>c</title>${meta('twitter:title', 'b', 'name')}${meta('og:title', 'a')}`,
			'a',
		],
		['Twitter before HTML', `<title>c</title>${meta('twitter:title', 'b', 'name')}`, 'b'],
		['the title of the page', '<title>One &amp; two</title>', 'One & two'],
		['the first of several', `${meta('og:title', 'first')}${meta('og:title', 'second')}`, 'first'],
		['an empty one is no answer', `${meta('og:title', '  ')}<title>real</title>`, 'real'],
		['white space and direction signs', '<title>\n a \u202e b\t</title>', 'a b'],
		['names in any case', '<META PROPERTY="OG:Title" CONTENT="loud">', 'loud'],
		['markup in a title is text', '<title><b>x</b></title>', '<b>x</b>'],
	])('%s', (_, head, title) => expect(read(head)?.title).toBe(title));

	test('description and name of the site', () => {
		const head = `<title>t</title>${meta('description', 'plain', 'name')}${meta('og:description', 'better')}${meta('og:site_name', 'Example')}`;
		expect(read(head)).toEqual({ title: 't', description: 'better', siteName: 'Example', imageUrl: null });
	});

	test('are cut where a card ends', () => {
		const long = 'x'.repeat(10_000);
		const found = read(`${meta('og:title', long)}${meta('og:description', long)}${meta('og:site_name', long)}`);
		expect(found?.title).toHaveLength(pageLimits.title);
		expect(found?.description).toHaveLength(pageLimits.description);
		expect(found?.siteName).toHaveLength(pageLimits.siteName);
	});

	test('a page without a title has no card', () => expect(read(meta('og:description', 'only'))).toBeNull());

	test('what stands in the body counts for nothing', () => {
		expect(readPagePreview(`<p>hello</p><title>late</title>${meta('og:title', 'late')}`, page)).toBeNull();
	});

	test('reading ends after a bounded beginning', () => {
		expect(read(`${' '.repeat(pageLimits.head)}<title>far</title>`)).toBeNull();
	});
});

describe('the picture', () => {
	const imageOf = (content: string, more = ''): string | null | undefined =>
		read(`${more}<title>t</title>${meta('og:image', content)}`)?.imageUrl;
	test.each([
		['absolute', 'https://cdn.example.org/a.png', 'https://cdn.example.org/a.png'],
		['relative to the page', '../a.png', 'https://example.org/a.png'],
		['without a scheme', '//cdn.example.org/a.png', 'https://cdn.example.org/a.png'],
		['readable on the way', 'http://example.org/a.png', null],
		['a script', 'javascript:alert(1)', null],
		['data', 'data:image/png;base64,AAAA', null],
		['a file', 'file:///etc/passwd', null],
		['with a password', 'https://u:p@example.org/a.png', null],
		['too long', `https://example.org/${'a'.repeat(pageLimits.url)}`, null],
		['no address at all', 'https://', null],
	])('%s', (_, content, expected) => expect(imageOf(content)).toBe(expected));

	test('starts at the base that the page names', () => {
		expect(imageOf('a.png', '<base href="https://static.example.org/x/">')).toBe('https://static.example.org/x/a.png');
		expect(imageOf('a.png', '<base href="http://static.example.org/x/">')).toBeNull();
	});
});

test('any bytes are read without an exception, within the limits', () => {
	const pieces = fc.constantFrom(
		'<title>',
		'</title>',
		'<meta property="og:title" content="',
		'">',
		'<head>',
		'&#x0;',
		'\u202e',
		'<base href="',
	);
	fc.assert(
		fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 30 }), (parts) => {
			const found = readPagePreview(parts.join(''), page);
			if (found === null) return;
			expect(found.title.length).toBeLessThanOrEqual(pageLimits.title);
			expect(found.title).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/u);
		}),
	);
});

describe('the encoding', () => {
	const latin = Uint8Array.from([0x3c, 0x74, 0x69, 0x74, 0x6c, 0x65, 0x3e, 0xe9]);
	test.each([
		['from the header', 'text/html; charset=ISO-8859-1', latin, '<title>é'],
		['quoted', 'text/html; charset="windows-1252"', latin, '<title>é'],
		['UTF-8 where nothing is said', 'text/html', new TextEncoder().encode('é'), 'é'],
		['an unknown one is passed over', 'text/html; charset=klingon', new TextEncoder().encode('é'), 'é'],
	])('%s', (_, type, bytes, expected) => expect(decodePage(bytes, type)).toBe(expected));

	test('from the page', () => {
		const head = new TextEncoder().encode('<meta charset="iso-8859-1">');
		expect(decodePage(Uint8Array.from([...head, 0xe9]), null)).toMatch(/é$/);
	});
});
