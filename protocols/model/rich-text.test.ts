import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatRich, linesOf, plain, richText, sliceRich, trimRich } from './rich-text.ts';
import type { RichText } from './rich-text.ts';

const arbitraryRich: fc.Arbitrary<RichText> = fc
	.tuple(
		fc.string({ maxLength: 40, unit: 'grapheme' }),
		fc.array(fc.tuple(fc.constantFrom('bold', 'italic', 'code'), fc.nat(50), fc.nat(50)), { maxLength: 6 }),
	)
	.map(([text, marks]) =>
		richText(
			text,
			marks.map(([kind, a, b]) => ({ kind, start: Math.min(a, b), end: Math.max(a, b) }) as const),
		),
	);

const splitsPair = (text: string, at: number): boolean =>
	at > 0 && at < text.length && /[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1] ?? '');

describe('rich text', () => {
	it('drops empty and outside spans and snaps to whole characters', () => {
		const rich = richText('a😀b', [
			{ kind: 'bold', start: 2, end: 9 },
			{ kind: 'italic', start: 3, end: 3 },
			{ kind: 'code', start: 90, end: 99 },
		]);
		expect(rich.spans).toEqual([{ kind: 'bold', start: 1, end: 4 }]);
	});

	it('is canonical: spans sorted, inside, never inside a surrogate pair', () => {
		fc.assert(
			fc.property(arbitraryRich, (rich) => {
				expect(richText(rich.text, rich.spans)).toEqual(rich);
				for (const span of rich.spans) {
					expect(span.end).toBeLessThanOrEqual(rich.text.length);
					expect(splitsPair(rich.text, span.start) || splitsPair(rich.text, span.end)).toBe(false);
				}
			}),
		);
	});

	it('slicing into two and joining gives the text back', () => {
		fc.assert(
			fc.property(arbitraryRich, fc.nat(45), (rich, at) => {
				const cut = Math.min(at, rich.text.length);
				const joined = concatRich([sliceRich(rich, 0, cut), sliceRich(rich, cut, rich.text.length)]);
				expect(joined.text).toBe(rich.text);
			}),
		);
	});

	it('lines joined by a break give the text back', () => {
		fc.assert(
			fc.property(arbitraryRich, (rich) => {
				expect(
					linesOf(rich)
						.map((line) => line.text)
						.join('\n'),
				).toBe(rich.text);
			}),
		);
	});

	it('trims with its spans', () => {
		expect(trimRich(richText('  hi ', [{ kind: 'bold', start: 0, end: 5 }]))).toEqual(
			richText('hi', [{ kind: 'bold', start: 0, end: 2 }]),
		);
		expect(trimRich(plain('   '))).toEqual(plain(''));
	});
});
