/**
 * From text with spans to a tree that React draws: blocks first (paragraphs, quotes, code, lists, headings), then runs
 * of text that carry the same marks. Bare addresses become links here. Pure; no HTML string anywhere.
 */
import { LinkifyIt } from 'linkify-it';
import { isBlock, linesOf } from '../../../protocols/model/rich-text.ts';
import type { Mark, RichText, Span } from '../../../protocols/model/rich-text.ts';

/** A run of text under one set of inline marks. */
export interface Run {
	readonly text: string;
	readonly marks: readonly Mark[];
}

export type Block =
	| { readonly kind: 'paragraph'; readonly lines: readonly (readonly Run[])[] }
	| { readonly kind: 'quote'; readonly depth: number; readonly lines: readonly (readonly Run[])[] }
	| { readonly kind: 'code'; readonly language: string | null; readonly text: string }
	| { readonly kind: 'heading'; readonly level: number; readonly lines: readonly (readonly Run[])[] }
	| {
			readonly kind: 'list';
			readonly items: readonly {
				readonly ordinal: number | null;
				readonly depth: number;
				readonly runs: readonly Run[];
			}[];
	  };

const linkify = new LinkifyIt({ fuzzyLink: true });
/** Chat addresses that linkify does not know by itself; a trailing full stop or bracket belongs to the sentence. */
const chatAddress = /^(?:\/\/)?[^\s<>"]{2,400}[^\s<>".,;:!?)\]}']/u;
for (const scheme of ['irc:', 'ircs:', 'xmpp:', 'matrix:']) {
	linkify.add(scheme, {
		validate: (text, position) => chatAddress.exec(text.slice(position, position + 402))?.[0].length ?? 0,
	});
}

/** Longer texts are shown without looking for addresses. */
const maxLinkified = 20_000;

function bareLinks(line: RichText): readonly Span[] {
	if (line.text.length > maxLinkified) return [];
	const found = linkify.match(line.text) ?? [];
	return (
		found
			// A bare name counts only with `www.`: `readme.md` and `main.rs` are files, not hosts.
			.filter((match) => match.schema !== '' || /^www\./iu.test(match.text))
			.filter(
				(match) =>
					!line.spans.some(
						(span) =>
							(span.kind === 'link' || span.kind === 'code') && span.start < match.lastIndex && span.end > match.index,
					),
			)
			.map((match) => ({ kind: 'link', url: match.url, start: match.index, end: match.lastIndex }))
	);
}

/** Cuts a line wherever a mark begins or ends. */
export function runsOf(line: RichText): readonly Run[] {
	const inline = [...line.spans.filter((span) => !isBlock(span.kind)), ...bareLinks(line)];
	const edges = new Set([0, line.text.length]);
	for (const span of inline) edges.add(span.start).add(span.end);
	const cuts = [...edges].sort((a, b) => a - b);
	const runs: Run[] = [];
	for (let i = 0; i + 1 < cuts.length; i++) {
		const [start, end] = [cuts[i] ?? 0, cuts[i + 1] ?? 0];
		const marks = distinctMarks(inline.filter((span) => span.start <= start && span.end >= end));
		runs.push({ text: line.text.slice(start, end), marks });
	}
	return runs;
}

/**
 * One mark of each kind, the outermost: the same mark twice shows nothing more, and senders could nest thousands, each
 * an element around the next. Colours are the exception, where an inner one repaints the side that it names.
 */
function distinctMarks(spans: readonly Span[]): readonly Mark[] {
	const byKind = new Map<Mark['kind'], Mark>();
	for (const span of spans) {
		const mark = markOf(span);
		const known = byKind.get(mark.kind);
		if (known === undefined) byKind.set(mark.kind, mark);
		else if (known.kind === 'color' && mark.kind === 'color')
			byKind.set('color', { kind: 'color', fg: mark.fg ?? known.fg, bg: mark.bg ?? known.bg });
	}
	return [...byKind.values()];
}

