/** XEP-0055 Jabber Search: people of a server's user directory, by plain fields or by data form. */
import type { IqTracker } from '../iq-tracker.ts';
import { bareText, parseJid } from '../jid.ts';
import { attr, child, childrenOf, childText, el, type Element, elements, ns } from '../stanza.ts';

export const nsSearch = 'jabber:iq:search';

export interface FoundPerson {
	/** Bare address. */
	readonly address: string;
	/** Empty when the directory does not tell. */
	readonly name: string;
}

/** Fields that hold names, the best first; directories require all given fields to match, so each is asked alone. */
const nameFields = ['nick', 'fn', 'user', 'first', 'last', 'email'];
const maxQuestions = 3;
const maxPeople = 200;

/** Finds people by a part of a name. Rejects with `StanzaException` or `ChatException`. */
export async function searchPeople(
	iq: IqTracker,
	service: string,
	text: string,
	signal: AbortSignal,
): Promise<FoundPerson[]> {
	const options = { to: service, signal };
	const form = child(await iq.get(el('query', { xmlns: nsSearch }), options), 'query', nsSearch);
	const dataForm = child(form, 'x', ns.dataForm);
	const offered = new Set(
		dataForm === undefined
			? elements(form).map((field) => field.getName())
			: childrenOf(dataForm, 'field', ns.dataForm).map((field) => attr(field, 'var') ?? ''),
	);
	const asked = nameFields.filter((name) => offered.has(name)).slice(0, maxQuestions);
	const found = new Map<string, FoundPerson>();
	for (const name of asked) {
		const reply = await iq.set(question(dataForm !== undefined, name, text), options);
		for (const person of readPeople(child(reply, 'query', nsSearch)))
			if (found.size < maxPeople && !found.has(person.address)) found.set(person.address, person);
	}
	return [...found.values()];
}

function question(byForm: boolean, name: string, text: string): Element {
	// ejabberd compares whole words unless asked for a beginning; others ignore the star.
	const wanted = byForm && !text.includes('*') ? `${text}*` : text;
	if (!byForm) return el('query', { xmlns: nsSearch }, el(name, {}, wanted));
	const field = (key: string, value: string): Element => el('field', { var: key }, el('value', {}, value));
	return el(
		'query',
		{ xmlns: nsSearch },
		el('x', { xmlns: ns.dataForm, type: 'submit' }, field('FORM_TYPE', nsSearch), field(name, wanted)),
	);
}

function readPeople(query: Element | undefined): FoundPerson[] {
	const dataForm = child(query, 'x', ns.dataForm);
	const items =
		dataForm === undefined ? childrenOf(query, 'item', nsSearch) : childrenOf(dataForm, 'item', ns.dataForm);
	return items.slice(0, maxPeople).flatMap((item) => {
		const values = new Map(
			dataForm === undefined
				? nameFields.map((name) => [name, childText(item, name, nsSearch) ?? ''])
				: childrenOf(item, 'field', ns.dataForm).map((field) => [
						attr(field, 'var') ?? '',
						childText(field, 'value', ns.dataForm) ?? '',
					]),
		);
		const jid = parseJid(dataForm === undefined ? attr(item, 'jid') : values.get('jid'));
		if (jid === null || jid.local === '') return [];
		const whole = [values.get('first'), values.get('last')]
			.filter((part) => part !== undefined && part !== '')
			.join(' ');
		const name = [values.get('nick'), values.get('fn'), whole].find((text) => text !== undefined && text.trim() !== '');
		return [{ address: bareText(jid), name: (name ?? '').trim().slice(0, 200) }];
	});
}
