/** XEP-0461 Message Replies with the quote for old clients of XEP-0428, counted in code points. */
import { attr, child, childrenOf, el, type Element, wholeNumber } from '../stanza.ts';

export const nsReply = 'urn:xmpp:reply:0';
const nsFallback = 'urn:xmpp:fallback:0';

export interface Reply {
	readonly id: string;
	/** Author as the replying client understood it; only a hint. */
	readonly to: string | null;
}

export function readReply(message: Element): Reply | null {
	const reply = child(message, 'reply', nsReply);
	const id = attr(reply, 'id');
	return id === undefined || id === '' ? null : { id, to: attr(reply, 'to') ?? null };
}

/** Takes out the parts of the body that only repeat what `feature` says (XEP-0428). */
export function stripFallback(message: Element, body: string, features: ReadonlySet<string>): string {
	const fallbacks = childrenOf(message, 'fallback', nsFallback).filter((f) => features.has(attr(f, 'for') ?? ''));
	if (fallbacks.length === 0) return body;
	const points = Array.from(body);
	const drop = new Uint8Array(points.length);
	for (const fallback of fallbacks) {
		const parts = childrenOf(fallback, 'body', nsFallback);
		// Without ranges the whole body is fallback.
		if (parts.length === 0) return '';
		for (const part of parts) {
			const start = wholeNumber(attr(part, 'start')) ?? 0;
			const end = wholeNumber(attr(part, 'end')) ?? points.length;
			if (start < end) drop.fill(1, Math.min(start, points.length), Math.min(end, points.length));
		}
	}
	return points.filter((_, i) => drop[i] === 0).join('');
}

const maxQuote = 500;

/** The quote put before our answer, ending in a line break. */
export function quoteFor(senderName: string, text: string): string {
	const cut = text.length > maxQuote ? `${Array.from(text).slice(0, maxQuote).join('')}…` : text;
	const lines = [`${senderName}:`, ...cut.split('\n')];
	return `${lines.map((line) => `> ${line}`).join('\n')}\n`;
}

/** The elements that make `quote + body` a reply. */
export function replyElements(id: string, to: string | null, quote: string): Element[] {
	return [
		el('reply', { xmlns: nsReply, id, to: to ?? undefined }),
		el('fallback', { xmlns: nsFallback, for: nsReply }, el('body', { start: 0, end: Array.from(quote).length })),
	];
}
