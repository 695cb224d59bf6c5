/**
 * The composer's Markdown: a small, predictable subset turned into {@link RichText}. It never fails: what is not
 * markup stays text, character for character.
 *
 * Inline: `**bold**`, `*italic*`, `_italic_`, `~~strike~~`, `||spoiler||`, `` `code` ``, `[text](https://…)`, `\*` escapes.
 * Blocks: fenced code with language, `> quote`, `# heading` (1-3), `- item`, `1. item`.
 * Underscores inside words and asterisks around spaces are literal, so `snake_case` and `2 * 3 * 4` survive.
 */
import { plain, richText } from './rich-text.ts';
import type { Mark, RichText, Span } from './rich-text.ts';

/** Nesting deeper than this is left as literal text. */
const maxDepth = 6;

const delimiters: readonly { readonly token: string; readonly mark: Mark }[] = [
	{ token: '**', mark: { kind: 'bold' } },
	{ token: '__', mark: { kind: 'bold' } },
	{ token: '~~', mark: { kind: 'strike' } },
	{ token: '||', mark: { kind: 'spoiler', reason: null } },
	{ token: '*', mark: { kind: 'italic' } },
	{ token: '_', mark: { kind: 'italic' } },
];

const escapable = new Set('\\`*_~|[]()#>-.!'.split(''));
const linkUrl = /^(?:https?:\/\/|mailto:|xmpp:|ircs?:\/\/|matrix:)[^\s()<>]+$/i;

/** Parses composer text. Trailing white space at the very end is dropped. */
export function parseMarkdown(source: string): RichText {
	const lines = source.replace(/\r\n?/g, '\n').trimEnd().split('\n');
	const out = new Builder();
	for (let index = 0; index < lines.length; index++) {
		const line = lines[index] ?? '';
		const fence = /^```([\w+#.-]{0,32})\s*$/.exec(line);
		if (fence !== null) {
			const end = lines.findIndex((candidate, at) => at > index && /^```\s*$/.test(candidate));
			if (end > index) {
				out.block(
					{ kind: 'code-block', language: fence[1] === '' || fence[1] === undefined ? null : fence[1] },
					plain(lines.slice(index + 1, end).join('\n')),
				);
				index = end;
				continue;
			}
		}
		const quote = /^((?:> ?)+)(.*)$/.exec(line);
		if (quote !== null) {
			out.block(
				{ kind: 'quote', depth: Math.min(maxDepth, (quote[1] ?? '').replace(/ /g, '').length) },
				inline(quote[2] ?? ''),
			);
			continue;
		}
		const heading = /^(#{1,3}) (\S.*)$/.exec(line);
		if (heading !== null) {
			out.block({ kind: 'heading', level: (heading[1] ?? '#').length }, inline(heading[2] ?? ''));
			continue;
		}
		const item = /^( *)(?:[-*+]|(\d{1,4})[.)]) (\S.*)$/.exec(line);
		if (item !== null) {
			const ordinal = item[2] === undefined ? null : Number(item[2]);
			out.block(
				{ kind: 'list-item', ordinal, depth: Math.min(maxDepth, Math.floor((item[1] ?? '').length / 2)) },
				inline(item[3] ?? ''),
			);
			continue;
		}
		out.line(inline(line));
	}
	return out.done();
}

/** Collects lines; equal neighbouring quotes become one block. */
class Builder {
	#text = '';
	#spans: Span[] = [];
	#empty = true;

