/** XEP-0333 Displayed Markers. */
import { attr, child, el, type Element } from '../stanza.ts';

const nsMarkers = 'urn:xmpp:chat-markers:0';

/** Id of the message up to which the sender has read, or null. */
export const readDisplayed = (message: Element): string | null =>
	attr(child(message, 'displayed', nsMarkers), 'id') ?? null;

export const markable = (): Element => el('markable', { xmlns: nsMarkers });

export const displayed = (id: string): Element => el('displayed', { xmlns: nsMarkers, id });
