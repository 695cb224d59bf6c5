/** Where the terms of a search stand in a text: UTF-16 ranges of the plain body, for highlighting. */
import { wordCharacters } from './search-query.ts';
import type { SearchTerm } from './search-query.ts';

type Range = readonly [number, number];

const maxRanges = 100;

export interface Matcher {
	/** Sorted, not overlapping, at most 100. Empty when only the sender's name matched. */
	ranges(body: string): readonly Range[];
	/** Do all parts (see {@link SearchTerm}) really occur? The three-letter index does not know their order. */
	hasParts(body: string): boolean;
}

export function createMatcher(terms: readonly SearchTerm[]): Matcher {
	const patterns = terms.map(patternOf);
	const parts = terms.flatMap((term) => (term.kind === 'part' ? [fold(term.text).text] : []));
	return {
		ranges: (body) => findRanges(body, patterns),
		hasParts: (body) => {
			if (parts.length === 0) return true;
			const { text } = fold(body);
			return parts.every((part) => text.includes(part));
		},
	};
}

function patternOf(term: SearchTerm): RegExp {
	const folded = fold(term.text).text;
	if (term.kind === 'part') return new RegExp(escape(folded), 'gu');
	const words = folded.split(new RegExp(`[^${wordCharacters}]+`, 'u')).filter((word) => word !== '');
	const body = words.map(escape).join(`[^${wordCharacters}]+`);
	return new RegExp(`(?<![${wordCharacters}])${body}${term.prefix ? '' : `(?![${wordCharacters}])`}`, 'gu');
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll('\\-', '\\x2d');

function findRanges(body: string, patterns: readonly RegExp[]): readonly Range[] {
	const { text, starts } = fold(body);
	const found: Range[] = [];
	for (const pattern of patterns) {
		for (const match of text.matchAll(pattern)) {
			if (found.length >= maxRanges || match[0] === '') break;
			const start = starts[match.index];
			const end = starts[match.index + match[0].length];
			if (start !== undefined && end !== undefined && end > start) found.push([start, end]);
		}
	}
	return merge(found.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
}

function merge(sorted: readonly Range[]): readonly Range[] {
	const out: Range[] = [];
	for (const range of sorted) {
		const last = out.at(-1);
		if (last !== undefined && range[0] <= last[1]) out[out.length - 1] = [last[0], Math.max(last[1], range[1])];
		else out.push(range);
	}
	return out.slice(0, maxRanges);
}

interface Folded {
	readonly text: string;
	/** Offset in the original of each code unit of `text`, and one more for the end. */
	readonly starts: readonly number[];
}

/** Lower case without accents, as the indexes compare. */
function fold(original: string): Folded {
	let text = '';
	const starts: number[] = [];
	let offset = 0;
	for (const character of original) {
		const folded = foldCharacter(character);
		for (let i = 0; i < folded.length; i++) starts.push(offset);
		text += folded;
		offset += character.length;
	}
	starts.push(offset);
	return { text, starts };
}

function foldCharacter(character: string): string {
	if (character < '\u0080') return character.toLowerCase();
	return character
		.normalize('NFD')
		.replace(/[\u0300-\u036f]/g, '')
		.normalize('NFC')
		.toLowerCase();
}
