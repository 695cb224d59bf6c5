import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatRich, type Mark, type RichText, richText, type Span } from '../model/rich-text.ts';
import { formatWire, parseFormatting, splitWire } from './format.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('parseFormatting', () => {
	it.each([
		['plain', 'plain', []],
		['\x02bold\x02 not', 'bold not', [{ kind: 'bold', start: 0, end: 4 }]],
		['\x02to the end', 'to the end', [{ kind: 'bold', start: 0, end: 10 }]],
		[
			'\x02\x1dx\x0fy',
			'xy',
			[
				{ kind: 'bold', start: 0, end: 1 },
				{ kind: 'italic', start: 0, end: 1 },
			],
		],
		[
			'\x1fu\x1f\x1es\x1e\x11m\x11',
			'usm',
			[
				{ kind: 'underline', start: 0, end: 1 },
				{ kind: 'strike', start: 1, end: 2 },
				{ kind: 'code', start: 2, end: 3 },
			],
		],
		['\x034red\x03', 'red', [{ kind: 'color', fg: '4', bg: null, start: 0, end: 3 }]],
		['\x0304,12x', 'x', [{ kind: 'color', fg: '4', bg: '12', start: 0, end: 1 }]],
		['\x03045', '5', [{ kind: 'color', fg: '4', bg: null, start: 0, end: 1 }]],
		['\x034,x', ',x', [{ kind: 'color', fg: '4', bg: null, start: 0, end: 2 }]],
		['\x04ff8800x', 'x', [{ kind: 'color', fg: '#ff8800', bg: null, start: 0, end: 1 }]],
		['\x0301,01secret\x03', 'secret', [{ kind: 'spoiler', reason: null, start: 0, end: 6 }]],
		['\x0304a\x0399b', 'ab', [{ kind: 'color', fg: '4', bg: null, start: 0, end: 1 }]],
		['\x02\x02\x03\x04\x0f\x16', '', []],
		['bell\x07 esc\x1b[31m nul\0', 'bell esc[31m nul', []],
		['c1\x85\x9bx', 'c1x', []],
		['tab\tstays', 'tab\tstays', []],
	] as const)('%j', (wire, text, spans) => {
		const rich = parseFormatting(wire);
		expect(rich.text).toBe(text);
		expect(rich.spans).toHaveLength(spans.length);
		expect(rich.spans).toEqual(expect.arrayContaining([...spans]));
	});

	it('survives any bytes without control characters in the result', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (wire) => {
				const rich = parseFormatting(wire);
				expect(rich.text).not.toMatch(/[\0-\x08\x0a-\x1f\x7f-\x9f]/);
				for (const span of rich.spans) expect(span.end).toBeGreaterThan(span.start);
			}),
			{ numRuns: 2000 },
		);
	});

	it('takes no time for a flood of codes', () => {
		const rich = parseFormatting('\x02\x1d\x0304,05\x0f'.repeat(4000));
		expect(rich.text).toBe('');
	});
});

const word = fc.string({
	unit: fc.constantFrom('a', '5', ',', ' ', 'f', 'é', '漢', '👩‍👩‍👧', '<', '#'),
	minLength: 1,
	maxLength: 12,
});
const marks = fc.constantFrom<readonly Mark[]>(
	[],
	[{ kind: 'bold' }],
	[{ kind: 'italic' }],
	[{ kind: 'underline' }],
	[{ kind: 'strike' }],
	[{ kind: 'code' }],
	[{ kind: 'color', fg: '4', bg: null }],
	[{ kind: 'color', fg: '4', bg: '12' }],
	[{ kind: 'color', fg: '#a0b1c2', bg: null }],
	[{ kind: 'bold' }, { kind: 'color', fg: '7', bg: null }],
);
/** Random text of differently marked pieces, in canonical form. */
const rich: fc.Arbitrary<RichText> = fc.array(fc.tuple(word, marks), { minLength: 1, maxLength: 8 }).map((pieces) =>
	concatRich(
		pieces.map(([text, kinds]) =>
			richText(
				text,
				kinds.map((mark) => ({ ...mark, start: 0, end: text.length }) as Span),
			),
		),
	),
);
/** Which marks cover each character: the same for differently cut spans. */
const looks = (text: RichText): string[] =>
	Array.from({ length: text.text.length }, (_, at) =>
		text.spans
			.filter((span) => span.start <= at && span.end > at)
			.map(({ start: _start, end: _end, ...mark }) => JSON.stringify(mark))
			.sort()
			.join(),
	);

describe('formatWire', () => {
	it('reads back to the same text and marks', () => {
		fc.assert(
			fc.property(rich, (text) => {
				const back = parseFormatting(formatWire(text));
				expect(back.text).toBe(text.text);
				expect(looks(back)).toEqual(looks(text));
			}),
			{ numRuns: 2000 },
		);
	});

	it('drops line breaks and control characters', () => {
		expect(formatWire(richText('a\r\nQUIT\0\x02b\x01'))).toBe('aQUITb');
	});

	it('hides spoilers in their own colour', () => {
		expect(
			parseFormatting(formatWire(richText('x 1', [{ kind: 'spoiler', reason: null, start: 2, end: 3 }]))).spans,
		).toEqual([{ kind: 'spoiler', reason: null, start: 2, end: 3 }]);
	});
});

describe('splitWire', () => {
	it('loses nothing, keeps every piece in the limit, and never cuts a grapheme that fits', () => {
		fc.assert(
			fc.property(rich, fc.integer({ min: 64, max: 120 }), (text, max) => {
				const pieces = splitWire(text, max);
				for (const piece of pieces) expect(bytes(formatWire(piece))).toBeLessThanOrEqual(max);
				const joined = concatRich(pieces);
				expect(joined.text).toBe(text.text);
				expect(looks(joined)).toEqual(looks(text));
				const segments = Array.from(
					new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.text),
					(s) => s.index,
				);
				let at = 0;
				for (const piece of pieces) {
					expect(segments).toContain(at);
					at += piece.text.length;
				}
			}),
			{ numRuns: 500 },
		);
	});

	it('breaks after words', () => {
		const pieces = splitWire(richText('aaaa bbbb cccc dddd'), 10).map((piece) => piece.text);
		expect(pieces).toEqual(['aaaa bbbb ', 'cccc dddd']);
	});

	it('carries formatting into every piece', () => {
		const text = 'word '.repeat(40).trim();
		const pieces = splitWire(richText(text, [{ kind: 'bold', start: 0, end: text.length }]), 64);
		expect(pieces.length).toBeGreaterThan(2);
		for (const piece of pieces) expect(formatWire(piece).startsWith('\x02')).toBe(true);
	});

	it('cuts a monstrous grapheme rather than hanging', () => {
		const zalgo = `a${'\u0301'.repeat(2000)}`;
		const pieces = splitWire(richText(zalgo), 100);
		expect(pieces.map((piece) => piece.text).join('')).toBe(zalgo);
	});

	it('splits 200 kB fast', () => {
		const text = 'lorem ipsum dolor sit amet '.repeat(7500);
		const pieces = splitWire(richText(text), 400);
		expect(pieces.map((piece) => piece.text).join('')).toBe(text);
	});
});
