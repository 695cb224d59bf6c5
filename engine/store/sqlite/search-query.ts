/**
 * What the user typed into the search field, as terms. Words must all occur; the last one may be the beginning of a
 * word; quotes keep words together. Nothing else has a meaning, so no input can be a syntax error.
 */

export type SearchTerm =
	/** One or more words in a row. `prefix`: the last of them may go on. `quoted`: whole words only, by the user's wish. */
	| { readonly kind: 'words'; readonly text: string; readonly prefix: boolean; readonly quoted: boolean }
	/** A run of characters anywhere: scripts written without spaces, and symbols that are no words. */
	| { readonly kind: 'part'; readonly text: string };

const maxQuery = 500;
const maxTerms = 16;

/** What the word index keeps of a text: letters, numbers and private use characters (FTS5 `unicode61`). */
export const wordCharacters = '\\p{L}\\p{N}\\p{Co}';
const hasWord = new RegExp(`[${wordCharacters}]`, 'u');
const unspaced =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const combiningMarks = /[\u0300-\u036f]/g;

/** Terms of a query; empty when there is nothing to look for. */
export function parseQuery(query: string): readonly SearchTerm[] {
	const terms: SearchTerm[] = [];
	// Controls separate words; a NUL would end the text for the index's parser.
	const clean = query
		.slice(0, maxQuery)
		.toWellFormed()
		.replace(/[\u0000-\u001f\u007f]/g, ' ');
	for (const match of clean.matchAll(/"([^"]*)"?|[^\s"]+/g)) {
		const quoted = match[1];
		const text = (quoted ?? match[0]).trim();
		if (text !== '') terms.push(toTerm(text, quoted !== undefined));
		if (terms.length >= maxTerms) break;
	}
	return terms.map((term, index) =>
		term.kind === 'words' && index < terms.length - 1 ? { ...term, prefix: false } : term,
	);
}

function toTerm(text: string, quoted: boolean): SearchTerm {
	if (unspaced.test(text) || !hasWord.test(text)) return { kind: 'part', text };
	return { kind: 'words', text, prefix: !quoted, quoted };
}

/** FTS5 expression of the word terms, null without any. Each term is quoted, so nothing in it is syntax. */
export function wordExpression(terms: readonly SearchTerm[]): string | null {
	const words = terms.flatMap((term) =>
		term.kind === 'words' ? [`"${term.text.replaceAll('"', ' ')}"${term.prefix ? ' *' : ''}`] : [],
	);
	return words.length === 0 ? null : words.join(' AND ');
}

/**
 * The same query with every term as a part of the text; null when a term is quoted or too short to be found by three
 * letters.
 */
export function asParts(terms: readonly SearchTerm[]): readonly SearchTerm[] | null {
	if (terms.some((term) => term.kind === 'words' && term.quoted)) return null;
	const parts = terms.map((term): SearchTerm => ({ kind: 'part', text: term.text }));
	return parts.every((term) => lettersOf(term.text).length >= 3) ? parts : null;
}

/** Characters as the three-letter index sees them: without accents, composed. */
export function lettersOf(text: string): readonly string[] {
	return Array.from(text.normalize('NFD').replace(combiningMarks, '').normalize('NFC'));
}

/** FTS5 expression of one part of at least three letters: all its triples must occur. The caller checks their order. */
export function partExpression(letters: readonly string[]): string {
	const triples = new Set<string>();
	for (let i = 0; i + 3 <= letters.length; i++) triples.add(letters.slice(i, i + 3).join(''));
	return Array.from(triples, quote).join(' AND ');
}

/** FTS5 expression that finds any of the given terms of the three-letter index. */
export const anyTriple = (triples: readonly string[]): string => triples.map(quote).join(' OR ');

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
