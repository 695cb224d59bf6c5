/** XEP-0424 Message Retraction. What a room retracts for a moderator is XEP-0425. */
import { attr, child, childText, el, type Element } from '../stanza.ts';

export const nsRetract = 'urn:xmpp:message-retract:1';

export interface Retraction {
	readonly id: string;
	readonly reason: string | null;
}

export function readRetraction(message: Element): Retraction | null {
	const retract = child(message, 'retract', nsRetract);
	const id = attr(retract, 'id');
	if (retract === undefined || id === undefined || id === '') return null;
	return { id, reason: childText(retract, 'reason', nsRetract)?.slice(0, 2000) ?? null };
}

export const retractionOf = (id: string): Element => el('retract', { xmlns: nsRetract, id });
