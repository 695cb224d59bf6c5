/** XEP-0191 Blocking Command. */
import type { IqTracker } from '../iq-tracker.ts';
import { bareText, parseJid } from '../jid.ts';
import { attr, child, childrenOf, el, type Element } from '../stanza.ts';

export const nsBlocking = 'urn:xmpp:blocking';

const addresses = (parent: Element | undefined): string[] =>
	childrenOf(parent, 'item', nsBlocking).flatMap((item) => {
		const jid = parseJid(attr(item, 'jid'));
		return jid === null ? [] : [bareText(jid)];
	});

export async function fetchBlockList(iq: IqTracker): Promise<Set<string>> {
	const reply = await iq.get(el('blocklist', { xmlns: nsBlocking }));
	return new Set(addresses(child(reply, 'blocklist', nsBlocking)));
}

export const setBlocked = (iq: IqTracker, jid: string, blocked: boolean): Promise<Element> =>
	iq.set(el(blocked ? 'block' : 'unblock', { xmlns: nsBlocking }, el('item', { jid })));

/** A change made on another device; null for other stanzas. An empty unblock lifts everything. */
export function readBlockPush(
	iq: Element,
): { readonly blocked: boolean; readonly addresses: readonly string[] } | null {
	const block = child(iq, 'block', nsBlocking);
	if (block !== undefined) return { blocked: true, addresses: addresses(block) };
	const unblock = child(iq, 'unblock', nsBlocking);
	return unblock === undefined ? null : { blocked: false, addresses: addresses(unblock) };
}
