/** XEP-0184 Message Delivery Receipts. */
import { attr, child, el, type Element } from '../stanza.ts';

const nsReceipts = 'urn:xmpp:receipts';

/** Id of our message that a device of the other side has, or null. */
export const readReceipt = (message: Element): string | null =>
	attr(child(message, 'received', nsReceipts), 'id') ?? null;

export const wantsReceipt = (message: Element): boolean => child(message, 'request', nsReceipts) !== undefined;

export const receiptRequest = (): Element => el('request', { xmlns: nsReceipts });

export const receiptFor = (id: string): Element => el('received', { xmlns: nsReceipts, id });
