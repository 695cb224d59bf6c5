/** XEP-0424 Message Retraction and, announced by a room, XEP-0425 Moderated Message Retraction. */
import { attr, child, childText, el, type Element } from '../stanza.ts';

export const nsRetract = 'urn:xmpp:message-retract:1';
const nsModerate = 'urn:xmpp:message-moderate:1';

export interface Retraction {
	readonly id: string;
	/** A moderator's doing, not the author's. */
	readonly moderated: boolean;
	readonly reason: string | null;
}

export function readRetraction(message: Element): Retraction | null {
	const retract = child(message, 'retract', nsRetract);
	const id = attr(retract, 'id');
	if (retract === undefined || id === undefined || id === '') return null;
	return {
		id,
		moderated: child(retract, 'moderated', nsModerate) !== undefined,
		reason: childText(retract, 'reason', nsRetract) ?? null,
	};
}

export const retractionOf = (id: string): Element => el('retract', { xmlns: nsRetract, id });
