import { describe, expect, test } from 'vitest';
import { aliasLocalpart, requireUser, roomOfText } from './room-actions.ts';

const me = '@me:example.org';

describe('what people type', () => {
	test.each([
		['#room:example.com', '#room:example.com'],
		[' #room ', '#room:example.org'],
		['room', '#room:example.org'],
		['!abc:example.com', '!abc:example.com'],
		['!abc', '!abc'],
		['https://matrix.to/#/#room:example.com', '#room:example.com'],
		['https://matrix.to/#/%23room%3Aexample.com?via=x', '#room:example.com'],
		['matrix:r/room:example.com', '#room:example.com'],
		['matrix:roomid/abc:example.com', '!abc:example.com'],
		['https://matrix.to/#/%E0%A4%A', null],
		['@user:example.com', null],
		['two words', null],
		['line\nbreak', null],
		['', null],
	])('room %j is %j', (text, expected) => expect(roomOfText(text, me)).toBe(expected));

	test.each([
		['@bob:example.com', '@bob:example.com'],
		['bob', '@bob:example.org'],
		['@bob', '@bob:example.org'],
		['https://matrix.to/#/@bob:example.com', '@bob:example.com'],
		['matrix:u/bob:example.com', '@bob:example.com'],
	])('user %j is %j', (text, expected) => expect(requireUser({ me }, text)).toBe(expected));

	test.each(['', '#room:example.org', 'two words', 'a\r\nb', '!x:y'])('user %j is refused', (text) => {
		expect(() => requireUser({ me }, text)).toThrow('bad-address');
	});

	test.each([
		['Café & Friends!', 'cafe-friends'],
		['  --x--  ', 'x'],
		['漢字', null],
		['a'.repeat(300), 'a'.repeat(100)],
	])('a room called %j gets the alias %j', (name, alias) => expect(aliasLocalpart(name)).toBe(alias));
});
