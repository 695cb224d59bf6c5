/** XEP-0085 Chat State Notifications. */
import { el, type Element, elements } from '../stanza.ts';

const nsChatStates = 'http://jabber.org/protocol/chatstates';

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
