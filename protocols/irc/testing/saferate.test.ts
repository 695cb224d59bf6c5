import { describe, expect, it } from 'vitest';
import { announceSaferate } from './saferate.ts';

const greeting = [
	':irc.test 001 alice :Welcome',
	':irc.test 005 alice CHANTYPES=# :are supported by this server',
	':irc.test 005 alice MONITOR=100 :are supported by this server',
	':irc.test 422 alice :no MOTD',
	'',
].join('\r\n');

describe('announceSaferate', () => {
	it.each([1, 7, 40, 10_000])('adds one line behind the first 005, in chunks of %i bytes', (size) => {
		const edit = announceSaferate();
		const bytes = Buffer.from(greeting);
		let seen = '';
		for (let at = 0; at < bytes.length; at += size) seen += edit(bytes.subarray(at, at + size)).toString();
		const lines = seen.split('\r\n');
		expect(lines.splice(2, 1)).toEqual([':irc.test 005 alice soju.im/SAFERATE :are supported by this server']);
		expect(lines.join('\r\n')).toBe(greeting);
	});

	it('leaves words that only look like 005 alone', () => {
		const edit = announceSaferate();
		const text = ':bob!b@h PRIVMSG #a ::x 005 alice y\r\n';
		expect(edit(Buffer.from(text)).toString()).toBe(text);
	});
});
