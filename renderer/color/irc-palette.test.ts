import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contrastRatio, parseHex } from './contrast.ts';
import { paletteColor, readableOn } from './irc-palette.ts';

test('the palette has 99 colours and no more', () => {
	for (let i = 0; i <= 98; i++) expect(paletteColor(String(i)), String(i)).toMatch(/^#[0-9a-f]{6}$/u);
	expect(paletteColor('99')).toBeNull();
	expect(paletteColor('red; background: url(x)')).toBeNull();
	expect(paletteColor('#12345g')).toBeNull();
	expect(paletteColor('4')).toBe('#ff0000');
	expect(paletteColor('52')).toBe('#ff0000');
	expect(paletteColor('98')).toBe('#ffffff');
});

const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('any colour becomes readable on any background', () => {
	fc.assert(
		fc.property(hex, hex, (color, behind) => {
			const [front, back] = [parseHex(readableOn(color, behind)), parseHex(behind)];
			if (front === null || back === null) throw new Error('unparsable');
			expect(contrastRatio(front, back)).toBeGreaterThanOrEqual(4.4);
		}),
	);
});

test('what is readable stays as it is', () => {
	expect(readableOn('#000000', '#ffffff')).toBe('#000000');
});
