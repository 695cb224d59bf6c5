/**
 * How text becomes lines: the cutting that adapters of line-based networks do, kept pure and apart, so that the
 * composer can tell beforehand how many messages a text will be.
 */
import type { TextCapability } from './capabilities.ts';
import { type MarkKind, type RichText, linesOf, sliceRich } from './rich-text.ts';

/** Everything that no line may carry: C0, DEL, C1. Tab stays. */
export const unsendable = /[\0-\x08\x0a-\x1f\x7f-\x9f]/g;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const encoder = new TextEncoder();
/** Bytes in UTF-8. */
export const byteSize = (text: string): number => encoder.encode(text).length;

/** No line is cut into pieces smaller than this, whatever a network claims. */
const minLineBytes = 64;

/**
 * Cuts one line into pieces of at most `maxBytes`, preferably after a space, else between graphemes, and only in a
 * monstrous grapheme between code points. Joined again, the pieces give the line back.
 * @param size bytes a piece takes on the wire, codes of its formatting included
 */
export function cutLine(line: RichText, maxBytes: number, size: (piece: RichText) => number): RichText[] {
	const pieces: RichText[] = [];
	let from = 0;
	while (from < line.text.length) {
		const to = pieceEnd(line, from, maxBytes, size);
		pieces.push(sliceRich(line, from, to));
		from = to;
	}
	return pieces;
}

function pieceEnd(line: RichText, from: number, maxBytes: number, size: (piece: RichText) => number): number {
	// No piece can hold more UTF-16 units than bytes.
	const window = sliceRich(line, from, Math.min(line.text.length, from + maxBytes + 2));
	if (from + window.text.length === line.text.length && size(window) <= maxBytes) return line.text.length;
	const graphemes = Array.from(segmenter.segment(window.text), (part) => part.index + part.segment.length);
	const fit =
		largestFit(window, graphemes, maxBytes, size) ?? largestFit(window, codePoints(window.text), maxBytes, size);
	// Formatting alone over the limit: give up the formatting rather than the text.
	if (fit === null) return from + Math.max(1, Math.min(window.text.length, Math.floor(maxBytes / 4)));
	const space = window.text.lastIndexOf(' ', fit - 1);
	// A break in the first third would leave a stub; then the word is cut instead.
	return from + (space >= fit / 3 ? space + 1 : fit);
}

function codePoints(text: string): number[] {
	const ends: number[] = [];
	let at = 0;
	for (const char of text) {
		at += char.length;
		ends.push(at);
	}
	return ends;
}

function largestFit(
	window: RichText,
	ends: readonly number[],
	maxBytes: number,
	size: (piece: RichText) => number,
): number | null {
	let low = 0;
	let high = ends.length;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (size(sliceRich(window, 0, ends[middle - 1] ?? 0)) <= maxBytes) low = middle;
		else high = middle - 1;
	}
	return low === 0 ? null : (ends[low - 1] ?? null);
}

/** One line of a message, ready to be sent. */
export interface TextLine {
	readonly body: RichText;
	/** Continues the line before it, which was too long. */
	readonly continues: boolean;
}

/**
 * The lines of a text, long ones cut.
 * @param keepBlank blank lines between others stay; else they are left out, as are always those at both ends
 */
export function textLines(
	body: RichText,
	lineBytes: number,
	size: (piece: RichText) => number,
	keepBlank: boolean,
): TextLine[] {
	const lines: TextLine[] = [];
	let blank: TextLine[] = [];
	for (const line of linesOf(body)) {
		if (line.text.replace(unsendable, '').trim() === '') {
			if (keepBlank && lines.length > 0) blank.push({ body: sliceRich(line, 0, 0), continues: false });
			continue;
		}
		lines.push(...blank);
		blank = [];
		cutLine(line, Math.max(minLineBytes, lineBytes), size).forEach((piece, index) => {
			lines.push({ body: piece, continues: index > 0 });
		});
	}
	return lines;
}

export interface MessageLimits {
	/** Bytes and lines one message of several lines may have. */
	readonly maxBytes: number;
	readonly maxLines: number;
}

