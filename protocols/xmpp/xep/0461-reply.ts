/** XEP-0461 Message Replies with the quote for old clients of XEP-0428, counted in code points. */
import { attr, child, el, type Element } from '../stanza.ts';
import { fallbackFor } from './0428-fallback.ts';

export const nsReply = 'urn:xmpp:reply:0';

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

const maxQuote = 500;

/** The quote put before our answer, ending in a line break. */
export function quoteFor(senderName: string, text: string): string {
	const cut = text.length > maxQuote ? `${Array.from(text).slice(0, maxQuote).join('')}…` : text;
	const lines = [`${senderName}:`, ...cut.split('\n')];
	return `${lines.map((line) => `> ${line}`).join('\n')}\n`;
}

/** The elements that make `quote + body` a reply. */
export function replyElements(id: string, to: string | null, quote: string): Element[] {
	const reply = el('reply', { xmlns: nsReply, id, to: to ?? undefined });
	return quote === '' ? [reply] : [reply, fallbackFor(nsReply, Array.from(quote).length)];
}
