import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attr, el, readStanzaError, sanitize, unwrapForwarded } from './stanza.ts';
import { parseElement, parserLimits, StanzaParser } from './stanza-parser.ts';

const legal = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

describe('sanitize', () => {
	it.each([
		['a\u0000b\u0007c\u001b', 'abc'],
		['line\r\nline\rline', 'line\nline\nline'],
		['\ufffe\uffffx', 'x'],
		['half \ud83d pair', 'half \ufffd pair'],
		['👩‍👩‍👧 ]]> <b>&', '👩‍👩‍👧 ]]> <b>&'],
	])('%j', (text, clean) => expect(sanitize(text)).toBe(clean));

	it('gives legal XML 1.0 for any text, and building and parsing gives it back', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, value) => {
				expect(sanitize(text)).toMatch(legal);
				const parsed = parseElement(el('message', { id: value }, el('body', {}, text)).toString());
				expect(parsed).not.toBeNull();
				expect(parsed?.getChildText('body') ?? '').toBe(sanitize(text));
				expect(attr(parsed ?? undefined, 'id')).toBe(sanitize(value));
			}),
		);
	});
});

describe('StanzaParser', () => {
	const feed = (...chunks: string[]): string => {
		const parser = new StanzaParser();
		const seen: string[] = [];
		parser.on('element', (element: { toString(): string }) => seen.push(element.toString()));
		try {
			parser.write('<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">');
			for (const chunk of chunks) parser.write(chunk);
		} catch (error) {
			return `${seen.join('')} ! ${(error as Error).message}`;
		}
		return seen.join('');
	};

	it('parses the same however the text is cut', () => {
		const text = '<message to="a@b" id="1"><body>x &amp; &lt;y&gt; €😀 &#x2028;</body></message> <presence/>';
		const whole = feed(text);
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 6 }), (cuts) => {
				const points = [0, ...cuts.sort((a, b) => a - b), text.length];
				expect(feed(...points.slice(1).map((to, i) => text.slice(points[i] ?? 0, to)))).toBe(whole);
			}),
		);
	});

	it.each([
		['deep nesting', '<a>'.repeat(parserLimits.maxDepth + 1), 'nested too deeply'],
		['an endless text', ['<message><body>', ...Array.from({ length: 40 }, () => 'x'.repeat(64 * 1024))], 'too large'],
		['an endless attribute', ['<message a="', ...Array.from({ length: 40 }, () => 'x'.repeat(64 * 1024))], 'too large'],
		['many elements', `<message>${'<a/>'.repeat(parserLimits.maxElements + 1)}`, 'too many elements'],
		[
			'many attributes',
			`<message ${Array.from({ length: 200 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
			'too many attributes',
		],
		['mismatched tags', '<message><body></message>', 'mismatched'],
		['too many end tags', '<message/></stream:stream></x>', 'end tag'],
		['text between stanzas', '<message/>garbage<message/>', 'outside of a stanza'],
		['an illegal character reference', '<message><body>&#0;</body></message>', 'cannot be read'],
		['an unknown entity (billion laughs)', '<message><body>&lol;</body></message>', 'cannot be read'],
	])('ends on %s', (_, input, reason) => {
		expect(feed(...(typeof input === 'string' ? [input] : input))).toContain(reason);
	});

	it('survives any bytes without anything but a typed error', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(
						fc.string(),
						fc.constantFrom(
							'<',
							'>',
							'/',
							'"',
							"'",
							'<message>',
							'</message>',
							'<![CDATA[',
							']]>',
							'<!--',
							'&',
							';',
							'=',
							' ',
						),
					),
				),
				(chunks) => void feed(...chunks),
			),
		);
	});

	it('is not confused by names of object properties', () => {
		const parsed = parseElement(
			'<message constructor="x" toString="y" hasOwnProperty="z"><__proto__ valueOf="1"/></message>',
		);
		expect(attr(parsed ?? undefined, 'constructor')).toBe('x');
		expect(attr(parsed ?? undefined, 'valueOf')).toBeUndefined();
		expect(attr(parsed ?? undefined, 'isPrototypeOf')).toBeUndefined();
	});
});

describe('reading', () => {
	it('reads stanza errors, also odd ones', () => {
		const read = (xml: string): unknown => readStanzaError(parseElement(xml) ?? el('x'));
		expect(
			read(
				'<iq type="error"><error type="auth" by="x"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">no</text><quota xmlns="urn:x"/></error></iq>',
			),
		).toEqual({
			type: 'auth',
			condition: 'forbidden',
			text: 'no',
			application: { name: 'quota', namespace: 'urn:x' },
			by: 'x',
		});
		expect(read('<iq type="error"/>')).toMatchObject({ condition: 'undefined-condition', type: 'cancel' });
	});

	it('unwraps only client stanzas', () => {
		const wrap = (inner: string): unknown =>
			unwrapForwarded(
				parseElement(`<forwarded xmlns="urn:xmpp:forward:0">${inner}</forwarded>`) ?? undefined,
			)?.getChildText('body');
		expect(wrap('<message xmlns="jabber:client"><body>x</body></message>')).toBe('x');
		expect(wrap('<message><body>x</body></message>')).toBeUndefined();
		expect(wrap('<iq xmlns="jabber:client"/>')).toBeUndefined();
	});
});
