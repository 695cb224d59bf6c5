import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TextCapability, full } from './capabilities.ts';
import { byteSize, cutLine, inPlainSigns, linesNeeded, packLines, textLines } from './lines.ts';
import { type RichText, plain, richText } from './rich-text.ts';

const size = (piece: RichText): number => byteSize(piece.text);
const capability = (over: Partial<TextCapability>): TextCapability => ({
	send: full,
	maxBytes: null,
	multiline: 'split',
	formatting: [],
	emote: full,
	...over,
});

describe('cutLine', () => {
	it('keeps every piece in its bytes and loses nothing', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 64, max: 200 }), (text, max) => {
				const pieces = cutLine(plain(text), max, size);
				expect(pieces.map((piece) => piece.text).join('')).toBe(text);
				for (const piece of pieces) expect(size(piece)).toBeLessThanOrEqual(max);
			}),
		);
	});
});

describe('textLines', () => {
	const texts = (text: string, keepBlank: boolean): string[] =>
		textLines(plain(text), 64, size, keepBlank).map((line) => line.body.text);

	it('blank lines stay only where they are wanted, and never at the ends', () => {
		expect(texts('\n\na\n \nb\n\n', true)).toEqual(['a', '', 'b']);
		expect(texts('\n\na\n \nb\n\n', false)).toEqual(['a', 'b']);
	});

	it('marks what continues a long line', () => {
		const lines = textLines(plain(`${'word '.repeat(20)}\nnext`), 64, size, true);
		expect(lines.map((line) => line.continues)).toEqual([false, true, false]);
	});
});

describe('packLines', () => {
	it('fills messages in order, within both limits, without blank edges', () => {
		const line = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 20 });
		fc.assert(
			fc.property(fc.array(line, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (lines, maxLines) => {
				const messages = packLines(lines, (text) => text.length, { maxBytes: 60, maxLines });
				expect(messages.flat().filter((text) => text !== '')).toEqual(lines.filter((text) => text !== ''));
				for (const message of messages) {
					expect(message.length).toBeLessThanOrEqual(maxLines);
					expect(message.join('\n').length).toBeLessThanOrEqual(60);
					expect(message[0]).not.toBe('');
					expect(message.at(-1)).not.toBe('');
				}
			}),
		);
	});

	it('without limits every line is a message', () => {
		expect(packLines(['a', 'b'], () => 1, null)).toEqual([['a'], ['b']]);
	});
});

describe('inPlainSigns', () => {
	it('shows what the network has no code for, and leaves the rest', () => {
		const body = richText('said\nlink', [
			{ kind: 'quote', depth: 1, start: 0, end: 4 },
			{ kind: 'link', url: 'https://example.org/', start: 5, end: 9 },
		]);
		expect(inPlainSigns(body, []).text).toBe('> said\nlink (https://example.org/)');
		expect(inPlainSigns(body, ['quote', 'link']).text).toBe('said\nlink');
	});
});

describe('linesNeeded', () => {
	it.each([
		['split: every line that says something', 'a\n\nb\n', { multiline: 'split' }, 2],
		['split: a long line', 'x'.repeat(250), { multiline: 'split', lineBytes: 100 }, 3],
		['split: bytes, not letters', 'ä'.repeat(60), { multiline: 'split', lineBytes: 100 }, 2],
		['native without limits', 'a\nb\n'.repeat(500), { multiline: 'native' }, 1],
		['native, lines within one message', 'a\nb\nc', { multiline: 'native', lineBytes: 100, maxLines: 3 }, 1],
		['native, more lines than one has', 'a\nb\nc\nd', { multiline: 'native', lineBytes: 100, maxLines: 3 }, 2],
		['native, more bytes than one has', 'a\nb\nc', { multiline: 'native', lineBytes: 100, maxBytes: 4 }, 2],
		['nothing', '', { multiline: 'split' }, 1],
	] as const)('%s', (_what, text, over, count) => {
		expect(linesNeeded(plain(text), capability(over))).toBe(count);
	});
});
