/**
 * `org.matrix.custom.html` → text and spans (client-server specification, "m.room.message msgtypes"). The HTML is
 * tokenised once and thrown away: tags outside the allow-list lose their meaning but keep their text, script-like
 * elements lose both, and no attribute survives except a checked link, language, colour, ordinal or spoiler reason.
 */
import { Parser } from 'htmlparser2';
import { type Mark, type RichText, type Span, plain, richText, richTextLimits } from '../model/rich-text.ts';
import { remoteUserId } from '../model/ids.ts';
import { cleanText } from './json.ts';
import { userOfLink } from './matrix-id.ts';

export const htmlLimits = { maxInput: 256 * 1024, maxDepth: 100, maxTags: 20_000 } as const;

/** Elements whose content is not text for people. `mx-reply` is the reply fallback removed in version 1.13. */
const silent = new Set([
	'mx-reply',
	'script',
	'style',
	'title',
	'head',
	'template',
	'iframe',
	'object',
	'noscript',
	'svg',
	'math',
	'select',
	'video',
	'audio',
	'canvas',
]);
const voidTags = new Set([
	'br',
	'hr',
	'img',
	'input',
	'meta',
	'link',
	'area',
	'base',
	'col',
	'embed',
	'source',
	'track',
	'wbr',
	'param',
]);
/** Lines before and after a block: 2 leaves an empty line between neighbours. */
const blocks = new Map<string, number>([
	['p', 2],
	['div', 1],
	['blockquote', 1],
	['pre', 1],
	['ul', 1],
	['ol', 1],
	['li', 1],
	['table', 1],
	['caption', 1],
	['tr', 1],
	['details', 1],
	['summary', 1],
	...(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((tag) => [tag, 1]) as [string, number][]),
]);
const inline = new Map<string, 'bold' | 'italic' | 'underline' | 'strike'>([
	['b', 'bold'],
	['strong', 'bold'],
	['i', 'italic'],
	['em', 'italic'],
	['u', 'underline'],
	['ins', 'underline'],
	['s', 'strike'],
	['del', 'strike'],
	['strike', 'strike'],
]);
const linkSchemes = new Set(['http:', 'https:', 'ftp:', 'mailto:', 'magnet:', 'matrix:', 'xmpp:', 'irc:', 'ircs:']);

/** A mark being open; `start` is set by its first character, so that margins never belong to it. */
interface OpenMark {
	mark: Mark;
	start: number | null;
}

interface Open {
	readonly tag: string;
	readonly marks: readonly OpenMark[];
}

