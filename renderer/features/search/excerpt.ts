/** The part of a text around its first match, with the matches marked. Pure. */
export interface ExcerptPart {
	readonly text: string;
	readonly isHit: boolean;
}

const before = 60;
const maxLength = 240;

export function excerpt(text: string, ranges: readonly (readonly [number, number])[]): readonly ExcerptPart[] {
	const sorted = ranges
		.filter(([start, end]) => start >= 0 && end > start && end <= text.length)
		.toSorted((a, b) => a[0] - b[0]);
	const first = sorted[0]?.[0] ?? 0;
	const from = first > before ? text.lastIndexOf(' ', first - before / 2) + 1 || first - before : 0;
	const start = Math.max(0, Math.max(from, first - before));
	const end = Math.min(text.length, start + maxLength);
	const parts: ExcerptPart[] = [];
	const add = (piece: string, isHit: boolean): void => {
		if (piece !== '') parts.push({ text: piece, isHit });
	};
	let at = start;
	if (start > 0) add('… ', false);
	for (const [rangeStart, rangeEnd] of sorted) {
		if (rangeEnd <= at || rangeStart >= end) continue;
		add(text.slice(at, Math.max(at, rangeStart)), false);
		add(text.slice(Math.max(at, rangeStart), Math.min(rangeEnd, end)), true);
		at = Math.min(rangeEnd, end);
	}
	add(text.slice(at, end), false);
	if (end < text.length) add(' …', false);
	return parts;
}
