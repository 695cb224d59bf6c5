import { expect, test } from 'vitest';
import { full } from '../../../protocols/model/capabilities.ts';
import type { TextCapability } from '../../../protocols/model/capabilities.ts';
import { bytesOver, isCommand, messageCount, outgoingContent } from './outgoing.ts';

const capability = (over: Partial<TextCapability>): TextCapability => ({
	send: full,
	maxBytes: null,
	multiline: 'split',
	formatting: [],
	emote: full,
	...over,
});

test('commands start with one slash and a letter', () => {
	expect(isCommand('/join #a')).toBe(true);
	expect(isCommand('//etc')).toBe(false);
	expect(isCommand('/ hm')).toBe(false);
	expect(outgoingContent('//etc').body.text).toBe('/etc');
});

test('one message per line that says something, where the network splits', () => {
	expect(messageCount('a\n\nb\n', capability({}))).toBe(2);
	expect(messageCount('a\nb', capability({ multiline: 'native' }))).toBe(1);
	expect(messageCount('', capability({}))).toBe(1);
});

test('the limit counts bytes', () => {
	expect(bytesOver('äö', capability({ multiline: 'native', maxBytes: 3 }))).toBe(1);
	expect(bytesOver('äö', capability({ multiline: 'split', maxBytes: 3 }))).toBe(0);
	expect(bytesOver('äö', capability({ multiline: 'native', maxBytes: 3, lineBytes: 3 }))).toBe(0);
});