function markOf(span: Span): Mark {
	const { start: _start, end: _end, ...mark } = span;
	return mark;
}

function blockMark(line: RichText): Mark | null {
	const span = line.spans.find((candidate) => isBlock(candidate.kind));
	return span === undefined ? null : markOf(span);
}

/** Empty lines inside a code block carry no span of their own; they belong to the block around them. */
function blocksPerLine(rich: RichText): readonly { readonly line: RichText; readonly mark: Mark | null }[] {
	let offset = 0;
	return linesOf(rich).map((line) => {
		const start = offset;
		offset += line.text.length + 1;
		const around = rich.spans.find((span) => isBlock(span.kind) && span.start <= start && span.end > start);
		return { line, mark: around === undefined ? blockMark(line) : markOf(around) };
	});
}

const sameBlock = (a: Mark | null, b: Mark | null): boolean => JSON.stringify(a) === JSON.stringify(b);

export function blocksOf(rich: RichText): readonly Block[] {
	const blocks: Block[] = [];
	let group: { mark: Mark | null; lines: RichText[] } | null = null;
	const flush = (): void => {
		if (group !== null) blocks.push(makeBlock(group.mark, group.lines));
		group = null;
	};
	for (const { line, mark } of blocksPerLine(rich)) {
		const listGoesOn =
			group !== null && mark?.kind === 'list-item' && (group as { mark: Mark | null }).mark?.kind === 'list-item';
		if (group === null || !(listGoesOn || sameBlock((group as { mark: Mark | null }).mark, mark))) {
			flush();
			group = { mark, lines: [line] };
		} else (group as { lines: RichText[] }).lines.push(line);
	}
	flush();
	return blocks
		.map((block, index) => tightened(block, blocks[index - 1], blocks[index + 1]))
		.filter((block) => block !== null);
}

const isBlank = (runs: readonly Run[] | undefined): boolean =>
	runs !== undefined && runs.every((run) => run.text.trim() === '');

/** Takes the blank lines out of a paragraph where a block beside it makes the gap already; null when nothing is left. */
function tightened(block: Block, before: Block | undefined, after: Block | undefined): Block | null {
	if (block.kind !== 'paragraph') return block;
	let lines = block.lines;
	if (before !== undefined) while (isBlank(lines[0])) lines = lines.slice(1);
	if (after !== undefined) while (isBlank(lines.at(-1))) lines = lines.slice(0, -1);
	return lines.length === 0 && (before !== undefined || after !== undefined) ? null : { ...block, lines };
}

function makeBlock(mark: Mark | null, lines: readonly RichText[]): Block {
	switch (mark?.kind) {
		case 'code-block':
			return { kind: 'code', language: mark.language, text: lines.map((line) => line.text).join('\n') };
		case 'quote':
			return { kind: 'quote', depth: mark.depth, lines: lines.map(runsOf) };
		case 'heading':
			return { kind: 'heading', level: mark.level, lines: lines.map(runsOf) };
		case 'list-item':
			return {
				kind: 'list',
				items: lines.map((line) => {
					const own = blockMark(line);
					return own?.kind === 'list-item'
						? { ordinal: own.ordinal, depth: own.depth, runs: runsOf(line) }
						: { ordinal: null, depth: mark.depth, runs: runsOf(line) };
				}),
			};
		default:
			return { kind: 'paragraph', lines: lines.map(runsOf) };
	}
}

const loneEmoji =
	/^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\s)+$/u;

/** One to three emoji and nothing else: shown larger. */
export function isBigEmoji(rich: RichText): boolean {
	if (rich.text.length === 0 || rich.text.length > 40 || rich.spans.length > 0 || !loneEmoji.test(rich.text))
		return false;
	const signs = [
		...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(rich.text.replaceAll(/\s/gu, '')),
	];
	return signs.length > 0 && signs.length <= 3;
}
