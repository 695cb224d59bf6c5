/** XEP-0223: own data in one's PubSub service, readable by nobody else, with options that the server must honour. */
import type { IqTracker } from '../iq-tracker.ts';
import { attr, child, childrenOf, el, type Element, elements, ns } from '../stanza.ts';

const nsForm = 'jabber:x:data';

const field = (name: string, value: string, hidden = false): Element =>
	el('field', { var: name, type: hidden ? 'hidden' : undefined }, el('value', {}, value));

/** Refused by the server rather than published with weaker rights (Converse.js CVE-2018-6591). */
const privateOptions = (): Element =>
	el(
		'publish-options',
		{},
		el(
			'x',
			{ xmlns: nsForm, type: 'submit' },
			field('FORM_TYPE', 'http://jabber.org/protocol/pubsub#publish-options', true),
			field('pubsub#persist_items', 'true'),
			field('pubsub#max_items', 'max'),
			field('pubsub#send_last_published_item', 'never'),
			field('pubsub#access_model', 'whitelist'),
		),
	);

export const publishOwn = (iq: IqTracker, node: string, id: string, payload: Element): Promise<Element> =>
	iq.set(el('pubsub', { xmlns: ns.pubsub }, el('publish', { node }, el('item', { id }, payload)), privateOptions()));

export interface PubsubItem {
	readonly id: string;
	readonly payload: Element | undefined;
}

const itemsIn = (parent: Element | undefined, namespace: string): PubsubItem[] =>
	childrenOf(parent, 'item', namespace).flatMap((item) => {
		const id = attr(item, 'id');
		return id === undefined ? [] : [{ id, payload: elements(item)[0] }];
	});

export async function fetchOwn(iq: IqTracker, node: string): Promise<PubsubItem[]> {
	const reply = await iq.get(el('pubsub', { xmlns: ns.pubsub }, el('items', { node })));
	return itemsIn(child(child(reply, 'pubsub', ns.pubsub), 'items', ns.pubsub), ns.pubsub);
}

export interface PubsubEvent {
	readonly node: string;
	readonly items: readonly PubsubItem[];
	readonly retracted: readonly string[];
}

/** A notification inside a message, from whomever; the caller checks the sender. */
export function readPubsubEvent(message: Element): PubsubEvent | null {
	const items = child(child(message, 'event', ns.pubsubEvent), 'items', ns.pubsubEvent);
	const node = attr(items, 'node');
	if (items === undefined || node === undefined) return null;
	return {
		node,
		items: itemsIn(items, ns.pubsubEvent),
		retracted: childrenOf(items, 'retract', ns.pubsubEvent).flatMap((e) => attr(e, 'id') ?? []),
	};
}
