import { expect, test } from 'vitest';
import { isolate } from './isolate.ts';

test('plain names stay as they are', () => {
	expect(isolate('alice')).toBe('alice');
});

test('an override cannot turn the sentence around', () => {
	expect(isolate('evil\u202etxt.exe')).toBe('eviltxt.exe');
	expect(isolate('a\u2066b\u2069\u200f')).toBe('ab');
});

test('right-to-left names are isolated', () => {
	expect(isolate('דוד')).toBe('\u2068דוד\u2069');
	expect(isolate('\u202eدلال')).toBe('\u2068دلال\u2069');
});
