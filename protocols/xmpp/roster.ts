/** The contact list (RFC 6121 section 2) with pending requests of others and the block list folded in. */
import type { RemoteContact } from '../adapter/events.ts';
import type { Subscription } from '../model/entities.ts';
import { remoteUserId } from '../model/ids.ts';
import type { IqTracker } from './iq-tracker.ts';
import { bareText, parseJid, unescapeLocal } from './jid.ts';
import { attr, child, childrenOf, el, type Element } from './stanza.ts';

export const nsRoster = 'jabber:iq:roster';

export interface RosterItem {
	readonly address: string;
	readonly name: string;
	readonly groups: readonly string[];
	readonly subscription: 'none' | 'to' | 'from' | 'both';
	/** We asked and wait for an answer. */
	readonly asked: boolean;
}

const maxItems = 20_000;
const maxGroups = 50;

function readItem(item: Element): RosterItem | 'removed' | null {
	const jid = parseJid(attr(item, 'jid'));
	if (jid === null || jid.resource !== '') return null;
	const subscription = attr(item, 'subscription');
	if (subscription === 'remove') return 'removed';
	return {
		address: bareText(jid),
		name: (attr(item, 'name') ?? '').slice(0, 1000),
		groups: [
			...new Set(
				childrenOf(item, 'group', nsRoster)
					.map((g) => g.getText())
					.filter((g) => g !== ''),
			),
		].slice(0, maxGroups),
		subscription: subscription === 'to' || subscription === 'from' || subscription === 'both' ? subscription : 'none',
		asked: attr(item, 'ask') === 'subscribe',
	};
}

export class Roster {
	readonly items = new Map<string, RosterItem>();
	/** Addresses that want to see our presence. */
	readonly requests = new Map<string, string>();
	blocked: ReadonlySet<string> = new Set();

	/** Replaces the list by a fetched one. */
	load(query: Element | undefined): void {
		this.items.clear();
		for (const element of childrenOf(query, 'item', nsRoster).slice(0, maxItems)) {
			const item = readItem(element);
			if (item !== null && item !== 'removed') this.items.set(item.address, item);
		}
	}

	/** Applies a push that was checked to come from our own account. @returns addresses that changed */
	apply(query: Element | undefined): { readonly changed: readonly string[]; readonly removed: readonly string[] } {
		const changed: string[] = [];
		const removed: string[] = [];
		for (const element of childrenOf(query, 'item', nsRoster)) {
			const item = readItem(element);
			const jid = parseJid(attr(element, 'jid'));
			if (item === null || jid === null) continue;
			if (item === 'removed') {
				this.items.delete(bareText(jid));
				removed.push(bareText(jid));
			} else {
				this.items.set(item.address, item);
				if (item.subscription === 'from' || item.subscription === 'both') this.requests.delete(item.address);
				changed.push(item.address);
			}
		}
		return { changed, removed };
	}

	contact(address: string): RemoteContact {
		const item = this.items.get(address);
		const jid = parseJid(address);
		const fallback =
			this.requests.get(address) || unescapeLocal(jid === null || jid.local === '' ? address : jid.local);
		return {
			remoteId: remoteUserId(address),
			name: item === undefined || item.name === '' ? fallback : item.name,
			groups: item?.groups ?? [],
			subscription: this.#subscription(address, item),
			onRoster: item !== undefined,
			blocked: this.blocked.has(address),
		};
	}

	/** Everybody worth showing: listed, asking, or blocked. */
	all(): RemoteContact[] {
		return [...new Set([...this.items.keys(), ...this.requests.keys(), ...this.blocked])].map((address) =>
			this.contact(address),
		);
	}

	sees(address: string): boolean {
		const subscription = this.items.get(address)?.subscription;
		return subscription === 'to' || subscription === 'both';
	}

	#subscription(address: string, item: RosterItem | undefined): Subscription {
		if (this.requests.has(address)) return 'pending-in';
		if (item === undefined) return 'none';
		return item.asked && item.subscription === 'none' ? 'pending-out' : item.subscription;
	}
}

export async function fetchRoster(iq: IqTracker): Promise<Element | undefined> {
	return child(await iq.get(el('query', { xmlns: nsRoster })), 'query', nsRoster);
}

export const setRosterItem = (
	iq: IqTracker,
	address: string,
	name: string | null,
	groups: readonly string[],
): Promise<Element> =>
	iq.set(
		el(
			'query',
			{ xmlns: nsRoster },
			el('item', { jid: address, name: name ?? undefined }, ...groups.map((g) => el('group', {}, g))),
		),
	);

export const removeRosterItem = (iq: IqTracker, address: string): Promise<Element> =>
	iq.set(el('query', { xmlns: nsRoster }, el('item', { jid: address, subscription: 'remove' })));

export const subscriptionStanza = (
	type: 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed',
	to: string,
	message: string | null = null,
): Element => el('presence', { to, type }, message === null ? null : el('status', {}, message));

/** The nickname a requester gives (XEP-0172), else empty. */
export const nicknameOf = (presence: Element): string =>
	(child(presence, 'nick', 'http://jabber.org/protocol/nick')?.getText() ?? '').slice(0, 200);
