import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { colorAt, hueAngle, senderColor } from './consistent-color.ts';
import type { ThemeName } from './consistent-color.ts';
import { contrastRatio, parseHex } from './contrast.ts';
import type { Rgb } from './contrast.ts';
import { themeTokens } from './theme-tokens.testing.ts';

/** XEP-0392 section 13.2, no colour vision deficiency correction. */
const vectors: readonly [string, number, Rgb][] = [
	['Romeo', 327.255249, [0.865, 0, 0.686]],
	['juliet@capulet.lit', 209.4104, [0, 0.515, 0.573]],
	['😺', 331.199341, [0.872, 0, 0.659]],
	['council', 359.994507, [0.918, 0, 0.394]],
	['Board', 171.430664, [0, 0.527, 0.457]],
];

test.each(vectors)('XEP-0392 vector %s', (text, angle, rgb) => {
	expect(hueAngle(text)).toBeCloseTo(angle, 5);
	colorAt(hueAngle(text), 100, 50).forEach((value, index) => {
		expect(value).toBeCloseTo(rgb[index] ?? -1, 2);
	});
});

describe.each(['light', 'dark', 'contrast'] as ThemeName[])('%s theme', (theme) => {
	const tokens = themeTokens(readFileSync('renderer/styles/tokens.css', 'utf8'), theme);
	test('every hue is readable on every surface', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 1 }), (name) => {
				const color = parseHex(senderColor(name, theme));
				for (const surface of ['--surface-0', '--surface-1', '--surface-2']) {
					const behind = parseHex(tokens.get(surface) ?? '');
					if (color === null || behind === null) throw new Error(`no colour for ${surface}`);
					expect(contrastRatio(color, behind)).toBeGreaterThanOrEqual(4.5);
				}
			}),
			{ numRuns: 300 },
		);
	});
});
