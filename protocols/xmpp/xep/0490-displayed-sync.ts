/** XEP-0490 Message Displayed Synchronization: our own read position on all devices. */
import { bareText, parseJid } from '../jid.ts';
import { attr, child, el, type Element } from '../stanza.ts';
import type { PubsubItem } from './0223-own-data.ts';
import { nsSid } from './0359-stanza-ids.ts';

export const nsDisplayedSync = 'urn:xmpp:mds:displayed:0';

export interface DisplayedUpTo {
	readonly conversation: string;
	/** Archive id of the newest message read. */
	readonly id: string;
}

/** @param ownBare our address: one-to-one messages carry ids of our own archive, room messages of the room's */
export function readDisplayedSync(item: PubsubItem, ownBare: string): DisplayedUpTo | null {
	const conversation = parseJid(item.id);
	if (conversation === null || item.payload === undefined || !item.payload.is('displayed', nsDisplayedSync))
		return null;
	const stanzaId = child(item.payload, 'stanza-id', nsSid);
	const id = attr(stanzaId, 'id');
	const by = parseJid(attr(stanzaId, 'by'));
	if (id === undefined || by === null) return null;
	const authority = bareText(by);
	return authority === ownBare || authority === bareText(conversation)
		? { conversation: bareText(conversation), id }
		: null;
}

export const displayedSyncElement = (id: string, by: string): Element =>
	el('displayed', { xmlns: nsDisplayedSync }, el('stanza-id', { xmlns: nsSid, id, by }));
