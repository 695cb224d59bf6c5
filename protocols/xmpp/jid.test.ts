import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareText, escapeLocal, fullText, parseJid, sameBare, unescapeLocal } from './jid.ts';

describe('parseJid', () => {
	it.each([
		['Alice@Example.ORG', 'alice@example.org'],
		['alice@example.org/Work Laptop', 'alice@example.org/Work Laptop'],
		['example.org', 'example.org'],
		['example.org.', 'example.org'],
		['a@b/c@d/e', 'a@b/c@d/e'],
		['ÄPFEL@exämple.org', 'äpfel@exämple.org'],
		['alice@xn--exmple-cua.org', 'alice@exämple.org'],
		['ａｌｉｃｅ@example.org', 'alice@example.org'],
		['u@[::1]', 'u@[::1]'],
		['u@127.0.0.1', 'u@127.0.0.1'],
		['u@localhost/\u00a0x', 'u@localhost/ x'],
	])('prepares %j as %j', (text, prepared) => {
		const jid = parseJid(text);
		expect(jid === null ? null : fullText(jid)).toBe(prepared);
	});

	it.each([
		'',
		'@',
		'a@',
		'@b',
		'/r',
		'a@b/',
		'a b@c',
		'a"b@c',
		"a'b@c",
		'a&b@c',
		'a<b@c',
		'a:b@c',
		'a@b@c',
		'a@b c',
		'a@-',
		'a\u0000@b',
		'a@b\u0007',
		'a@b/\u0000',
		'a\u202eb@c',
		'a@[zz]',
		'a@b..c',
		`${'x'.repeat(1024)}@b`,
		`a@${'x'.repeat(64)}.org`,
		`a@b/${'x'.repeat(1024)}`,
		'a\u200bb@c',
		'a@b?c',
		'a@b%41',
	])('refuses %j', (text) => expect(parseJid(text)).toBeNull());

	it('never throws and is stable: a prepared address prepares to itself', () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string({ unit: 'grapheme' }),
					fc.string({ unit: 'binary' }),
					fc.stringMatching(/^[A-Za-z0-9.]{1,8}@[a-z]{1,8}\.[a-z]{2}(\/.{1,8})?$/),
				),
				(text) => {
					const jid = parseJid(text);
					if (jid === null) return;
					const again = parseJid(fullText(jid));
					expect(again).toEqual(jid);
					expect(again !== null && sameBare(again, jid)).toBe(true);
				},
			),
		);
	});
});

describe('XEP-0106 escaping', () => {
	it.each([
		["d'artagnan", 'd\\27artagnan'],
		['at&t guy', 'at\\26t\\20guy'],
		['c:\\net', 'c\\3a\\net'],
		['c:\\cool', 'c\\3a\\cool'],
		['c\\5ccool', 'c\\5c5ccool'],
		['a/b:c@d<e>', 'a\\2fb\\3ac\\40d\\3ce\\3e'],
	])('%j to %j and back', (text, escaped) => {
		expect(escapeLocal(text)).toBe(escaped);
		expect(unescapeLocal(escaped)).toBe(text);
	});

	it('makes any printable user name a valid local part that shows as typed', () => {
		fc.assert(
			fc.property(fc.stringMatching(/^[a-z0-9"&'/:<>@\\][a-z0-9 "&'/:<>@\\]{0,20}[a-z0-9"&'/:<>@\\]$/), (name) => {
				const jid = parseJid(`${escapeLocal(name)}@example.org`);
				expect(jid).not.toBeNull();
				if (jid !== null) expect(unescapeLocal(jid.local)).toBe(name);
			}),
		);
	});

	it('keeps bare text free of resources', () => {
		const jid = parseJid('a@b/c');
		expect(jid === null ? '' : bareText(jid)).toBe('a@b');
	});
});
