import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contrastRatio, parseHex } from '../color/contrast.ts';
import { themeTokens } from '../color/theme-tokens.testing.ts';

const css = readFileSync('renderer/styles/tokens.css', 'utf8');
const surfaces = ['--surface-0', '--surface-1', '--surface-2'];
const texts = ['--text', '--text-2', '--text-3', '--accent', '--danger', '--warning', '--success'];
const pairs: readonly (readonly [string, string])[] = [
	...texts.flatMap((text) => surfaces.map((surface) => [text, surface] as const)),
	['--on-accent', '--accent-fill'],
	['--on-danger', '--danger-fill'],
	['--on-badge', '--badge'],
];

test.each(['light', 'dark', 'contrast'] as const)('every text role of %s reaches 4.5:1', (theme) => {
	const tokens = themeTokens(css, theme);
	for (const [text, surface] of pairs) {
		const front = parseHex(tokens.get(text) ?? '');
		const back = parseHex(tokens.get(surface) ?? '');
		if (front === null || back === null) throw new Error(`${text} or ${surface} is no plain colour`);
		expect(contrastRatio(front, back), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
	}
});

test('control borders reach 3:1', () => {
	for (const theme of ['light', 'dark', 'contrast'] as const) {
		const tokens = themeTokens(css, theme);
		const front = parseHex(tokens.get('--line-strong') ?? '');
		const back = parseHex(tokens.get('--surface-0') ?? '');
		if (front === null || back === null) throw new Error('no plain colour');
		expect(contrastRatio(front, back), theme).toBeGreaterThanOrEqual(3);
	}
});
