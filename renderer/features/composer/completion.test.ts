import { expect, test } from 'vitest';
import { complete, completionAt, wordAt } from './completion.ts';

test.each([
	['/jo', 3, { kind: 'command', prefix: 'jo', start: 0, end: 3 }],
	['/', 1, { kind: 'command', prefix: '', start: 0, end: 1 }],
	['hi @al', 6, { kind: 'name', prefix: 'al', start: 3, end: 6 }],
	['@', 1, { kind: 'name', prefix: '', start: 0, end: 1 }],
	['(@bö', 4, { kind: 'name', prefix: 'bö', start: 1, end: 4 }],
])('%j at %i', (text, caret, expected) => {
	expect(completionAt(text, caret)).toEqual(expected);
});

test.each([
	['mail@example.org', 16],
	['say /jo', 7],
	['/join #a', 8],
	['@al ice', 7],
	['//not a command', 15],
])('%j at %i completes nothing', (text, caret) => {
	expect(completionAt(text, caret)).toBeNull();
});

test('a name at the start is an address, elsewhere a word', () => {
	expect(complete('al', { kind: 'name', prefix: 'al', start: 0, end: 2 }, 'alice')).toEqual({
		text: 'alice: ',
		caret: 7,
	});
	expect(complete('hi @al there', { kind: 'name', prefix: 'al', start: 3, end: 6 }, 'alice')).toEqual({
		text: 'hi alice there',
		caret: 9,
	});
});

test('the word before the caret', () => {
	expect(wordAt('hello al', 8)).toEqual({ kind: 'name', prefix: 'al', start: 6, end: 8 });
	expect(wordAt('hello ', 6)).toBeNull();
});
