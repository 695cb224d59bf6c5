/** XEP-0280 Message Carbons: what our other devices send and receive. */
import type { Jid } from '../jid.ts';
import { child, el, type Element, unwrapForwarded } from '../stanza.ts';
import { isPlausibleCarbon, mayExercise, senderOf } from '../trust.ts';

const nsCarbons = 'urn:xmpp:carbons:2';

export type Carbon =
	| { readonly kind: 'none' }
	/** It claims to be a copy but may not be one. */
	| { readonly kind: 'forged' }
	| { readonly kind: 'copy'; readonly direction: 'sent' | 'received'; readonly message: Element };

export function readCarbon(stanza: Element, self: Jid): Carbon {
	for (const direction of ['sent', 'received'] as const) {
		const wrapper = child(stanza, direction, nsCarbons);
		if (wrapper === undefined) continue;
		if (!mayExercise('carbon', senderOf(stanza), self)) return { kind: 'forged' };
		const message = unwrapForwarded(child(wrapper, 'forwarded', 'urn:xmpp:forward:0'));
		if (message === null || !isPlausibleCarbon(direction, message, self)) return { kind: 'forged' };
		return { kind: 'copy', direction, message };
	}
	return { kind: 'none' };
}

export const enableCarbons = (): Element => el('enable', { xmlns: nsCarbons });
