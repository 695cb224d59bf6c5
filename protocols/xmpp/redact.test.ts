import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';
import { el } from './stanza.ts';
import { parseElement } from './stanza-parser.ts';

describe('redact', () => {
	it.each([
		'<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">SECRET</auth>',
		'<response xmlns="urn:xmpp:sasl:2">SECRET</response>',
		'<authenticate xmlns="urn:xmpp:sasl:2"><initial-response>SECRET</initial-response></authenticate>',
		'<success xmlns="urn:xmpp:sasl:2"><additional-data>SECRET</additional-data><token xmlns="urn:xmpp:fast:0" token="SECRET"/></success>',
		'<iq type="set"><query xmlns="jabber:iq:register"><username>a</username><password>SECRET</password></query></iq>',
		'<iq type="set"><query xmlns="jabber:iq:register"><x xmlns="jabber:x:data"><field var="password"><value>SECRET</value></field></x></query></iq>',
		'<presence><x xmlns="http://jabber.org/protocol/muc"><password>SECRET</password></x></presence>',
		'<conference xmlns="urn:xmpp:bookmarks:1"><password>SECRET</password></conference>',
		'<message><x xmlns="jabber:x:conference" jid="r@s" password="SECRET"/></message>',
		'<message><body>SECRET</body><html xmlns="http://jabber.org/protocol/xhtml-im"><body><p>SECRET</p></body></html></message>',
		'<enabled xmlns="urn:xmpp:sm:3" id="SECRET"/>',
		'<resume xmlns="urn:xmpp:sm:3" previd="SECRET" h="1"/>',
		'<presence><status>SECRET</status></presence>',
	])('%s', (xml) => {
		const line = redact(parseElement(xml) ?? el('missing'));
		expect(line).not.toContain('SECRET');
		expect(line).not.toContain('missing');
		expect(line.startsWith('<')).toBe(true);
	});

	it('keeps one bounded line without control characters', () => {
		const line = redact(el('message', { id: 'a\nb', to: 'x'.repeat(5000) }, el('thread', {}, 'a\nb')));
		expect(line.length).toBeLessThan(1300);
		expect(line).not.toMatch(/[\u0000-\u001f]/);
	});
});
