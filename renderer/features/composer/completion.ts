/** What is being typed at the caret that can be completed. Pure. */
export interface Completion {
	readonly kind: 'command' | 'name';
	/** What was typed, without `/` or `@`. */
	readonly prefix: string;
	/** The range that a choice replaces. */
	readonly start: number;
	readonly end: number;
}

/** `/jo` at the start of the text, or `@al` at the start of a word. */
export function completionAt(text: string, caret: number): Completion | null {
	const before = text.slice(0, caret);
	const command = /^\/([a-z]*)$/iu.exec(before);
	if (command !== null) return { kind: 'command', prefix: command[1] ?? '', start: 0, end: caret };
	const name = /(?:^|[\s([{"'])@([^\s@]{0,64})$/u.exec(before);
	if (name === null) return null;
	const prefix = name[1] ?? '';
	return { kind: 'name', prefix, start: caret - prefix.length - 1, end: caret };
}

/** The word before the caret, for Tab; null when there is none. */
export function wordAt(text: string, caret: number): Completion | null {
	const match = /[^\s]{1,64}$/u.exec(text.slice(0, caret));
	if (match === null) return null;
	const word = match[0].replace(/^@/u, '');
	return word === '' ? null : { kind: 'name', prefix: word, start: caret - match[0].length, end: caret };
}

/** The text after a choice, and where the caret goes. A name that begins the message is followed by a colon, as rooms expect. */
export function complete(
	text: string,
	at: Completion,
	choice: string,
): { readonly text: string; readonly caret: number } {
	const inserted = at.kind === 'command' ? `/${choice} ` : at.start === 0 ? `${choice}: ` : `${choice} `;
	const rest = text.slice(at.end).replace(/^ /u, '');
	return { text: text.slice(0, at.start) + inserted + rest, caret: at.start + inserted.length };
}