/** Never throws; malformed markup degrades to its text. */
export function htmlToRich(html: string): RichText {
	const builder = new RichBuilder();
	const parser = new Parser(
		{
			onopentag: (tag, attributes) => builder.open(tag, attributes),
			ontext: (text) => builder.text(text),
			onclosetag: (tag) => builder.close(tag),
		},
		{ decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
	);
	parser.write(html.slice(0, htmlLimits.maxInput));
	parser.end();
	return builder.finish();
}

class RichBuilder {
	#out = '';
	readonly #spans: Span[] = [];
	readonly #stack: Open[] = [];
	readonly #waiting: OpenMark[] = [];
	#tags = 0;
	#silent = 0;
	#pre = 0;
	#quotes = 0;
	readonly #lists: { ordinal: number | null }[] = [];
	/** Line breaks owed before the next text. */
	#pending = 0;
	#space = false;

	open(tag: string, attributes: Readonly<Record<string, string>>): void {
		this.#tags++;
		if (voidTags.has(tag)) {
			if (this.#silent === 0) this.#void(tag, attributes);
			return;
		}
		// Past the limits only the text is kept; the counter still pairs up closing tags.
		const ignored = this.#tags > htmlLimits.maxTags || this.#stack.length >= htmlLimits.maxDepth;
		if (silent.has(tag)) this.#silent++;
		const margin = blocks.get(tag);
		if (margin !== undefined && this.#silent === 0) this.#break(margin);
		if (
			(tag === 'td' || tag === 'th') &&
			this.#silent === 0 &&
			this.#pending === 0 &&
			this.#out !== '' &&
			!this.#out.endsWith('\n')
		)
			this.#raw(' | ');
		const marks = ignored || this.#silent > 0 ? [] : this.#marksOf(tag, attributes);
		const open = marks.map((mark): OpenMark => ({ mark, start: null }));
		this.#waiting.push(...open);
		this.#stack.push({ tag, marks: open });
	}

	close(tag: string): void {
		if (voidTags.has(tag)) return;
		const top = this.#stack.pop();
		if (top === undefined) return;
		for (const open of top.marks) {
			this.#mark(open);
			const at = open.start === null ? this.#waiting.indexOf(open) : -1;
			if (at >= 0) this.#waiting.splice(at, 1);
		}
		if (silent.has(top.tag)) this.#silent--;
		if (top.tag === 'pre') this.#pre--;
		if (top.tag === 'blockquote') this.#quotes--;
		if (top.tag === 'ul' || top.tag === 'ol') this.#lists.pop();
		const margin = blocks.get(top.tag);
		if (margin !== undefined && this.#silent === 0) this.#break(margin);
	}

	text(text: string): void {
		if (this.#silent > 0 || this.#out.length > richTextLimits.maxText) return;
		const clean = cleanText(text);
		if (this.#pre > 0) {
			this.#raw(clean);
			return;
		}
		for (const part of clean.split(/([ \t\n\f]+)/)) {
			if (part === '') continue;
			if (/^[ \t\n\f]/.test(part)) this.#space = true;
			else this.#raw(part);
		}
	}

	finish(): RichText {
		while (this.#stack.length > 0) this.close(this.#stack.at(-1)?.tag ?? '');
		const text = this.#out.replace(/\n+$/, '');
		return richText(text, this.#spans);
	}

	#void(tag: string, attributes: Readonly<Record<string, string>>): void {
		if (tag === 'br') {
			this.#flushBreaks();
			this.#space = false;
			this.#out += '\n';
		} else if (tag === 'hr') {
			this.#break(1);
			this.#raw('———');
			this.#break(1);
		} else if (tag === 'img') {
			// Inline images (custom emoji) show as their text; nothing is ever fetched from here.
			this.#raw(
				cleanText(attributes['alt'] ?? attributes['title'] ?? '')
					.replaceAll('\n', ' ')
					.slice(0, 256),
			);
		}
	}

	#marksOf(tag: string, attributes: Readonly<Record<string, string>>): Mark[] {
		const simple = inline.get(tag);
		if (simple !== undefined) return [{ kind: simple }];
		switch (tag) {
			case 'code':
				if (this.#pre === 0) return [{ kind: 'code' }];
				this.#noteLanguage(attributes['class']);
				return [];
			case 'pre':
				this.#pre++;
				return [{ kind: 'code-block', language: null }];
			case 'blockquote':
				this.#quotes++;
				return [{ kind: 'quote', depth: this.#quotes }];
			case 'ul':
				this.#lists.push({ ordinal: null });
				return [];
			case 'ol':
				this.#lists.push({ ordinal: startOf(attributes['start']) });
				return [];
			case 'li':
				return [this.#listItem()];
			case 'a':
				return linkMark(attributes['href']);
			case 'span':
			case 'font':
				return spanMarks(attributes);
			default: {
				const heading = /^h([1-6])$/.exec(tag);
				return heading === null ? [] : [{ kind: 'heading', level: Number(heading[1]) }];
			}
		}
	}

	#listItem(): Mark {
		const list = this.#lists.at(-1);
		const depth = Math.max(0, this.#lists.length - 1);
		if (list === undefined || list.ordinal === null) return { kind: 'list-item', ordinal: null, depth };
		const ordinal = list.ordinal++;
		return { kind: 'list-item', ordinal, depth };
	}

	/** Language of `<pre><code class="language-x">`, known only inside the block it belongs to. */
	#noteLanguage(className: string | undefined): void {
		const language = /(?:^|\s)language-([\w+#.-]{1,40})(?:\s|$)/.exec(className ?? '')?.[1];
		const block = this.#stack.findLast((open) => open.tag === 'pre')?.marks[0];
		if (language !== undefined && block !== undefined) block.mark = { kind: 'code-block', language };
	}

	#mark({ mark, start }: OpenMark): void {
		if (start === null || this.#spans.length >= richTextLimits.maxSpans) return;
		// The line break before `</pre>` belongs to the markup, not to the code.
		const end = mark.kind === 'code-block' && this.#out.endsWith('\n') ? this.#out.length - 1 : this.#out.length;
		if (end > start) this.#spans.push({ ...mark, start, end });
	}

	#settle(): void {
		this.#flushBreaks();
		if (this.#space && this.#out !== '' && !/\s$/.test(this.#out)) this.#out += ' ';
		this.#space = false;
		for (const open of this.#waiting) open.start = this.#out.length;
		this.#waiting.length = 0;
	}

	#raw(text: string): void {
		if (text === '') return;
		this.#settle();
		this.#out += text;
	}

	#break(lines: number): void {
		this.#pending = Math.max(this.#pending, lines);
		this.#space = false;
	}

	#flushBreaks(): void {
		if (this.#pending === 0) return;
		if (this.#out !== '') {
			const present = /\n*$/.exec(this.#out)?.[0].length ?? 0;
			this.#out += '\n'.repeat(Math.max(0, this.#pending - present));
		}
		this.#pending = 0;
		this.#space = false;
	}
}

function startOf(value: string | undefined): number {
	const parsed = Number.parseInt(value ?? '1', 10);
	return Number.isSafeInteger(parsed) && Math.abs(parsed) < 1e9 ? parsed : 1;
}

/** A link only if its scheme is harmless; a link to a user is a mention. */
function linkMark(href: string | undefined): Mark[] {
	if (href === undefined || href.length > richTextLimits.maxUrl) return [];
	const user = userOfLink(href);
	if (user !== null) return [{ kind: 'mention', user: remoteUserId(user), room: false }];
	// URL parsing drops tabs and line feeds, so `java\nscript:` is judged by what a browser would see.
	const url = URL.parse(href);
	if (url === null || !linkSchemes.has(url.protocol)) return [];
	return [{ kind: 'link', url: url.href }];
}

function spanMarks(attributes: Readonly<Record<string, string>>): Mark[] {
	const marks: Mark[] = [];
	const spoiler = attributes['data-mx-spoiler'];
	if (spoiler !== undefined) {
		const reason = cleanText(spoiler).replaceAll('\n', ' ').slice(0, 200).trim();
		marks.push({ kind: 'spoiler', reason: reason === '' ? null : reason });
	}
	const fg = colorOf(attributes['data-mx-color'] ?? attributes['color']);
	const bg = colorOf(attributes['data-mx-bg-color']);
	if (fg !== null || bg !== null) marks.push({ kind: 'color', fg, bg });
	return marks;
}

function colorOf(value: string | undefined): string | null {
	return value !== undefined && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : null;
}

/** Text of a message whose `formatted_body` is unusable. */
export const textToRich = (body: string): RichText => plain(cleanText(body).slice(0, richTextLimits.maxText));
