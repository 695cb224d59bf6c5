import { describe, expect, it } from 'vitest';
import { readRawStanza } from './raw-stanza.ts';

const limit = 1000;
describe('a stanza typed by the user', () => {
	it.each([
		'<message to="a@b.org"><body>hi</body></message>',
		' <presence/> ',
		'<iq type="get" to="b.org"><ping xmlns="urn:xmpp:ping"/></iq>',
		'<message xmlns="jabber:client" to="a@b.org"/>',
	])('%s', (text) => expect(readRawStanza(text, limit).getNS()).toBe('jabber:client'));
	it.each([
		['hello', 'no element'],
		['<message>', 'not closed'],
		['</stream:stream>', 'would end the stream'],
		['<message/></r><r><message/>', 'closes the wrapper'],
		['<presence/><message/>', 'two stanzas'],
		['<presence/>text', 'text behind'],
		['<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>', 'not a stanza'],
		['<message xmlns="urn:evil"/>', 'another namespace'],
		['<iq to="b.org"/>', 'an iq without type'],
		[`<message><body>${'x'.repeat(limit)}</body></message>`, 'too long'],
		['<!DOCTYPE x><presence/>', 'a document type'],
	])('refuses %s: %s', (text) => expect(() => readRawStanza(text, limit)).toThrow());
});
