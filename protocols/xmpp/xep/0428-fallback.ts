/** XEP-0428 Fallback Indication: parts of a body that only repeat, for old clients, what an element says. Code points. */
import { attr, childrenOf, el, type Element, wholeNumber } from '../stanza.ts';

const nsFallback = 'urn:xmpp:fallback:0';
const maxFallbacks = 20;
const maxRanges = 20;

export interface Stripped {
	readonly text: string;
	/** Something was taken out. */
	readonly changed: boolean;
	/** Where a code point of the whole body stands in `text`; null when it was taken out or never there. */
	place(codePoint: number): number | null;
}

const nothingPlaced = (): null => null;

/** The body without the parts that repeat one of `features`. A range that is not one (reversed, beyond the end) is cut to fit. */
export function stripFallback(message: Element, body: string, features: ReadonlySet<string>): Stripped {
	const points = Array.from(body);
	const fallbacks = childrenOf(message, 'fallback', nsFallback)
		.filter((fallback) => features.has(attr(fallback, 'for') ?? ''))
		.slice(0, maxFallbacks);
	if (fallbacks.length === 0)
		return { text: body, changed: false, place: (at) => (at >= 0 && at <= points.length ? at : null) };
	const drop = new Uint8Array(points.length);
	for (const fallback of fallbacks) {
		const ranges = childrenOf(fallback, 'body', nsFallback);
		// A subject may be marked instead; without any range the whole body is meant.
		if (ranges.length === 0) {
			if (childrenOf(fallback, 'subject', nsFallback).length > 0) continue;
			return { text: '', changed: true, place: nothingPlaced };
		}
		for (const range of ranges.slice(0, maxRanges)) {
			const start = wholeNumber(attr(range, 'start')) ?? 0;
			const end = wholeNumber(attr(range, 'end')) ?? points.length;
			if (start < end) drop.fill(1, Math.min(start, points.length), Math.min(end, points.length));
		}
	}
	const before = new Uint32Array(points.length + 1);
	for (let i = 0; i < points.length; i++) before[i + 1] = (before[i] ?? 0) + (drop[i] ?? 0);
	return {
		text: points.filter((_, i) => drop[i] === 0).join(''),
		changed: drop.includes(1),
		place: (at) => (at < 0 || at > points.length || drop[at] === 1 ? null : at - (before[at] ?? 0)),
	};
}

/** Marks the whole body, or `length` code points from its start, as a repetition of `feature`. */
export const fallbackFor = (feature: string, length?: number): Element =>
	el(
		'fallback',
		{ xmlns: nsFallback, for: feature },
		length === undefined ? null : el('body', { start: 0, end: length }),
	);