	line(rich: RichText): void {
		if (!this.#empty) this.#text += '\n';
		this.#empty = false;
		const base = this.#text.length;
		this.#text += rich.text;
		for (const span of rich.spans) this.#spans.push({ ...span, start: span.start + base, end: span.end + base });
	}

	block(mark: Mark, rich: RichText): void {
		this.line(rich);
		const start = this.#text.length - rich.text.length;
		const last = this.#spans.findLastIndex((span) => span.kind === 'quote' && span.end === start - 1);
		const before = last < 0 ? undefined : this.#spans[last];
		if (mark.kind === 'quote' && before?.kind === 'quote' && before.depth === mark.depth) {
			this.#spans[last] = { ...before, end: this.#text.length };
			return;
		}
		// A block without text still marks its line break away: nothing to mark, nothing lost.
		if (rich.text.length > 0) this.#spans.push({ ...mark, start, end: this.#text.length });
	}

	done(): RichText {
		return richText(this.#text, this.#spans);
	}
}

function inline(line: string): RichText {
	const state = { text: '', spans: [] as Span[] };
	scan(line, 0, line.length, 0, state);
	return { text: state.text, spans: state.spans };
}

interface Out {
	text: string;
	readonly spans: Span[];
}

function scan(source: string, from: number, to: number, depth: number, out: Out): void {
	let at = from;
	while (at < to) {
		const next =
			takeEscape(source, at, to, out) ??
			takeCode(source, at, to, out) ??
			takeLink(source, at, to, depth, out) ??
			takeDelimited(source, at, to, depth, out);
		if (next !== null) {
			at = next;
			continue;
		}
		out.text += source[at] ?? '';
		at += 1;
	}
}

function takeEscape(source: string, at: number, to: number, out: Out): number | null {
	const following = source[at + 1];
	if (source[at] !== '\\' || at + 1 >= to || following === undefined || !escapable.has(following)) return null;
	out.text += following;
	return at + 2;
}

function takeCode(source: string, at: number, to: number, out: Out): number | null {
	if (source[at] !== '`') return null;
	let ticks = 1;
	while (source[at + ticks] === '`') ticks += 1;
	const fence = '`'.repeat(ticks);
	const end = source.indexOf(fence, at + ticks);
	if (end < 0 || end + ticks > to || end === at + ticks) return null;
	pushSpan(out, { kind: 'code' }, () => {
		out.text += source.slice(at + ticks, end);
	});
	return end + ticks;
}

function takeLink(source: string, at: number, to: number, depth: number, out: Out): number | null {
	if (source[at] !== '[' || depth >= maxDepth) return null;
	const close = source.indexOf('](', at);
	if (close < 0 || close >= to || close === at + 1) return null;
	const end = source.indexOf(')', close);
	if (end < 0 || end >= to) return null;
	const url = source.slice(close + 2, end);
	if (!linkUrl.test(url)) return null;
	pushSpan(out, { kind: 'link', url }, () => scan(source, at + 1, close, depth + 1, out));
	return end + 1;
}

function takeDelimited(source: string, at: number, to: number, depth: number, out: Out): number | null {
	if (depth >= maxDepth) return null;
	for (const { token, mark } of delimiters) {
		if (!source.startsWith(token, at)) continue;
		const start = at + token.length;
		if (start >= to || isSpace(source[start]) || (token.includes('_') && isWord(source[at - 1]))) return null;
		const end = closing(source, token, start, to);
		if (end === null) continue;
		pushSpan(out, mark, () => scan(source, start, end, depth + 1, out));
		return end + token.length;
	}
	// Not markup, but a run of delimiters must not be taken apart either: `***` and the like stay literal.
	return null;
}

/** Index of the closing delimiter, or null. Code spans between are skipped. */
function closing(source: string, token: string, start: number, to: number): number | null {
	for (let at = start; at + token.length <= to; at++) {
		const char = source[at];
		if (char === '\\') {
			at += 1;
			continue;
		}
		if (char === '`') {
			const end = source.indexOf('`', at + 1);
			if (end > 0 && end < to) at = end;
			continue;
		}
		if (!source.startsWith(token, at)) continue;
		// A single `*` must not close inside `**`.
		if (token.length === 1 && source[at + 1] === token) {
			at += 1;
			continue;
		}
		if (at === start || isSpace(source[at - 1])) continue;
		if (token.includes('_') && isWord(source[at + token.length])) continue;
		return at;
	}
	return null;
}

function pushSpan(out: Out, mark: Mark, write: () => void): void {
	const start = out.text.length;
	write();
	if (out.text.length > start) out.spans.push({ ...mark, start, end: out.text.length });
}

const isSpace = (char: string | undefined): boolean => char === undefined || /\s/.test(char);
const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
