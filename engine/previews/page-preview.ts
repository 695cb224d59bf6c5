/**
 * What a web page says about itself in its head (Open Graph, Twitter cards, HTML `title` and `description`): words and
 * the address of a picture, for the card under a message. The page is tokenised, never built, never run; reading ends
 * at the head's end or after `pageLimits.head` characters.
 */
import { Parser } from 'htmlparser2';
import { oneLine } from '../one-line.ts';

export interface PagePreview {
	readonly title: string;
	/** May be empty. */
	readonly description: string;
	readonly siteName: string | null;
	/** Absolute `https:` address, unchecked otherwise. */
	readonly imageUrl: string | null;
}

/** Characters. */
export const pageLimits = { head: 512 * 1024, title: 200, description: 400, siteName: 80, url: 2048 } as const;

/** Where a fact may come from, best first. */
const sources = {
	title: ['og:title', 'twitter:title', 'title'],
	description: ['og:description', 'twitter:description', 'description'],
	siteName: ['og:site_name', 'application-name'],
	image: ['og:image:secure_url', 'og:image', 'twitter:image'],
} as const;
const wanted = new Set<string>(Object.values(sources).flat());
/** Elements a head may hold; any other one means that the body has begun, whether the page says so or not. */
const headElements = new Set([
	'html',
	'head',
	'title',
	'meta',
	'link',
	'script',
	'style',
	'base',
	'noscript',
	'template',
]);

/** First value of every wanted name: later ones are what a page's author or a guest appended. */
function factsOf(html: string): { readonly facts: ReadonlyMap<string, string>; readonly base: string | null } {
	const facts = new Map<string, string>();
	let base: string | null = null;
	let inTitle = false;
	let title = '';
	let over = false;
	const keep = (name: string | undefined, value: string | undefined): void => {
		const key = name?.trim().toLowerCase() ?? '';
		if (value !== undefined && value.trim() !== '' && wanted.has(key) && !facts.has(key)) facts.set(key, value);
	};
	const parser = new Parser(
		{
			onopentag(name, attributes) {
				if (over) return;
				if (!headElements.has(name)) over = true;
				else if (name === 'title') inTitle = !facts.has('title');
				else if (name === 'meta') keep(attributes['property'] ?? attributes['name'], attributes['content']);
				else if (name === 'base') base ??= attributes['href'] ?? null;
			},
			ontext(text) {
				if (inTitle && !over && title.length < pageLimits.title * 8) title += text;
			},
			onclosetag(name) {
				if (over) return;
				if (name === 'title' && inTitle) {
					inTitle = false;
					keep('title', title);
				} else if (name === 'head') over = true;
			},
		},
		{ decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
	);
	const step = 16 * 1024;
	const end = Math.min(html.length, pageLimits.head);
	for (let at = 0; at < end && !over; at += step) parser.write(html.slice(at, Math.min(end, at + step)));
	parser.end();
	return { facts, base };
}

function absolute(value: string | undefined, base: string | null, page: string): string | null {
	if (value === undefined || value.length > pageLimits.url) return null;
	const from = base === null ? page : (URL.parse(base, page)?.href ?? page);
	const url = URL.parse(value.trim(), from);
	return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null;
}

/**
 * @param html beginning of the page, decoded
 * @param page address the page was really got from, after redirects; relative addresses start there
 * @returns null when the page has no title to show
 */
export function readPagePreview(html: string, page: string): PagePreview | null {
	const { facts, base } = factsOf(html);
	const first = (names: readonly string[]): string | undefined =>
		names.map((name) => facts.get(name)).find((value) => value !== undefined);
	const title = oneLine(first(sources.title) ?? '', pageLimits.title);
	if (title === '') return null;
	const siteName = oneLine(first(sources.siteName) ?? '', pageLimits.siteName);
	return {
		title,
		description: oneLine(first(sources.description) ?? '', pageLimits.description),
		siteName: siteName === '' ? null : siteName,
		imageUrl: absolute(first(sources.image), base, page),
	};
}

/** `charset` of a `Content-Type`, or of the page's own `meta`; UTF-8 where neither says something known. */
export function decodePage(bytes: Uint8Array, contentType: string | null): string {
	const named = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? '')?.[1];
	const beginning = new TextDecoder('latin1').decode(bytes.subarray(0, 2048));
	const declared = /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(beginning)?.[1];
	for (const label of [named, declared]) {
		if (label === undefined) continue;
		try {
			return new TextDecoder(label).decode(bytes);
		} catch {
			// An encoding nobody knows: the next guess.
		}
	}
	return new TextDecoder().decode(bytes);
}
