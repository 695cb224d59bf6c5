import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneLine } from './one-line.ts';

test.each([
	['two\nlines\r\nand\u2028more', 'two lines and more'],
	['\u202eevil\u202c \u2067left\u2069', 'evil left'],
	['bell\u0007 escape\u001b[0m', 'bell escape [0m'],
	['  spaces\t ', 'spaces'],
	['', ''],
])('%j becomes %j', (text, line) => {
	expect(oneLine(text, 100)).toBe(line);
});

test('a long text is cut and says so, never through a pair', () => {
	expect(oneLine('abcdef', 4)).toBe('abc…');
	expect(oneLine('ab\u{1f44b}cdef', 4)).toBe('ab…');
});

test('any text becomes one line that is short enough', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (text, max) => {
			const line = oneLine(text, max);
			expect(line.length).toBeLessThanOrEqual(max);
			expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
		}),
	);
});
