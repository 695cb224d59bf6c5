/** XEP-0085 Chat State Notifications. */
import type { Actor, AdapterEvent } from '../../adapter/events.ts';
import type { RemoteConversationId } from '../../model/ids.ts';
import { el, type Element, elements } from '../stanza.ts';

const nsChatStates = 'http://jabber.org/protocol/chatstates';

/** Clients say `composing` once, not again and again; hardly anybody types for longer than this without a pause. */
const lastsMs = 60_000;

/** What the message says about typing; `active` and `gone` mean that it stopped. */
export function readChatState(message: Element): 'active' | 'paused' | 'done' | null {
	const state = elements(message).find((e) => e.getNS() === nsChatStates);
	switch (state?.getName()) {
		case 'composing':
			return 'active';
		case 'paused':
			return 'paused';
		case 'active':
		case 'inactive':
		case 'gone':
			return 'done';
		default:
			return null;
	}
}

export function chatState(state: 'active' | 'paused' | 'done'): Element {
	return el({ active: 'composing', paused: 'paused', done: 'active' }[state], { xmlns: nsChatStates });
}

export const typingEvent = (
	conversation: RemoteConversationId,
	user: Actor,
	state: 'active' | 'paused' | 'done',
): AdapterEvent => ({ type: 'typing', conversation, user, state, expiresMs: lastsMs });
