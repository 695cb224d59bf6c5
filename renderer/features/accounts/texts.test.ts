import { expect, test } from 'vitest';
import { dateOnly, fingerprintLines } from './certificate-text.ts';
import { filterLines, logAsText } from './log-lines.ts';

test('a fingerprint stands in lines of eight pairs, whatever its separators', () => {
	const hex = 'ab'.repeat(32);
	const lines = fingerprintLines(hex.replaceAll(/..(?=.)/gu, '$&:'));
	expect(lines).toHaveLength(4);
	expect(lines[0]).toBe('AB AB AB AB AB AB AB AB');
	expect(fingerprintLines('not hex')).toEqual(['not hex']);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -8.7e15])(
	'the date of a broken certificate (%d) is a dash',
	(time) => {
		expect(dateOnly(time)).toBe('–');
	},
);

const line = (text: string) => ({ at: 0, direction: 'in', text }) as const;

test('the log filter wants every word, in any case', () => {
	const lines = [line('JOIN #parley'), line('PRIVMSG #parley :hi'), line('PING')];
	expect(filterLines(lines, 'parley join')).toEqual([lines[0]]);
	expect(filterLines(lines, '  ')).toBe(lines);
});

test('a copied line stays one line', () => {
	expect(logAsText([line('a\r\nb')])).toBe('1970-01-01T00:00:00.000Z ← a b');
});
