import emojis from 'emojibase-data/en/compact.json' with { type: 'json' };
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reactionKey } from './reaction-key.ts';

describe('one spelling for each reaction', () => {
	test.each([
		['heart without selector', '\u2764', '\u2764\ufe0f'],
		['heart asking for text', '\u2764\ufe0e', '\u2764\ufe0f'],
		['heart on fire', '\u2764\u200d\u{1f525}', '\u2764\ufe0f\u200d\u{1f525}'],
		['selector where none belongs', '\u{1f44d}\ufe0f', '\u{1f44d}'],
		['skin tone instead of a selector', '\u270c\u{1f3fd}', '\u270c\u{1f3fd}'],
		['skin tone after a selector', '\u270c\ufe0f\u{1f3fd}', '\u270c\u{1f3fd}'],
		['keycap', '1\u20e3', '1\ufe0f\u20e3'],
		['flag', '\u{1f1e9}\u{1f1ea}', '\u{1f1e9}\u{1f1ea}'],
		['words', ' +1 ', '+1'],
		['words with invisible selectors', '+1\ufe0f', '+1'],
		['a sign inside words', '\u00a9 me', '\u00a9 me'],
		['two emoji', '\u2764\ufe0f\u2764\ufe0f', '\u2764\u2764'],
		['prototype keys', '__proto__', '__proto__'],
		['nothing but selectors', '\ufe0f\ufe0f', ''],
	])('%s', (_name, given, expected) => expect(reactionKey(given)).toBe(expected));

	test('every emoji of the picker comes back fully qualified, however it is spelled', () => {
		const all = emojis.map((emoji) => emoji.unicode).filter((emoji) => /^\p{RGI_Emoji}$/v.test(emoji));
		expect(all.length).toBeGreaterThan(1000);
		for (const emoji of all) {
			expect(reactionKey(emoji)).toBe(emoji);
			expect(reactionKey(emoji.replaceAll('\ufe0f', ''))).toBe(emoji);
		}
	});

	test('is stable for any text', () => {
		const text = fc.string({ unit: 'binary', maxLength: 20 });
		fc.assert(fc.property(text, (key) => reactionKey(reactionKey(key)) === reactionKey(key)));
	});
});
