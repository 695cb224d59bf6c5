/** Contrast as WCAG 2.2 defines it: relative luminance of sRGB and the ratio between two of them. */
export type Rgb = readonly [number, number, number];

/** `#rgb` or `#rrggbb` as components 0..1; null when it is neither. */
export function parseHex(hex: string): Rgb | null {
	const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/iu.exec(hex);
	const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/iu.exec(hex);
	const parts = long?.slice(1) ?? short?.slice(1).map((digit) => digit + digit);
	if (parts === undefined) return null;
	const [r = 0, g = 0, b = 0] = parts.map((part) => Number.parseInt(part, 16) / 255);
	return [r, g, b];
}

export function toHex(rgb: Rgb): string {
	return `#${rgb
		.map((value) =>
			Math.round(Math.min(1, Math.max(0, value)) * 255)
				.toString(16)
				.padStart(2, '0'),
		)
		.join('')}`;
}

function linear(value: number): number {
	return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

export function luminance([r, g, b]: Rgb): number {
	return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** 1 to 21. */
export function contrastRatio(a: Rgb, b: Rgb): number {
	const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}
