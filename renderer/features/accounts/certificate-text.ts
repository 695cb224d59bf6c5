/** Facts of a certificate in a shape that people can compare. Pure. */

/** A fingerprint in lines of eight pairs, so that it can be read out. Words before it, such as `SHA-256`, stay. */
export function fingerprintLines(fingerprint: string): readonly string[] {
	const hex = fingerprint.replaceAll(/[:\s]/gu, '').toUpperCase();
	if (!/^[0-9A-F]+$/u.test(hex) || hex.length % 2 !== 0) return [fingerprint];
	const pairs = hex.match(/../gu) ?? [];
	const lines: string[] = [];
	for (let i = 0; i < pairs.length; i += 8) lines.push(pairs.slice(i, i + 8).join(' '));
	return lines;
}

/** Milliseconds beyond which no date can be made (ECMA-262 21.4.1.1). */
const maxTime = 8.64e15;

/** The day of a time, with the year; a dash for what is no date, as a broken certificate may hold. */
export function dateOnly(time: number): string {
	if (!(Math.abs(time) <= maxTime)) return '–';
	return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(time);
}
