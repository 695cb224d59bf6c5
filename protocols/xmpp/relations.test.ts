/** Replies, mentions, reactions and fallbacks: out and back in again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdapterAction } from '../adapter/actions.ts';
import type { RemoteMessage } from '../adapter/events.ts';
import { remoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { plain, type RichText, richText } from '../model/rich-text.ts';
import { mapMessage } from './message-mapper.ts';
import type { MessageView } from './message-source.ts';
import { type Destination, reactStanza, sendStanza } from './outgoing.ts';
import { jid, xml } from './testing/scripted-rooms.ts';
import { stripFallback } from './xep/0428-fallback.ts';

const bob = remoteUserId('bob@b.org');
const destination: Destination = {
	to: 'me@home.org',
	room: false,
	chatStates: false,
	addressOf: (user) => (user === bob ? 'bob@b.org' : null),
};
const view: MessageView = {
	self: jid('me@home.org/parley'),
	origin: 'live',
	archiveId: null,
	archiveTime: null,
	now: 0,
	stanzaIds: true,
	room: () => null,
	ownTxn: () => null,
	isOwnHost: () => false,
};
const target = (text: string) => ({
	ids: [remoteId('origin', 'target-id')],
	sender: remoteUserId('me@home.org'),
	senderName: 'Me 🧑‍💻',
	text,
	time: 0,
});
type Send = Extract<AdapterAction, { type: 'send' }>;
const send = (body: RichText, replyTo: Send['replyTo'] = null, kind: 'text' | 'emote' = 'text'): RemoteMessage => {
	const stanza = sendStanza(
		{
			type: 'send',
			txnId: txnId('own-message-id'),
			conversation: remoteConversationId('me@home.org'),
			content: { kind, body },
			replyTo,
			threadRoot: null,
		},
		destination,
	);
	stanza.attrs['from'] = 'ann@a.org/x';
	const event = mapMessage(xml(stanza.toString()), view).find((one) => one.type === 'message');
	if (event === undefined) throw new Error('no message');
	return event.message;
};

describe('a reply', () => {
	it('arrives without its quote, whatever was quoted and answered', () => {
		const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((words) => words.trim() !== '');
		fc.assert(
			fc.property(text, text, (quoted, typed) => {
				const answer = typed.replace(/^\/me /, '');
				fc.pre(answer.trim() !== '');
				const { content, replyTo } = send(plain(answer), target(quoted));
				expect(replyTo?.ids).toEqual([remoteId('origin', 'target-id')]);
				expect(content.kind === 'text' ? content.body.text : '').toBe(answer);
			}),
			{ numRuns: 300 },
		);
	});
});

describe('a mention (XEP-0372)', () => {
	const mention = (text: string, name: string, nth = 0): RichText => {
		let start = text.indexOf(name);
		for (let i = 0; i < nth; i++) start = text.indexOf(name, start + 1);
		return richText(text, [{ kind: 'mention', user: bob, room: false, start, end: start + name.length }]);
	};
	it.each<[string, RichText]>([
		['alone', mention('bob', 'bob')],
		['behind wide characters', mention('🧑‍💻🎉 hi bob!', 'bob')],
		['the second of two', mention('bob bob', 'bob', 1)],
		[
			'behind styling',
			richText('so bold bob', [{ kind: 'bold', start: 3, end: 7 }, ...mention('so bold bob', 'bob').spans]),
		],
	])('%s comes back where it was', (_, body) => {
		for (const reply of [null, target('quoted 🎉')]) {
			const { content } = send(body, reply);
			const spans = content.kind === 'text' ? content.body.spans.filter(({ kind }) => kind === 'mention') : [];
			expect(spans).toEqual(body.spans.filter(({ kind }) => kind === 'mention'));
		}
		const emote = send(body, null, 'emote').content;
		expect(emote.kind === 'emote' ? emote.body.spans.some(({ kind }) => kind === 'mention') : false).toBe(true);
	});
	it.each([
		['xmpp:me@home.org', true],
		['xmpp:me@home.org?message', true],
		['xmpp:ann@a.org', false],
		['mailto:me@home.org', false],
		['xmpp:%E0%A4%A', false],
		['', false],
	])('of %s means us: %s', (uri, meant) => {
		const [event] = mapMessage(
			xml(
				`<message xmlns="jabber:client" from="bob@b.org" type="chat"><body>hello you</body><reference xmlns="urn:xmpp:reference:0" type="mention" uri="${uri}" begin="6" end="99"/></message>`,
			),
			view,
		);
		expect(event).toMatchObject({ type: 'message', message: { mention: meant } });
	});
});

describe('reactions (XEP-0444)', () => {
	it('are the whole set, in one spelling', () => {
		const stanza = reactStanza(
			{
				type: 'react',
				txnId: txnId('t'),
				conversation: remoteConversationId('me@home.org'),
				target: target(''),
				keys: ['❤', '❤️', '👍'],
				added: null,
				removed: null,
			},
			destination,
			'target-id',
		);
		stanza.attrs['from'] = 'ann@a.org/x';
		expect(mapMessage(xml(stanza.toString()), view)).toMatchObject([
			{ type: 'reaction', op: 'set', keys: ['❤️', '👍'] },
		]);
	});
	it('none takes all back; too many and too long are cut', () => {
		const react = (inner: string): unknown =>
			mapMessage(
				xml(
					`<message xmlns="jabber:client" from="bob@b.org" type="chat"><reactions xmlns="urn:xmpp:reactions:0" id="t1">${inner}</reactions></message>`,
				),
				view,
			)[0];
		expect(react('')).toMatchObject({ op: 'set', keys: [] });
		const many = Array.from({ length: 3000 }, (_, i) => `<reaction>k${i}</reaction>`).join('');
		expect((react(many) as { keys: string[] }).keys).toHaveLength(20);
		expect(react(`<reaction>${'x'.repeat(1000)}</reaction>`)).toMatchObject({ keys: [] });
	});
});

describe('fallbacks (XEP-0428)', () => {
	const strip = (body: string, inner: string): string =>
		stripFallback(xml(`<message>${inner}</message>`), body, new Set(['f'])).text;
	const fallback = (inner: string, feature = 'f'): string =>
		`<fallback xmlns="urn:xmpp:fallback:0" for="${feature}">${inner}</fallback>`;
	it.each([
		['abc', '', 'abc'],
		['abc', fallback(''), ''],
		['abc', fallback('<subject/>'), 'abc'],
		['abc', fallback('<body/>'), ''],
		['abc', fallback('<body start="1"/>'), 'a'],
		['abc', fallback('<body end="1"/>'), 'bc'],
		['🎉🎉c', fallback('<body start="0" end="2"/>'), 'c'],
		['abc', fallback('<body start="2" end="1"/>'), 'abc'],
		['abc', fallback('<body start="-1" end="x"/>'), ''],
		['abc', fallback('<body start="1" end="99999999999"/>'), 'a'],
		['abcdef', fallback('<body start="0" end="2"/><body start="4" end="5"/>'), 'cdf'],
		['abc', fallback('<body/>', 'other'), 'abc'],
	])('%s with %s is %s', (body, inner, rest) => expect(strip(body, inner)).toBe(rest));
});
