/** XEP-0059 Result Set Management. */
import { child, childText, el, type Element, wholeNumber } from '../stanza.ts';

export const nsRsm = 'http://jabber.org/protocol/rsm';

export interface PageRequest {
	readonly max: number;
	/** Empty string: the last page. */
	readonly before?: string;
	readonly after?: string;
}

export interface PageInfo {
	readonly first: string | null;
	readonly last: string | null;
	readonly count: number | null;
}

export const pageElement = (page: PageRequest): Element =>
	el(
		'set',
		{ xmlns: nsRsm },
		el('max', {}, String(page.max)),
		page.before === undefined ? null : el('before', {}, page.before),
		page.after === undefined ? null : el('after', {}, page.after),
	);

export function readPage(parent: Element | undefined): PageInfo {
	const set = child(parent, 'set', nsRsm);
	return {
		first: childText(set, 'first', nsRsm) ?? null,
		last: childText(set, 'last', nsRsm) ?? null,
		count: wholeNumber(childText(set, 'count', nsRsm)) ?? null,
	};
}
