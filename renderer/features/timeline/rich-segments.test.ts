import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMarkdown } from '../../../protocols/model/markdown.ts';
import { plain, richText } from '../../../protocols/model/rich-text.ts';
import { blocksOf, isBigEmoji, runsOf } from './rich-segments.ts';
import { safeLink } from './safe-link.ts';

const linksIn = (text: string): string[] =>
	runsOf(plain(text)).flatMap((run) => run.marks.flatMap((mark) => (mark.kind === 'link' ? [mark.url] : [])));

test.each([
	['see https://example.org/a_(b), please', ['https://example.org/a_(b)']],
	['www.example.org.', ['http://www.example.org']],
	['join irc://irc.example.org/parley!', ['irc://irc.example.org/parley']],
	['xmpp:room@conference.example.org?join now', ['xmpp:room@conference.example.org?join']],
	['look at readme.md and main.rs', []],
	['mail a@example.org', ['mailto:a@example.org']],
	['javascript:alert(1) file:///etc/passwd', []],
])('addresses in %j', (text, urls) => {
	expect(linksIn(text)).toEqual(urls);
});

test('addresses in code and inside links stay what they are', () => {
	const text = 'https://example.org';
	expect(runsOf(richText(text, [{ kind: 'code', start: 0, end: text.length }]))[0]?.marks).toEqual([{ kind: 'code' }]);
	expect(
		runsOf(richText(text, [{ kind: 'link', url: 'https://other.example', start: 0, end: text.length }])),
	).toHaveLength(1);
});

test('the same mark many times over is one mark, and an inner colour repaints only its own side', () => {
	const nested = richText(
		'x'.repeat(50),
		Array.from({ length: 50 }, (_, start) => ({ kind: 'bold', start, end: 50 }) as const),
	);
	expect(Math.max(...runsOf(nested).map((run) => run.marks.length))).toBe(1);
	const painted = richText('ab', [
		{ kind: 'color', fg: '4', bg: '1', start: 0, end: 2 },
		{ kind: 'color', fg: '9', bg: null, start: 1, end: 2 },
	]);
	expect(runsOf(painted).map((run) => run.marks)).toEqual([
		[{ kind: 'color', fg: '4', bg: '1' }],
		[{ kind: 'color', fg: '9', bg: '1' }],
	]);
});

test('overlapping marks cut the text into runs', () => {
	const rich = richText('abcd', [
		{ kind: 'bold', start: 0, end: 3 },
		{ kind: 'italic', start: 1, end: 4 },
	]);
	expect(runsOf(rich).map((run) => [run.text, run.marks.map((mark) => mark.kind).join()])).toEqual([
		['a', 'bold'],
		['bc', 'bold,italic'],
		['d', 'italic'],
	]);
});

test('blocks of a Markdown message', () => {
	const blocks = blocksOf(parseMarkdown('> quoted\n\nhello\n```js\na\n\nb\n```\n- one\n- two'));
	expect(blocks.map((block) => block.kind)).toEqual(['quote', 'paragraph', 'code', 'list']);
	const code = blocks[2];
	expect(code?.kind === 'code' && code.text).toBe('a\n\nb');
});

test('no text is lost or invented', () => {
	const span = fc.record({ start: fc.nat(30), end: fc.nat(30), kind: fc.constantFrom('bold', 'italic', 'code') });
	fc.assert(
		fc.property(fc.string({ maxLength: 30 }), fc.array(span, { maxLength: 6 }), (text, spans) => {
			const line = richText(text.replaceAll('\n', ' '), spans as never);
			expect(
				runsOf(line)
					.map((run) => run.text)
					.join(''),
			).toBe(line.text);
		}),
	);
});

test('a few emoji alone are shown large', () => {
	expect(isBigEmoji(plain('👍'))).toBe(true);
	expect(isBigEmoji(plain('👩‍👩‍👧 🎉'))).toBe(true);
	expect(isBigEmoji(plain('👍 ok'))).toBe(false);
	expect(isBigEmoji(plain('12'))).toBe(false);
	expect(isBigEmoji(plain('👍👍👍👍'))).toBe(false);
});

test.each([
	'javascript:alert(1)',
	'data:text/html,x',
	'file:///etc/passwd',
	'https://good.example@evil.example/',
	'notaurl',
	'https://',
	' vbscript:x',
])('%j cannot be pressed', (url) => {
	expect(safeLink(url)).toBeNull();
});

test('foreign scripts are shown as they are resolved', () => {
	expect(safeLink('https://аpple.com/')?.host).toBe('xn--pple-43d.com');
});
