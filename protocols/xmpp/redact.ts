/** What may be written to the account log: the shape of the traffic, never passwords, tokens or message contents. */
import type { Element } from './stanza.ts';
import { elements } from './stanza.ts';

const secretElements = new Set([
	'auth',
	'response',
	'challenge',
	'success',
	'initial-response',
	'additional-data',
	'password',
	'token',
	'key',
	'digest',
	'secret',
]);
const contentElements = new Set([
	'body',
	'subject',
	'html',
	'status',
	'nick',
	'FN',
	'TEL',
	'BINVAL',
	'payload',
	'reason',
	'text',
	'title',
	'description',
	'data',
	'value',
	'username',
]);
const secretAttributes = new Set(['token', 'previd', 'password']);

const maxLine = 1200;

/** One line for the log. Contents are replaced by their length so that problems of size stay visible. */
export function redact(element: Element): string {
	const out: string[] = [];
	write(element, out, false);
	const line = out.join('');
	return line.length > maxLine ? `${line.slice(0, maxLine)}…` : line;
}

function write(element: Element, out: string[], hidden: boolean): void {
	const name = element.getName();
	const secret = hidden || secretElements.has(name);
	out.push('<', element.name);
	for (const [key, value] of Object.entries(element.attrs as Record<string, unknown>)) {
		const hide = secretAttributes.has(key) || (name === 'enabled' && key === 'id');
		out.push(
			' ',
			key,
			'="',
			hide
				? '[redacted]'
				: String(value)
						.slice(0, 200)
						.replace(/[\u0000-\u001f"<]/g, ' '),
			'"',
		);
	}
	const children = elements(element);
	const text = element.getText();
	if (children.length === 0 && text === '') {
		out.push('/>');
		return;
	}
	out.push('>');
	if (text.trim() !== '') {
		if (secret) out.push('[redacted]');
		else if (contentElements.has(name)) out.push(`[${text.length} characters]`);
		else out.push(text.length > 80 ? `[${text.length} characters]` : text.replace(/[\u0000-\u001f<]/g, ' '));
	}
	for (const child of children) write(child, out, secret);
	out.push('</', element.name, '>');
}
