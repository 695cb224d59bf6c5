/**
 * Text with marked ranges: the only form of formatting inside Parley. No HTML is stored or rendered anywhere.
 * Offsets count UTF-16 code units and never fall inside a surrogate pair.
 */
import type { RemoteUserId } from './ids.ts';

/** What a range means. Inline kinds may overlap; block kinds cover whole lines. */
export type Mark =
	| { readonly kind: 'bold' | 'italic' | 'underline' | 'strike' | 'code' }
	| { readonly kind: 'spoiler'; readonly reason: string | null }
	| { readonly kind: 'link'; readonly url: string }
	| { readonly kind: 'mention'; readonly user: RemoteUserId | null; readonly room: boolean }
	/** IRC colours: palette index 0-98 or #rrggbb; null leaves that side alone. */
	| { readonly kind: 'color'; readonly fg: string | null; readonly bg: string | null }
	| { readonly kind: 'code-block'; readonly language: string | null }
	| { readonly kind: 'quote'; readonly depth: number }
	| { readonly kind: 'heading'; readonly level: number }
	| { readonly kind: 'list-item'; readonly ordinal: number | null; readonly depth: number };

export type MarkKind = Mark['kind'];

/** A mark on `[start, end)`. */
export type Span = Mark & { readonly start: number; readonly end: number };

export interface RichText {
	readonly text: string;
	/** Sorted by start, then longest first. */
	readonly spans: readonly Span[];
}

const blockKinds: ReadonlySet<MarkKind> = new Set(['code-block', 'quote', 'heading', 'list-item']);
export const isBlock = (kind: MarkKind): boolean => blockKinds.has(kind);

/** Limits that keep hostile formatting from costing more than its text. */
export const richTextLimits = { maxText: 256 * 1024, maxSpans: 2000, maxUrl: 4096 } as const;

export const plain = (text: string): RichText => ({ text, spans: [] });

const bySpan = (a: Span, b: Span): number => a.start - b.start || b.end - a.end;

/**
 * Puts any text and spans into the canonical form: sorted, inside the text, not empty, not inside surrogate pairs,
 * within {@link richTextLimits}. Adapters call it on everything they parse.
 */
export function richText(text: string, spans: readonly Span[] = []): RichText {
	const cut = text.length > richTextLimits.maxText ? sliceWhole(text, 0, richTextLimits.maxText) : text;
	const kept: Span[] = [];
	for (const span of spans) {
		if (kept.length >= richTextLimits.maxSpans) break;
		const start = snap(cut, Math.max(0, Math.floor(span.start)));
		const end = snap(cut, Math.min(cut.length, Math.floor(span.end)));
		if (!(end > start)) continue;
		if (span.kind === 'link' && span.url.length > richTextLimits.maxUrl) continue;
		kept.push({ ...span, start, end });
	}
	return { text: cut, spans: kept.sort(bySpan) };
}

/** Moves an offset that would split a surrogate pair to before the pair. */
function snap(text: string, offset: number): number {
	if (offset <= 0 || offset >= text.length) return Math.min(Math.max(offset, 0), text.length);
	const code = text.charCodeAt(offset);
	const before = text.charCodeAt(offset - 1);
	return code >= 0xdc00 && code <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? offset - 1 : offset;
}

function sliceWhole(text: string, start: number, end: number): string {
	return text.slice(snap(text, start), snap(text, end));
}

/** The part `[start, end)` with its spans clipped and shifted. */
export function sliceRich(rich: RichText, start: number, end: number): RichText {
	const from = snap(rich.text, start);
	const to = snap(rich.text, end);
	const spans: Span[] = [];
	for (const span of rich.spans) {
		const s = Math.max(span.start, from) - from;
		const e = Math.min(span.end, to) - from;
		if (e > s) spans.push({ ...span, start: s, end: e });
	}
	return { text: rich.text.slice(from, to), spans };
}

/** Joins parts, with an optional separator, keeping spans; adjacent equal spans are merged. */
export function concatRich(parts: readonly RichText[], separator = ''): RichText {
	let text = '';
	const spans: Span[] = [];
	parts.forEach((part, index) => {
		if (index > 0) text += separator;
		const base = text.length;
		for (const span of part.spans) spans.push({ ...span, start: span.start + base, end: span.end + base });
		text += part.text;
	});
	return richText(text, mergeAdjacent(spans));
}

function mergeAdjacent(spans: readonly Span[]): Span[] {
	const open = new Map<string, Span>();
	const out: Span[] = [];
	for (const span of spans) {
		const { start, end, ...mark } = span;
		const key = JSON.stringify(mark);
		const last = open.get(key);
		if (last !== undefined && last.end === start) {
			const merged: Span = { ...last, end };
			out[out.indexOf(last)] = merged;
			open.set(key, merged);
		} else {
			out.push(span);
			open.set(key, span);
		}
	}
	return out;
}

/** Splits at line breaks; spans are clipped to each line. */
export function linesOf(rich: RichText): RichText[] {
	const out: RichText[] = [];
	let from = 0;
	for (;;) {
		const at = rich.text.indexOf('\n', from);
		if (at < 0) break;
		out.push(sliceRich(rich, from, at));
		from = at + 1;
	}
	out.push(sliceRich(rich, from, rich.text.length));
	return out;
}

/** Drops white space at both ends. */
export function trimRich(rich: RichText): RichText {
	const start = rich.text.length - rich.text.trimStart().length;
	const end = rich.text.trimEnd().length;
	return start >= end ? plain('') : sliceRich(rich, start, end);
}
