/** What may be written to the account log: the shape of the traffic, never passwords, tokens or message contents. */
import { type Element, elements } from './stanza.ts';

/** Elements whose text is technical. Every other text is shown by its length only, so that new ones leak nothing. */
const technical = new Set([
	'mechanism',
	'max-bytes',
	'idle-seconds',
	'jid',
	'resource',
	'authorization-identifier',
	'show',
	'priority',
	'max',
	'first',
	'last',
	'before',
	'after',
	'count',
	'software',
	'tag',
	'group',
	'name',
	'version',
	'see-other-host',
]);
const secretAttributes = new Set(['token', 'previd', 'password', 'reason']);

const maxLine = 1200;

/** One line for the log. */
export function redact(element: Element): string {
	const out: string[] = [];
	write(element, out);
	const line = out.join('');
	return line.length > maxLine ? `${line.slice(0, maxLine)}…` : line;
}

const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f"<]/g, ' ');

function write(element: Element, out: string[]): void {
	const name = element.getName();
	out.push('<', oneLine(element.name));
	for (const [key, value] of Object.entries(element.attrs as Record<string, unknown>)) {
		const hide = secretAttributes.has(key) || (name === 'enabled' && key === 'id');
		out.push(' ', oneLine(key), '="', hide ? '[redacted]' : oneLine(String(value).slice(0, 200)), '"');
	}
	const children = elements(element);
	const text = element.getText();
	if (children.length === 0 && text === '') {
		out.push('/>');
		return;
	}
	out.push('>');
	if (text.trim() !== '')
		out.push(technical.has(name) && text.length <= 200 ? oneLine(text) : `[${text.length} characters]`);
	for (const child of children) write(child, out);
	out.push('</', oneLine(element.name), '>');
}
