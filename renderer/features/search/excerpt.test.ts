import fc from 'fast-check';
import { expect, test } from 'vitest';
import { excerpt } from './excerpt.ts';

test('marks what matched', () => {
	expect(excerpt('say hello to all', [[4, 9]])).toEqual([
		{ text: 'say ', isHit: false },
		{ text: 'hello', isHit: true },
		{ text: ' to all', isHit: false },
	]);
});

test('a match far inside a long text is shown', () => {
	const text = `${'word '.repeat(200)}needle${' word'.repeat(200)}`;
	const parts = excerpt(text, [[1000, 1006]]);
	expect(parts.some((part) => part.isHit && part.text === 'needle')).toBe(true);
	expect(parts.map((part) => part.text).join('').length).toBeLessThan(260);
});

test('hostile ranges never break it, and nothing is invented', () => {
	const range = fc.tuple(fc.integer({ min: -10, max: 400 }), fc.integer({ min: -10, max: 400 }));
	fc.assert(
		fc.property(fc.string({ maxLength: 300 }), fc.array(range, { maxLength: 8 }), (text, ranges) => {
			for (const part of excerpt(text, ranges))
				expect(text.includes(part.text) || part.text === '… ' || part.text === ' …').toBe(true);
		}),
	);
});
