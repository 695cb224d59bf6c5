/** XEP-0308 Last Message Correction. */
import { attr, child, el, type Element } from '../stanza.ts';

export const nsCorrection = 'urn:xmpp:message-correct:0';

/** Sender's id of the message that this one replaces, or null. */
export const readCorrection = (message: Element): string | null =>
	attr(child(message, 'replace', nsCorrection), 'id') ?? null;

export const correctionOf = (id: string): Element => el('replace', { xmlns: nsCorrection, id });
