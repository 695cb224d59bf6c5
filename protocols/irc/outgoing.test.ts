/** The preview of the composer and what is really sent are the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesNeeded } from '../model/lines.ts';
import { parseMarkdown } from '../model/markdown.ts';
import { plain, richText } from '../model/rich-text.ts';
import { Capabilities } from './capabilities.ts';
import { directCapabilities } from './features.ts';
import { messagesOf, textOf } from './outgoing.ts';
import { Session } from './session.ts';

/** A registered session with or without draft/multiline. */
function session(limits: string | null): Session {
	const caps = new Capabilities(() => undefined);
	const offer = limits === null ? '' : ` draft/multiline=${limits}`;
	const names = 'batch labeled-response message-tags';
	const answer = (verb: string, list: string): void => {
		caps.handle({ tags: new Map(), source: null, command: 'CAP', params: ['*', verb, list] });
	};
	answer('LS', names + offer);
	caps.request(caps.offered.keys());
	answer('ACK', names + (limits === null ? '' : ' draft/multiline'));
	const made = new Session(caps);
	made.nick = 'alice';
	made.user = 'alice';
	made.host = 'host.example';
	return made;
}

const word = fc.string({ unit: 'grapheme', maxLength: 40 });
const text = fc
	.array(fc.oneof(word, fc.constantFrom('', '\n', '- item', '> quote', '[a link](https://example.org/x)', '\n\n')), {
		minLength: 1,
		maxLength: 30,
	})
	.map((parts) => parts.join(' ').replaceAll('\n ', '\n'));

describe('linesNeeded and messagesOf', () => {
	it.each([
		['every line a message', null],
		['multiline', 'max-bytes=4096,max-lines=100'],
		['multiline with narrow limits', 'max-bytes=500,max-lines=3'],
	])('%s: the preview tells what is sent', (_what, limits) => {
		const made = session(limits);
		const capability = directCapabilities(made, 'bob').text;
		expect(capability.multiline).toBe(limits === null ? 'split' : 'native');
		fc.assert(
			fc.property(text, (written) => {
				// Inline formatting costs codes that the preview leaves out.
				const parsed = parseMarkdown(written);
				const inline = ['bold', 'italic', 'underline', 'strike', 'code', 'spoiler', 'code-block', 'heading'];
				const body = richText(
					parsed.text,
					parsed.spans.filter((span) => !inline.includes(span.kind)),
				);
				fc.pre(body.text.replace(/[\0-\x20\x7f-\x9f]/g, '').trim() !== '');
				const sent = messagesOf({ kind: 'text', body }, 'bob', made);
				expect(linesNeeded(body, capability)).toBe(sent.length);
			}),
		);
	});

	it('blank lines, long lines and limits of a batch', () => {
		const content = (body: string) => ({ kind: 'text', body: plain(body) }) as const;
		const made = session('max-bytes=4096,max-lines=4');
		const texts = (body: string): string[] => messagesOf(content(body), 'bob', made).map(textOf);
		expect(texts('one\n\nthree')).toEqual(['one\n\nthree']);
		expect(texts('1\n2\n3\n4\n5')).toEqual(['1\n2\n3\n4', '5']);
		const long = `${'word '.repeat(120)}end`;
		expect(texts(`${long}\nlast`)).toEqual([`${long}\nlast`]);
		expect(messagesOf({ kind: 'emote', body: plain('waves\nleaves') }, 'bob', made)).toHaveLength(2);
		expect(() => messagesOf(content('x\n'.repeat(51)), 'bob', session(null))).toThrow(
			expect.objectContaining({ error: expect.objectContaining({ code: 'message-too-long' }) as unknown }),
		);
	});
});
