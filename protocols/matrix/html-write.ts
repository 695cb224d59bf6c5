/** Text and spans → `org.matrix.custom.html` and the plain `body` that accompanies it. */
import { isBlock, linesOf, type Mark, type RichText, richText, type Span } from '../model/rich-text.ts';
import { cleanText } from './json.ts';
import { userLink } from './matrix-id.ts';

/** Control characters out of text about to be sent; spans move along. Some servers cannot store them. */
export function withoutControls(rich: RichText): RichText {
	if (cleanText(rich.text) === rich.text) return rich;
	let text = '';
	const offsets: number[] = [];
	for (let at = 0; at < rich.text.length; at++) {
		offsets.push(text.length);
		text += cleanText(rich.text.charAt(at));
	}
	offsets.push(text.length);
	const move = (offset: number): number => offsets[offset] ?? text.length;
	return richText(
		text,
		rich.spans.map((span) => ({ ...span, start: move(span.start), end: move(span.end) })),
	);
}

/** The `body` and, when there is formatting that plain text would lose, the `formatted_body`. */
export function writeBody(rich: RichText): { readonly body: string; readonly html: string | null } {
	const meaningful = rich.spans.some(
		(span) => span.kind !== 'link' || rich.text.slice(span.start, span.end) !== span.url,
	);
	return { body: plainFallback(rich), html: meaningful ? richToHtml(rich) : null };
}

/** Users and `@room` mentioned, for `m.mentions` (specification "User and room mentions"). */
export function mentionsOf(rich: RichText): { readonly user_ids?: string[]; readonly room?: true } {
	const users = new Set<string>();
	let room = false;
	for (const span of rich.spans) {
		if (span.kind !== 'mention') continue;
		if (span.user !== null) users.add(span.user);
		if (span.room) room = true;
	}
	return { ...(users.size > 0 ? { user_ids: [...users] } : {}), ...(room ? { room: true as const } : {}) };
}

interface Line {
	readonly rich: RichText;
	readonly quote: number;
	readonly block: Extract<Mark, { kind: 'code-block' | 'heading' | 'list-item' }> | null;
}

export function richToHtml(rich: RichText): string {
	const out = new HtmlLines();
	for (const line of linesWithBlocks(rich)) out.line(line);
	return out.finish();
}

function linesWithBlocks(rich: RichText): Line[] {
	return linesOf(markEmptyLines(rich)).map((line) => {
		let quote = 0;
		let block: Line['block'] = null;
		for (const span of line.spans) {
			if (span.kind === 'quote') quote = Math.max(quote, Math.min(span.depth, 10));
			else if (span.kind === 'code-block') block = { kind: 'code-block', language: span.language };
			else if (block === null && span.kind === 'heading') block = { kind: 'heading', level: span.level };
			else if (block === null && span.kind === 'list-item')
				block = { kind: 'list-item', ordinal: span.ordinal, depth: span.depth };
		}
		return { rich: line, quote, block };
	});
}

/** `linesOf` drops spans on empty lines; a zero-width no-break space keeps blank lines inside their block. */
function markEmptyLines(rich: RichText): RichText {
	const block = rich.spans.filter((span) => span.kind === 'code-block' || span.kind === 'quote');
	if (block.length === 0 || !rich.text.includes('\n\n')) return rich;
	let text = '';
	const shifts: number[] = [];
	for (let at = 0; at < rich.text.length; at++) {
		text += rich.text[at];
		const inside =
			rich.text[at] === '\n' &&
			rich.text[at + 1] === '\n' &&
			block.some((span) => span.start <= at && at + 1 < span.end);
		if (inside) {
			text += placeholder;
			shifts.push(at + 1);
		}
	}
	const move = (offset: number): number => offset + shifts.filter((at) => at < offset).length;
	return { text, spans: rich.spans.map((span) => ({ ...span, start: move(span.start), end: move(span.end) })) };
}
const placeholder = '\ufeff';

/** Opens and closes block elements while lines go by. */
class HtmlLines {
	#html = '';
	#quote = 0;
	#pre = false;
	readonly #lists: ('ul' | 'ol')[] = [];
	/** The previous line was plain text, so a plain line needs `<br>`. */
	#plainBefore = false;

