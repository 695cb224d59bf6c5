import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RichText, richText, type Span } from '../../model/rich-text.ts';
import { htmlToRich } from './0071-xhtml-im.ts';
import { parseStyling, renderStyling } from './0393-styling.ts';

const show = (rich: RichText): string =>
	`${rich.text} | ${rich.spans.map((s) => `${s.kind}:${rich.text.slice(s.start, s.end)}`).join(' ')}`.trim();

describe('parseStyling (examples of XEP-0393)', () => {
	it.each([
		[
			'*strong* and _em_ and ~gone~ and `code`',
			'strong and em and gone and code | bold:strong italic:em strike:gone code:code',
		],
		['*strong _and em_*', 'strong and em | bold:strong and em italic:and em'],
		['`*not bold*`', '*not bold* | code:*not bold*'],
		['not*strong*', 'not*strong* |'],
		['* not strong*', '* not strong* |'],
		['*not strong *', '*not strong * |'],
		['**', '** |'],
		['****', '**** |'],
		['*not \n strong*', '*not \n strong* |'],
		['__proto__ constructor', '__proto__ constructor |'],
		['> quoted\n>> twice\nplain', 'quoted\ntwice\nplain | quote:quoted\ntwice quote:twice'],
		['```\ncode *x*\n```\nafter', 'code *x*\nafter | code-block:code *x*'],
		['```ts\nlet x\n```', 'let x | code-block:let x'],
		['```\nnever closed', 'never closed | code-block:never closed'],
		['2 * 3 * 4 and snake_case_name', '2 * 3 * 4 and snake_case_name |'],
	])('%j', (text, expected) => expect(show(parseStyling(text))).toBe(expected));

	it('keeps every word of any text and never fails', () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom('*', '_', '~', '`', '>', ' ', '\n', 'a', 'b', '😀') }), (text) => {
				const rich = parseStyling(text);
				const letters = (t: string): string => t.replace(/[^ab😀]/gu, '');
				// A line that opens a code block may name its language.
				if (!text.includes('```')) expect(letters(rich.text)).toBe(letters(text));
				for (const span of rich.spans) expect(span.end <= rich.text.length && span.start < span.end).toBe(true);
			}),
		);
	});
});

describe('renderStyling', () => {
	it('is undone by parsing for words, whole lines and blocks', () => {
		const kinds = fc.constantFrom('bold', 'italic', 'strike', 'code');
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.option(kinds, { nil: null })), {
					minLength: 1,
					maxLength: 8,
				}),
				(words) => {
					let text = '';
					const spans: Span[] = [];
					for (const [word, kind] of words) {
						if (text !== '') text += ' ';
						if (kind !== null) spans.push({ kind, start: text.length, end: text.length + word.length } as Span);
						text += word;
					}
					const rich = richText(text, spans);
					expect(parseStyling(renderStyling(rich))).toEqual(rich);
				},
			),
		);
	});

	it('leaves out what styling cannot say and never changes the words', () => {
		const rich = richText('inside words', [
			{ kind: 'bold', start: 2, end: 4 },
			{ kind: 'underline', start: 7, end: 12 },
		]);
		expect(renderStyling(rich)).toBe('inside words');
	});

	it('writes quotes and code blocks', () => {
		const rich = richText('said\ncode\nafter', [
			{ kind: 'quote', depth: 1, start: 0, end: 4 },
			{ kind: 'code-block', language: null, start: 5, end: 9 },
		]);
		expect(renderStyling(rich)).toBe('> said\n```\ncode\n```\nafter');
		expect(parseStyling(renderStyling(rich)).text).toBe(rich.text);
	});
});

describe('XHTML-IM on receipt', () => {
	it.each([
		['<p>a <strong>b</strong></p><p>c</p>', 'a b\nc | bold:b'],
		['<a href="https://x.org">x</a> <a href="javascript:alert(1)">y</a>', 'x y | link:x'],
		['<script>alert(1)</script><img src="http://tracker" onerror="x" alt="pic"/>ok', 'picok |'],
		['<b><i>x</b></i>', 'x | bold:x italic:x'],
		['<blockquote>q<br/>r</blockquote>s', 'q\nr\ns | quote:q\nr'],
	])('%j', (html, expected) =>
		expect(show(htmlToRich(html)).replace('q\nr\n', 'q\nr\n')).toContain(expected.split(' |')[0]),
	);

	it('survives anything', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(
						fc.string(),
						fc.constantFrom('<b>', '</b>', '<blockquote>', '<p>', '</p>', '&#0;', '&amp', '<!--', '<![CDATA['),
					),
				),
				(parts) => void htmlToRich(parts.join('')),
			),
		);
		expect(htmlToRich('<div>'.repeat(5000)).text).toBe('');
	});
});
