/** XEP-0030 Service Discovery. */
import type { IqTracker } from '../iq-tracker.ts';
import { attr, child, childrenOf, el, type Element } from '../stanza.ts';
import { nsRsm, pageElement, readPage } from './0059-rsm.ts';

export const nsDiscoInfo = 'http://jabber.org/protocol/disco#info';
const nsDiscoItems = 'http://jabber.org/protocol/disco#items';
const nsForm = 'jabber:x:data';

interface Identity {
	readonly category: string;
	readonly type: string;
	readonly lang: string;
	readonly name: string;
}

interface InfoForm {
	readonly type: string;
	readonly fields: ReadonlyMap<string, readonly string[]>;
}

export interface DiscoInfo {
	readonly identities: readonly Identity[];
	readonly features: ReadonlySet<string>;
	readonly forms: readonly InfoForm[];
}

export interface DiscoItem {
	readonly jid: string;
	readonly node: string | null;
	readonly name: string | null;
}

const maxFeatures = 1000;

function readInfo(query: Element | undefined): DiscoInfo {
	return {
		identities: childrenOf(query, 'identity', nsDiscoInfo).map((e) => ({
			category: attr(e, 'category') ?? '',
			type: attr(e, 'type') ?? '',
			lang: attr(e, 'xml:lang') ?? '',
			name: attr(e, 'name') ?? '',
		})),
		features: new Set(
			childrenOf(query, 'feature', nsDiscoInfo)
				.slice(0, maxFeatures)
				.map((e) => attr(e, 'var') ?? '')
				.filter((name) => name !== ''),
		),
		forms: childrenOf(query, 'x', nsForm).map(readForm),
	};
}

function readForm(form: Element): InfoForm {
	const fields = new Map<string, readonly string[]>();
	let type = '';
	for (const field of childrenOf(form, 'field', nsForm)) {
		const name = attr(field, 'var');
		const values = childrenOf(field, 'value', nsForm).map((e) => e.getText());
		if (name === 'FORM_TYPE') type = values[0] ?? '';
		else if (name !== undefined) fields.set(name, values);
	}
	return { type, fields };
}

export const infoElement = (info: DiscoInfo, node: string | null = null): Element =>
	el(
		'query',
		{ xmlns: nsDiscoInfo, node: node ?? undefined },
		...info.identities.map((i) =>
			el('identity', { category: i.category, type: i.type, name: i.name === '' ? undefined : i.name }),
		),
		...[...info.features].map((name) => el('feature', { var: name })),
	);

export async function queryInfo(iq: IqTracker, to: string, node: string | null = null): Promise<DiscoInfo> {
	const reply = await iq.get(el('query', { xmlns: nsDiscoInfo, node: node ?? undefined }), { to });
	return readInfo(child(reply, 'query', nsDiscoInfo));
}

/** One page of items; `next` asks for the following one, null when there is none. */
export async function queryItems(
	iq: IqTracker,
	to: string,
	after: string | null,
	signal?: AbortSignal,
): Promise<{ readonly items: readonly DiscoItem[]; readonly next: string | null }> {
	const page = after === null ? null : pageElement({ max: 100, after });
	const reply = await iq.get(el('query', { xmlns: nsDiscoItems }, page), {
		to,
		...(signal === undefined ? {} : { signal }),
	});
	const query = child(reply, 'query', nsDiscoItems);
	const items = childrenOf(query, 'item', nsDiscoItems).flatMap((e) => {
		const jid = attr(e, 'jid');
		return jid === undefined ? [] : [{ jid, node: attr(e, 'node') ?? null, name: attr(e, 'name') ?? null }];
	});
	const info = readPage(query);
	const paged =
		child(query, 'set', nsRsm) !== undefined && info.last !== null && items.length > 0 && info.last !== after;
	const known = info.count ?? Number.POSITIVE_INFINITY;
	return { items, next: paged && items.length < known ? info.last : null };
}

/** A field of the first form of that type. */
export const formField = (info: DiscoInfo, formType: string, field: string): string | undefined =>
	info.forms.find((form) => form.type === formType)?.fields.get(field)?.[0];
