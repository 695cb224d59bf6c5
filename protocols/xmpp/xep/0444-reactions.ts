/** XEP-0444 Message Reactions: each message replaces the sender's whole set for its target. */
import { reactionKey } from '../../model/reaction-key.ts';
import { attr, child, childrenOf, el, type Element } from '../stanza.ts';

export const nsReactions = 'urn:xmpp:reactions:0';

const maxReactions = 20;
/** Elements looked at; the rest is somebody playing. */
const maxRead = 200;
const maxKeyLength = 64;

export interface Reactions {
	readonly id: string;
	readonly keys: readonly string[];
}

export function readReactions(message: Element): Reactions | null {
	const reactions = child(message, 'reactions', nsReactions);
	const id = attr(reactions, 'id');
	if (reactions === undefined || id === undefined || id === '') return null;
	const keys = childrenOf(reactions, 'reaction', nsReactions)
		.slice(0, maxRead)
		.map((e) => reactionKey(e.getText()))
		.filter((key) => key !== '' && key.length <= maxKeyLength);
	return { id, keys: [...new Set(keys)].slice(0, maxReactions) };
}

export const reactionsTo = (id: string, keys: readonly string[]): Element =>
	el(
		'reactions',
		{ xmlns: nsReactions, id },
		...[...new Set(keys.map(reactionKey))].map((key) => el('reaction', {}, key)),
	);
