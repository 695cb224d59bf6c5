/**
 * Which links a message names in its own words. A preview is about one of them or about nothing: a card for an address
 * that nobody can read in the message would let its sender dress one page as another.
 */
export const linkLimits = { perMessage: 3, url: 2048, body: 64 * 1024 } as const;

function normal(text: string): string | null {
	if (text.length > linkLimits.url) return null;
	const url = URL.parse(text);
	if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
	return url.username === '' && url.password === '' ? url.href : null;
}

/** Normalised `http:` and `https:` addresses in `body`, each once, in order, at most `linkLimits.perMessage`. */
export function namedLinks(body: string): readonly string[] {
	const found = new Set<string>();
	for (const [text] of body.slice(0, linkLimits.body).matchAll(/\bhttps?:\/\/[^\s<>"\p{Cc}\p{Cf}]+/giu)) {
		const url = normal(text.replace(/[.,;:!?'")\]}]+$/u, ''));
		if (url !== null) found.add(url);
		if (found.size === linkLimits.perMessage) break;
	}
	return [...found];
}
