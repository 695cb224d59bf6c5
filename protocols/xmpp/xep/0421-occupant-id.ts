/** XEP-0421 Occupant identifiers: who stands behind a nickname, without telling the real address. */
import { attr, child, type Element } from '../stanza.ts';

export const nsOccupantId = 'urn:xmpp:occupant-id:0';

/** @param announced the room announces the feature; otherwise an occupant could have put it there */
export function readOccupantId(stanza: Element, announced: boolean): string | null {
	const id = announced ? attr(child(stanza, 'occupant-id', nsOccupantId), 'id') : undefined;
	return id === undefined || id === '' ? null : id;
}
