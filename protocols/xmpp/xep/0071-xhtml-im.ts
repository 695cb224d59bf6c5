/**
 * XEP-0071 XHTML-IM, on receipt only: old clients put their formatting there. The tree is walked into spans; nothing
 * of it is kept as markup, unknown elements give their text.
 */
import { Parser } from 'htmlparser2';
import { type RichText, richText, type Span } from '../../model/rich-text.ts';
import { child, type Element } from '../stanza.ts';

const nsXhtmlIm = 'http://jabber.org/protocol/xhtml-im';
const nsXhtml = 'http://www.w3.org/1999/xhtml';
const inline = new Map([
	['strong', 'bold'],
	['b', 'bold'],
	['em', 'italic'],
	['i', 'italic'],
	['u', 'underline'],
	['del', 'strike'],
	['s', 'strike'],
	['code', 'code'],
	['tt', 'code'],
] as const);
const blocks = new Set(['p', 'div', 'blockquote', 'pre', 'li', 'ul', 'ol', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
const invisible = new Set(['script', 'style', 'head', 'title']);
const maxDepth = 50;

/** Only schemes that a link may have; everything else stays text. */
const safeUrl = (url: string | undefined): string | null =>
	url !== undefined && /^(https?|mailto|xmpp|tel|geo):/i.test(url) ? url : null;

type OpenMark = {
	readonly tag: string;
	readonly make: ((start: number, end: number) => Span) | null;
	readonly start: number;
};

/** The formatted body, or null when there is none worth using. */
export function readXhtml(message: Element): RichText | null {
	const body = child(child(message, 'html', nsXhtmlIm), 'body', nsXhtml);
	if (body === undefined) return null;
	const rich = htmlToRich(body.toString());
	return rich.text.trim() === '' ? null : rich;
}

/** Any HTML text to spans. */
export function htmlToRich(html: string): RichText {
	let text = '';
	const spans: Span[] = [];
	const open: OpenMark[] = [];
	let hidden = 0;
	let quotes = 0;
	const newline = (): void => {
		if (text !== '' && !text.endsWith('\n')) text += '\n';
	};
	const markOf = (name: string, attributes: Readonly<Record<string, string>>): OpenMark['make'] => {
		const kind = inline.get(name as never) as 'bold' | 'italic' | 'underline' | 'strike' | 'code' | undefined;
		if (kind !== undefined) return (start, end) => ({ kind, start, end });
		if (name === 'blockquote') {
			const depth = ++quotes;
			return (start, end) => ({ kind: 'quote', depth, start, end });
		}
		if (name === 'pre') return (start, end) => ({ kind: 'code-block', language: null, start, end });
		const url = name === 'a' ? safeUrl(attributes['href']) : null;
		if (url !== null) return (start, end) => ({ kind: 'link', url, start, end });
		return null;
	};
	const parser = new Parser(
		{
			onopentag(name, attributes) {
				if (invisible.has(name)) hidden++;
				if (open.length >= maxDepth) return;
				if (name === 'br') text += '\n';
				else if (blocks.has(name)) newline();
				if (name === 'img' && attributes['alt'] !== undefined) text += attributes['alt'];
				open.push({ tag: name, make: markOf(name, attributes), start: text.length });
			},
			ontext(data) {
				if (hidden > 0) return;
				const pre = open.some((mark) => mark.tag === 'pre');
				text += pre ? data : data.replace(/\s+/g, ' ');
			},
			onclosetag(name) {
				if (invisible.has(name)) hidden = Math.max(0, hidden - 1);
				const index = open.findLastIndex((mark) => mark.tag === name);
				if (index < 0) return;
				for (const mark of open.splice(index)) {
					if (mark.make !== null) spans.push(mark.make(mark.start, text.length));
					if (mark.tag === 'blockquote') quotes--;
				}
				if (blocks.has(name)) newline();
			},
		},
		{ decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
	);
	parser.write(html);
	parser.end();
	return richText(text.replace(/\n+$/, ''), spans);
}
