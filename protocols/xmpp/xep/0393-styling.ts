/**
 * XEP-0393 Message Styling: plain text with `*bold*`, `_italic_`, `~strike~`, `` `code` ``, quotes and code blocks, to
 * spans and back. Markers are taken out on receipt because spans carry their meaning.
 */
import { concatRich, type RichText, richText, type Span } from '../../model/rich-text.ts';

const inlineKinds = new Map<string, 'bold' | 'italic' | 'strike' | 'code'>([
	['*', 'bold'],
	['_', 'italic'],
	['~', 'strike'],
	['`', 'code'],
]);
const markerOf = { bold: '*', italic: '_', strike: '~', code: '`' } as const;
const maxQuoteDepth = 16;

/** Styled text to spans. Never fails; text without valid styling comes back unchanged. */
export function parseStyling(text: string): RichText {
	return parseBlocks(text.split('\n'), 0);
}

function parseBlocks(lines: readonly string[], depth: number): RichText {
	const parts: RichText[] = [];
	for (let i = 0; i < lines.length; i++) {
		const line = lines[i] ?? '';
		if (line.startsWith('```')) {
			const end = lines.findIndex((other, at) => at > i && other === '```');
			const stop = end < 0 ? lines.length : end;
			const code = lines.slice(i + 1, stop).join('\n');
			// A fence without content is just text.
			if (code !== '') {
				const language = /^[\w+#.-]{1,30}$/.test(line.slice(3)) ? line.slice(3) : null;
				parts.push(richText(code, [{ kind: 'code-block', language, start: 0, end: code.length }]));
				i = stop;
				continue;
			}
		}
		if (line.startsWith('>') && depth < maxQuoteDepth) {
			let stop = i;
			while (stop < lines.length && (lines[stop] ?? '').startsWith('>')) stop++;
			const inner = parseBlocks(
				lines.slice(i, stop).map((quoted) => quoted.slice(1).replace(/^ /, '')),
				depth + 1,
			);
			const spans: Span[] = [...inner.spans, { kind: 'quote', depth: depth + 1, start: 0, end: inner.text.length }];
			parts.push(richText(inner.text, spans));
			i = stop - 1;
			continue;
		}
		parts.push(parseLine(line));
	}
	return concatRich(parts, '\n');
}

function parseLine(line: string): RichText {
	let out = '';
	const spans: Span[] = [];
	const walk = (from: number, to: number): void => {
		let i = from;
		while (i < to) {
			const char = line[i] ?? '';
			const kind = inlineKinds.get(char);
			const close = kind === undefined || !opens(line, i, from) ? -1 : closing(line, i, to, char);
			if (kind === undefined || close < 0) {
				out += char;
				i++;
				continue;
			}
			const start = out.length;
			if (kind === 'code') out += line.slice(i + 1, close);
			else walk(i + 1, close);
			spans.push({ kind, start, end: out.length });
			i = close + 1;
		}
	};
	walk(0, line.length);
	return richText(out, spans);
}

/** A marker opens at the start of its range (line, or inside another marker) or after white space, and not before any. */
function opens(line: string, at: number, from: number): boolean {
	const before = at > from ? (line[at - 1] ?? ' ') : ' ';
	return /\s/.test(before) && !/\s/.test(line[at + 1] ?? ' ');
}

/** The first marker of the same kind that closes: not after white space, with something in between. */
function closing(line: string, open: number, to: number, char: string): number {
	for (let i = open + 1; i < to; i++) {
		if (line[i] === char && i > open + 1 && !/\s/.test(line[i - 1] ?? ' ')) return i;
		if (line[i] === char && i === open + 1) return -1;
	}
	return -1;
}

/**
 * Spans to styled text. A mark that styling cannot express where it stands (inside a word, over a line end) is left
 * out: text is never changed for the sake of its look.
 */
export function renderStyling(rich: RichText): string {
	const { text, spans } = rich;
	const inserts = new Map<number, { before: string; after: string }>();
	const at = (offset: number): { before: string; after: string } => {
		const found = inserts.get(offset) ?? { before: '', after: '' };
		inserts.set(offset, found);
		return found;
	};
	const codes = spans.filter((span) => span.kind === 'code' || span.kind === 'code-block');
	for (const span of spans) {
		if (span.kind !== 'bold' && span.kind !== 'italic' && span.kind !== 'strike' && span.kind !== 'code') continue;
		if (span.kind !== 'code' && codes.some((code) => code.start < span.end && span.start < code.end)) continue;
		if (
			span.kind === 'code' &&
			spans.some((other) => other.kind === 'code-block' && other.start < span.end && span.start < other.end)
		)
			continue;
		const marker = markerOf[span.kind];
		const inner = text.slice(span.start, span.end);
		const before = span.start === 0 ? ' ' : (text[span.start - 1] ?? ' ');
		const after = text[span.end] ?? ' ';
		const expressible =
			inner.trim() === inner &&
			!inner.includes('\n') &&
			!inner.includes(marker) &&
			/\s/.test(before) &&
			!/\w/.test(after);
		if (!expressible) continue;
		const open = at(span.start);
		open.after += marker;
		const close = at(span.end);
		close.before = marker + close.before;
	}
	let out = '';
	for (let i = 0; i <= text.length; i++) {
		const insert = inserts.get(i);
		if (insert !== undefined) out += insert.before + insert.after;
		out += text[i] ?? '';
	}
	return renderBlocks(rich, out, inserts);
}

function renderBlocks(
	rich: RichText,
	styled: string,
	inserts: ReadonlyMap<number, { before: string; after: string }>,
): string {
	const blocks = rich.spans.filter((span) => span.kind === 'quote' || span.kind === 'code-block');
	if (blocks.length === 0) return styled;
	const shift = (offset: number, inclusive: boolean): number => {
		let moved = offset;
		for (const [where, { before, after }] of inserts) {
			if (where < offset) moved += before.length + after.length;
			else if (where === offset) moved += inclusive ? before.length : 0;
		}
		return moved;
	};
	const lines = styled.split('\n');
	let offset = 0;
	const ranges = blocks.map((span) => ({ span, start: shift(span.start, true), end: shift(span.end, true) }));
	const out: string[] = [];
	for (const line of lines) {
		const end = offset + line.length;
		const covering = ranges.filter((r) => r.start <= end && offset < r.end);
		const depth = covering.reduce(
			(deepest, r) => (r.span.kind === 'quote' ? Math.max(deepest, r.span.depth) : deepest),
			0,
		);
		const prefix = depth === 0 ? '' : `${'>'.repeat(depth)} `;
		const code = covering.find((r) => r.span.kind === 'code-block');
		if (code !== undefined && code.start >= offset)
			out.push(`${prefix}\`\`\`${code.span.kind === 'code-block' ? (code.span.language ?? '') : ''}`);
		out.push(prefix + line);
		if (code !== undefined && code.end <= end) out.push(`${prefix}\`\`\``);
		offset = end + 1;
	}
	return out.join('\n');
}