	line(line: Line): void {
		if (line.quote !== this.#quote) {
			this.#closeBlocks();
			while (this.#quote < line.quote) this.#openQuote();
			while (this.#quote > line.quote) this.#closeQuote();
		}
		const { block } = line;
		if (block?.kind === 'code-block') return this.#code(line.rich.text, block.language);
		this.#closePre();
		if (block?.kind === 'list-item') return this.#item(line.rich, block.ordinal, block.depth);
		this.#closeLists(0);
		if (block?.kind === 'heading') {
			const level = Math.min(6, Math.max(1, block.level));
			this.#html += `<h${level}>${inlineHtml(line.rich)}</h${level}>`;
			this.#plainBefore = false;
			return;
		}
		if (this.#plainBefore) this.#html += '<br>';
		this.#html += inlineHtml(line.rich);
		this.#plainBefore = true;
	}

	finish(): string {
		this.#closeBlocks();
		while (this.#quote > 0) this.#closeQuote();
		return this.#html;
	}

	#code(text: string, language: string | null): void {
		this.#closeLists(0);
		if (this.#pre) this.#html += '\n';
		else {
			const known = language !== null && /^[\w+#.-]{1,40}$/.test(language);
			this.#html += known ? `<pre><code class="language-${language}">` : '<pre><code>';
			this.#pre = true;
		}
		this.#html += escapeHtml(text.replaceAll(placeholder, ''));
		this.#plainBefore = false;
	}

	#item(rich: RichText, ordinal: number | null, depth: number): void {
		const wanted = Math.min(10, Math.max(0, depth) + 1);
		const kind = ordinal === null ? 'ul' : 'ol';
		this.#closeLists(wanted);
		if (this.#lists.length === wanted && this.#lists.at(-1) !== kind) this.#closeLists(wanted - 1);
		while (this.#lists.length < wanted) {
			this.#lists.push(kind);
			this.#html +=
				kind === 'ol' && ordinal !== null && ordinal !== 1 ? `<ol start="${Math.trunc(ordinal)}">` : `<${kind}>`;
		}
		this.#html += `<li>${inlineHtml(rich)}</li>`;
		this.#plainBefore = false;
	}

	#closeLists(depth: number): void {
		while (this.#lists.length > depth) this.#html += `</${this.#lists.pop() ?? 'ul'}>`;
	}

	#closePre(): void {
		if (this.#pre) this.#html += '</code></pre>';
		this.#pre = false;
	}

	#closeBlocks(): void {
		this.#closePre();
		this.#closeLists(0);
	}

	#openQuote(): void {
		this.#html += '<blockquote>';
		this.#quote++;
		this.#plainBefore = false;
	}

	#closeQuote(): void {
		this.#html += '</blockquote>';
		this.#quote--;
		this.#plainBefore = false;
	}
}

/** Overlapping marks become nested elements: at each boundary everything that must close is closed and reopened. */
function inlineHtml(rich: RichText): string {
	const spans = rich.spans.filter((span) => !isBlock(span.kind));
	const bounds = [...new Set([0, rich.text.length, ...spans.flatMap((span) => [span.start, span.end])])].sort(
		(a, b) => a - b,
	);
	let html = '';
	let open: Span[] = [];
	for (const [index, at] of bounds.entries()) {
		const wanted = spans.filter((span) => span.start <= at && at < span.end && !isLinkInLink(span, spans));
		let common = 0;
		while (common < open.length && common < wanted.length && open[common] === wanted[common]) common++;
		for (const span of open.slice(common).toReversed()) html += closing(span);
		for (const span of wanted.slice(common)) html += opening(span);
		open = wanted;
		html += escapeHtml(rich.text.slice(at, bounds[index + 1] ?? at).replaceAll(placeholder, ''));
	}
	return html;
}

/** Anchors cannot nest: of overlapping links and mentions the first wins. */
function isLinkInLink(span: Span, spans: readonly Span[]): boolean {
	if (!isAnchor(span)) return false;
	const before = spans.slice(0, spans.indexOf(span));
	return before.some((other) => isAnchor(other) && other.start < span.end && span.start < other.end);
}

const isAnchor = (span: Span): boolean => span.kind === 'link' || (span.kind === 'mention' && span.user !== null);

const simpleTags = { bold: 'strong', italic: 'em', underline: 'u', strike: 'del', code: 'code' } as const;

function opening(span: Span): string {
	switch (span.kind) {
		case 'bold':
		case 'italic':
		case 'underline':
		case 'strike':
		case 'code':
			return `<${simpleTags[span.kind]}>`;
		case 'spoiler':
			return `<span data-mx-spoiler="${escapeHtml(span.reason ?? '')}">`;
		case 'link':
			return `<a href="${escapeHtml(span.url)}">`;
		case 'mention':
			return span.user === null ? '' : `<a href="${escapeHtml(userLink(span.user))}">`;
		case 'color': {
			const color = (name: string, value: string | null): string =>
				value !== null && /^#[0-9a-f]{6}$/i.test(value) ? ` ${name}="${value}"` : '';
			return `<span${color('data-mx-color', span.fg)}${color('data-mx-bg-color', span.bg)}>`;
		}
		case 'code-block':
		case 'quote':
		case 'heading':
		case 'list-item':
			return '';
	}
}

function closing(span: Span): string {
	switch (span.kind) {
		case 'bold':
		case 'italic':
		case 'underline':
		case 'strike':
		case 'code':
			return `</${simpleTags[span.kind]}>`;
		case 'spoiler':
		case 'color':
			return '</span>';
		case 'link':
			return '</a>';
		case 'mention':
			return span.user === null ? '' : '</a>';
		case 'code-block':
		case 'quote':
		case 'heading':
		case 'list-item':
			return '';
	}
}

export function escapeHtml(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
}

/** What clients without HTML show: quotes, list items and spoilers keep their customary signs. */
function plainFallback(rich: RichText): string {
	return linesWithBlocks(rich)
		.map(({ rich: line, quote, block }) => {
			const text = withSpoilerSigns(line).replaceAll(placeholder, '');
			const item =
				block?.kind === 'list-item'
					? `${'  '.repeat(Math.max(0, Math.min(block.depth, 10)))}${block.ordinal === null ? '-' : `${block.ordinal}.`} `
					: '';
			return `${quote > 0 ? `${'>'.repeat(quote)} ` : ''}${item}${text}`;
		})
		.join('\n');
}

/** Bars warn people, and their notifications, where the warning of the HTML is lost. */
function withSpoilerSigns(line: RichText): string {
	let out = '';
	let from = 0;
	for (const span of line.spans) {
		if (span.kind !== 'spoiler' || span.start < from) continue;
		const reason = span.reason === null || span.reason === '' ? '' : `(${span.reason}) `;
		out += `${line.text.slice(from, span.start)}${reason}||${line.text.slice(span.start, span.end)}||`;
		from = span.end;
	}
	return out + line.text.slice(from);
}
