/** XEP-0359 Unique and Stable Stanza IDs: ours. Reading those of archives is a matter of trust, see `trust.ts`. */
import { attr, child, el, type Element } from '../stanza.ts';

export const nsSid = 'urn:xmpp:sid:0';

export const originId = (id: string): Element => el('origin-id', { xmlns: nsSid, id });

/** Id chosen by the sending client: origin-id where given, else the stanza's own. */
export const senderId = (message: Element): string | null =>
	attr(child(message, 'origin-id', nsSid), 'id') ?? attr(message, 'id') ?? null;
