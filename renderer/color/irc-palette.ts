/**
 * Colours of text. The 99 numbered ones are the palette that IRC clients agreed on (modern.ircdocs.horse/formatting,
 * "Colors"); all are moved to a readable lightness against what they stand on.
 */
import { Hsluv } from 'hsluv';
import { contrastRatio, luminance, parseHex, toHex } from './contrast.ts';
import type { Rgb } from './contrast.ts';

const basic =
	'ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2';
const extended =
	'470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a ' +
	'740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045 ' +
	'b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b ' +
	'ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098 ' +
	'ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc ' +
	'ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3 ' +
	'000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff';
const palette: readonly string[] = `${basic} ${extended}`.split(' ').map((hex) => `#${hex}`);

/** `0`..`98` or `#rrggbb`; null for anything else (99 is "default"). */
export function paletteColor(value: string): string | null {
	if (value.startsWith('#')) return parseHex(value) === null ? null : value;
	return /^\d{1,2}$/u.test(value) ? (palette[Number(value)] ?? null) : null;
}

/** The nearest colour of the same hue that reaches 4.5:1 on `behind`; keeps what is readable already. */
export function readableOn(color: string, behind: string): string {
	const front = parseHex(color);
	const back = parseHex(behind);
	if (front === null || back === null || contrastRatio(front, back) >= 4.5) return color;
	const towardsLight = luminance(back) < 0.18;
	const hsluv = new Hsluv();
	[hsluv.rgb_r, hsluv.rgb_g, hsluv.rgb_b] = front;
	hsluv.rgbToHsluv();
	for (let step = 0; step < 50; step++) {
		hsluv.hsluv_l = Math.min(100, Math.max(0, hsluv.hsluv_l + (towardsLight ? 2 : -2)));
		hsluv.hsluvToRgb();
		const next: Rgb = [hsluv.rgb_r, hsluv.rgb_g, hsluv.rgb_b];
		if (contrastRatio(next, back) >= 4.5) return toHex(next);
	}
	return towardsLight ? '#ffffff' : '#000000';
}
