import { expect, test } from 'vitest';
import { parseDemoOptions } from './options.ts';

test('everything is on by default', () => {
	expect(parseDemoOptions([])).toEqual({
		networks: ['irc', 'xmpp', 'matrix'],
		talkative: true,
		open: true,
		help: false,
	});
});

test('networks can be left out, one by one or in a list', () => {
	expect(parseDemoOptions(['--without', 'matrix', '--quiet', '--no-open'])).toMatchObject({
		networks: ['irc', 'xmpp'],
		talkative: false,
		open: false,
	});
	expect(parseDemoOptions(['--without', 'matrix,irc']).networks).toEqual(['xmpp']);
});

test.each([
	[['--without', 'icq'], /icq/],
	[['--without', 'irc,xmpp,matrix'], /nothing to show/],
	[['--loud'], /loud/],
])('%j is refused readably', (args, message) => {
	expect(() => parseDemoOptions(args)).toThrow(message);
});
