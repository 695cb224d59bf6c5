import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzyFilter, fuzzyScore } from './fuzzy.ts';

const best = (query: string, names: readonly string[]): readonly string[] =>
	fuzzyFilter(names, query, (name) => [name], 10);

test('a beginning beats a word beats the middle beats scattered letters', () => {
	expect(best('par', ['p-a-r', 'compare', 'my-parley', 'parley'])).toEqual(['parley', 'my-parley', 'compare', 'p-a-r']);
});

test('room signs, case and accents do not matter', () => {
	expect(best('linux', ['#Linux'])).toEqual(['#Linux']);
	expect(best('#linux', ['linux'])).toEqual(['linux']);
	expect(best('jose', ['José'])).toEqual(['José']);
});

test('missing letters do not match', () => {
	expect(fuzzyScore('xyz', 'parley')).toBeNull();
});

test('every text matches itself and its parts', () => {
	fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => fuzzyScore(text, text) !== null));
});