/**
 * Puts lines into as few messages as the limits allow, in order. A message never starts or ends with a blank line.
 * @param sizeOf bytes of one line on the wire; each line is counted with one byte for its break
 * @param limits null: every line is a message of its own
 */
export function packLines<L>(lines: readonly L[], sizeOf: (line: L) => number, limits: MessageLimits | null): L[][] {
	const messages: L[][] = [];
	let open: { line: L; size: number }[] = [];
	let bytes = 0;
	const close = (): void => {
		while (open.at(-1)?.size === 0) open.pop();
		if (open.length > 0) messages.push(open.map((entry) => entry.line));
		open = [];
		bytes = 0;
	};
	for (const line of lines) {
		const size = sizeOf(line);
		const fits = limits !== null && bytes + size + 1 <= limits.maxBytes && open.length < limits.maxLines;
		if (!fits) close();
		if (open.length === 0 && size === 0) continue;
		open.push({ line, size });
		bytes += size + 1;
	}
	close();
	return messages;
}

/**
 * What a network has no code for, in signs that people know: `> quote`, `- item`, `label (address)`.
 * @param formatting marks the network has
 */
export function inPlainSigns(body: RichText, formatting: readonly MarkKind[]): RichText {
	const inserts: { at: number; text: string }[] = [];
	for (const span of body.spans) {
		if (formatting.includes(span.kind)) continue;
		if (span.kind === 'link' && body.text.slice(span.start, span.end) !== span.url)
			inserts.push({ at: span.end, text: ` (${span.url.replace(/\s/g, '')})` });
		if (span.kind !== 'quote' && span.kind !== 'list-item') continue;
		const sign =
			span.kind === 'quote'
				? `${'>'.repeat(Math.min(3, Math.max(1, span.depth)))} `
				: span.ordinal === null
					? '- '
					: `${span.ordinal}. `;
		inserts.push({ at: span.start, text: sign });
		if (span.kind === 'quote')
			for (
				let at = body.text.indexOf('\n', span.start);
				at >= 0 && at < span.end - 1;
				at = body.text.indexOf('\n', at + 1)
			)
				inserts.push({ at: at + 1, text: sign });
	}
	if (inserts.length === 0) return body;
	inserts.sort((a, b) => a.at - b.at);
	let text = '';
	let from = 0;
	const shifts: { readonly at: number; readonly by: number }[] = [];
	let by = 0;
	for (const insert of inserts) {
		text += body.text.slice(from, insert.at) + insert.text;
		from = insert.at;
		by += insert.text.length;
		shifts.push({ at: insert.at, by });
	}
	text += body.text.slice(from);
	const move = (offset: number, inclusive: boolean): number =>
		offset + (shifts.findLast((shift) => (inclusive ? shift.at <= offset : shift.at < offset))?.by ?? 0);
	const spans = body.spans.map((span) => ({ ...span, start: move(span.start, true), end: move(span.end, false) }));
	return { text, spans };
}

/** Limits of one message of several lines; null where each line is a message. */
const messageLimits = (capability: TextCapability): MessageLimits | null =>
	capability.multiline === 'native'
		? {
				maxBytes: capability.maxBytes ?? Number.POSITIVE_INFINITY,
				maxLines: capability.maxLines ?? Number.POSITIVE_INFINITY,
			}
		: null;

/**
 * How many messages a text will be. Exact but for codes of inline formatting, which a line full to the brim may have no
 * room for. Networks without a limit per line send one message, or one per line.
 */
export function linesNeeded(body: RichText, capability: TextCapability): number {
	const { lineBytes } = capability;
	if (capability.multiline === 'native' && (lineBytes ?? null) === null) return 1;
	const size = (piece: RichText): number => byteSize(piece.text.replace(unsendable, ''));
	const lines = textLines(
		inPlainSigns(body, capability.formatting),
		lineBytes ?? Number.POSITIVE_INFINITY,
		size,
		capability.multiline === 'native',
	);
	return Math.max(1, packLines(lines, (line) => size(line.body), messageLimits(capability)).length);
}
