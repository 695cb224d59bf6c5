/**
 * Consistent colours of identities (XEP-0392 version 1.0): the same name has the same hue in every client. The hue is
 * the standard's; the lightness is ours, chosen so that the name is readable on every surface of a theme.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { Hsluv } from 'hsluv';
import { toHex } from './contrast.ts';
import type { Rgb } from './contrast.ts';

export type ThemeName = 'light' | 'dark' | 'contrast';

/** HSLuv lightness per theme; at least 4.5:1 against its surfaces whatever the hue (see the test). */
const lightness: Readonly<Record<ThemeName, number>> = { light: 42, dark: 72, contrast: 82 };
/** Saturation per theme: full saturation glares on dark surfaces. */
const saturation: Readonly<Record<ThemeName, number>> = { light: 90, dark: 72, contrast: 90 };

const maxCached = 5000;
const hues = new Map<string, number>();

/** Section 5.1: the hue angle in degrees, 0 to 360. */
export function hueAngle(identity: string): number {
	const known = hues.get(identity);
	if (known !== undefined) return known;
	const digest = sha1(utf8ToBytes(identity));
	const value = (digest[0] ?? 0) | ((digest[1] ?? 0) << 8);
	const angle = (value / 65536) * 360;
	if (hues.size >= maxCached) hues.clear();
	hues.set(identity, angle);
	return angle;
}

/** Section 5.2 and our lightness: HSLuv to sRGB. */
export function colorAt(hue: number, saturationPercent: number, lightnessPercent: number): Rgb {
	const color = new Hsluv();
	color.hsluv_h = hue;
	color.hsluv_s = saturationPercent;
	color.hsluv_l = lightnessPercent;
	color.hsluvToRgb();
	return [color.rgb_r, color.rgb_g, color.rgb_b];
}

/** The colour of a name on a theme, as `#rrggbb`. */
export function senderColor(identity: string, theme: ThemeName): string {
	return toHex(colorAt(hueAngle(identity), saturation[theme], lightness[theme]));
}
