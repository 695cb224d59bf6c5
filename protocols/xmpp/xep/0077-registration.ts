/** XEP-0077 In-Band Registration, with data forms where the server uses them. */
import { ChatException, chatError } from '../../model/errors.ts';
import type { IqTracker } from '../iq-tracker.ts';
import { attr, child, childrenOf, childText, el, type Element, elements, ns } from '../stanza.ts';

const nsRegister = 'jabber:iq:register';
const nsForm = 'jabber:x:data';

interface RegistrationField {
	readonly name: string;
	readonly label: string;
	readonly kind: 'text' | 'password' | 'boolean' | 'choice' | 'hidden';
	readonly required: boolean;
	readonly value: string;
	readonly choices: readonly { readonly value: string; readonly label: string }[];
}

export interface RegistrationForm {
	/** `legacy`: plain elements; `form`: jabber:x:data. */
	readonly style: 'legacy' | 'form';
	readonly instructions: string | null;
	readonly fields: readonly RegistrationField[];
	/** A web page where accounts are made instead. */
	readonly url: string | null;
}

const legacyKinds = new Map([['password', 'password']]);
const maxFields = 30;

/** Asks the server what it wants to know. Rejects with `registration-refused` when it does not register anybody. */
export async function fetchRegistration(iq: IqTracker, to: string): Promise<RegistrationForm> {
	const reply = await iq.get(el('query', { xmlns: nsRegister }), { to, timeoutMs: 20_000 });
	const query = child(reply, 'query', nsRegister);
	const url = childText(child(query, 'x', 'jabber:x:oob'), 'url', 'jabber:x:oob') ?? null;
	const form = child(query, 'x', nsForm);
	if (form !== undefined) {
		// Pictures to be read by humans need media elements that are not shown here.
		const captcha = childrenOf(form, 'field', nsForm).some((f) =>
			elements(f).some((e) => e.getNS() === 'urn:xmpp:media-element'),
		);
		if (captcha)
			throw new ChatException(
				chatError('registration-refused', 'the server asks for a captcha', { params: url === null ? {} : { url } }),
			);
		return {
			style: 'form',
			instructions: childText(form, 'instructions', nsForm) ?? null,
			fields: childrenOf(form, 'field', nsForm).slice(0, maxFields).flatMap(formField),
			url,
		};
	}
	const fields = elements(query)
		.filter((e) => e.getNS() === nsRegister && !['instructions', 'registered', 'key', 'remove'].includes(e.getName()))
		.slice(0, maxFields)
		.map(
			(e): RegistrationField => ({
				name: e.getName(),
				label: e.getName(),
				kind: legacyKinds.has(e.getName()) ? 'password' : 'text',
				required: true,
				value: '',
				choices: [],
			}),
		);
	if (fields.length === 0)
		throw new ChatException(chatError('registration-refused', null, { params: url === null ? {} : { url } }));
	return { style: 'legacy', instructions: childText(query, 'instructions', nsRegister) ?? null, fields, url };
}

function formField(field: Element): RegistrationField[] {
	const name = attr(field, 'var');
	const type = attr(field, 'type') ?? 'text-single';
	if (name === undefined || type === 'fixed') return [];
	const kinds = { 'text-private': 'password', boolean: 'boolean', 'list-single': 'choice', hidden: 'hidden' } as const;
	return [
		{
			name,
			label: attr(field, 'label') ?? name,
			kind: type in kinds ? kinds[type as keyof typeof kinds] : 'text',
			required: child(field, 'required', nsForm) !== undefined,
			value: childText(field, 'value', nsForm) ?? '',
			choices: childrenOf(field, 'option', nsForm).map((o) => {
				const value = childText(o, 'value', nsForm) ?? '';
				return { value, label: attr(o, 'label') ?? value };
			}),
		},
	];
}

/** Creates the account. Rejects with `StanzaException` (conflict: name taken). */
export async function submitRegistration(
	iq: IqTracker,
	to: string,
	form: RegistrationForm,
	values: ReadonlyMap<string, string>,
): Promise<void> {
	const parts =
		form.style === 'legacy'
			? form.fields.map((field) => el(field.name, {}, values.get(field.name) ?? field.value))
			: [
					el(
						'x',
						{ xmlns: ns.dataForm, type: 'submit' },
						...form.fields.map((field) =>
							el('field', { var: field.name }, el('value', {}, values.get(field.name) ?? field.value)),
						),
					),
				];
	await iq.set(el('query', { xmlns: nsRegister }, ...parts), { to, timeoutMs: 20_000 });
}
