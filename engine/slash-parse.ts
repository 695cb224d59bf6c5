/** A line that starts with a slash → what is meant. Pure. */

export type SlashLine =
	/** Not a command: `//text` says `/text`. */
	| { readonly kind: 'literal'; readonly text: string }
	| { readonly kind: 'command'; readonly name: string; readonly args: string };

export function parseSlash(line: string): SlashLine {
	if (line.startsWith('//')) return { kind: 'literal', text: line.slice(1) };
	if (!line.startsWith('/')) return { kind: 'literal', text: line };
	const match = /^\/(\S*)\s*([\s\S]*)$/.exec(line);
	return { kind: 'command', name: (match?.[1] ?? '').toLowerCase(), args: (match?.[2] ?? '').trimEnd() };
}

/** The first word and the rest. */
export function splitWord(text: string): readonly [string, string] {
	const match = /^(\S*)\s*([\s\S]*)$/.exec(text.trimStart());
	return [match?.[1] ?? '', match?.[2] ?? ''];
}

/** Other names people type out of habit. */
const aliases = new Map([
	['j', 'join'],
	['leave', 'part'],
	['quote', 'raw'],
	['q', 'query'],
	['t', 'topic'],
	['w', 'whois'],
	['?', 'help'],
	['rooms', 'list'],
	['action', 'me'],
]);
export const canonicalName = (name: string): string => aliases.get(name) ?? name;
