import { describe, expect, it } from 'vitest';
import type { AdapterEvent } from '../adapter/events.ts';
import { FakeClock, fakeRandom } from '../testkit/fake-clock.ts';
import { IqTracker } from './iq-tracker.ts';
import { type Jid, parseJid } from './jid.ts';
import { mapMessage } from './message-mapper.ts';
import type { MessageView, RoomView } from './message-source.ts';
import { attr, type Element } from './stanza.ts';
import { parseElement } from './stanza-parser.ts';
import { authorKey, isFromRoom, mayExercise, type Privilege, stanzaIdBy } from './trust.ts';
import { readCarbon } from './xep/0280-carbons.ts';
import { Archive } from './xep/0313-archive.ts';

const jid = (text: string): Jid => {
	const parsed = parseJid(text);
	if (parsed === null) throw new Error(text);
	return parsed;
};
const xml = (text: string): Element => {
	const parsed = parseElement(text);
	if (parsed === null) throw new Error(text);
	return parsed;
};
const self = jid('me@home.org/parley');
const strangers = [
	'eve@evil.org',
	'eve@evil.org/x',
	'me@evil.org',
	'room@rooms.org',
	'room@rooms.org/me',
	'home.org',
	'me@home.org/parley',
	'me@home.org/phone',
];

describe('privileges of the own account', () => {
	const privileges: Privilege[] = ['carbon', 'roster-push', 'block-push', 'own-data', 'own-archive'];
	it.each(privileges)('%s: nobody but the own bare address or our server itself', (privilege) => {
		expect(mayExercise(privilege, null, self)).toBe(true);
		expect(mayExercise(privilege, jid('me@home.org'), self)).toBe(true);
		expect(mayExercise(privilege, 'invalid', self)).toBe(false);
		for (const other of strangers) expect(mayExercise(privilege, jid(other), self), other).toBe(false);
	});
});

describe('carbons (CVE-2017-5589 family)', () => {
	const carbon = (from: string | null, direction: string, inner: string): string =>
		readCarbon(
			xml(
				`<message ${from === null ? '' : `from="${from}"`}><${direction} xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">${inner}</forwarded></${direction}></message>`,
			),
			self,
		).kind;
	const sent =
		'<message xmlns="jabber:client" from="me@home.org/phone" to="bob@b.org" type="chat"><body>x</body></message>';
	const received =
		'<message xmlns="jabber:client" from="bob@b.org/y" to="me@home.org/phone" type="chat"><body>x</body></message>';
	it.each([
		['me@home.org', 'sent', sent, 'copy'],
		[null, 'received', received, 'copy'],
		...strangers.map((from) => [from, 'sent', sent, 'forged'] as const),
		['me@home.org', 'sent', received, 'forged'],
		[
			'me@home.org',
			'received',
			sent.replace('to="bob@b.org"', 'to="bob@b.org"').replace('me@home.org/phone', 'bob@b.org'),
			'forged',
		],
		['me@home.org', 'received', received.replace('"chat"', '"groupchat"'), 'forged'],
		['me@home.org', 'received', received.replace('<body>x</body>', '<sent xmlns="urn:xmpp:carbons:2"/>'), 'forged'],
		['me@home.org', 'sent', sent.replace(' xmlns="jabber:client"', ''), 'forged'],
		['me@home.org', 'sent', '', 'forged'],
	] as const)('from %s, %s', (from, direction, inner, kind) => expect(carbon(from, direction, inner)).toBe(kind));
});

describe('archive results (CVE-2019-16237)', () => {
	const setUp = (
		room: Jid | null,
	): { archive: Archive; queryid: string; page: Promise<unknown>; answer: () => void } => {
		const clock = new FakeClock();
		let request: Element | null = null;
		const iq = new IqTracker(clock, fakeRandom(), (sent) => {
			request = sent;
		});
		iq.self = self;
		const archive = new Archive(() => iq, fakeRandom(2), clock);
		const page = archive.fetch({ room, page: { max: 10 } });
		const query = (request as Element | null)?.getChild('query');
		return {
			archive,
			queryid: attr(query, 'queryid') ?? '',
			page,
			answer: () =>
				void iq.accept(
					xml(
						`<iq type="result" id="${attr(request ?? undefined, 'id')}" ${room === null ? '' : 'from="room@rooms.org"'}><fin xmlns="urn:xmpp:mam:2" complete="true"/></iq>`,
					),
				),
		};
	};
	const result = (from: string | null, queryid: string, inner: string): Element =>
		xml(
			`<message ${from === null ? '' : `from="${from}"`}><result xmlns="urn:xmpp:mam:2" queryid="${queryid}" id="a1"><forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:00Z"/>${inner}</forwarded></result></message>`,
		);
	const own = '<message xmlns="jabber:client" from="bob@b.org" to="me@home.org"><body>x</body></message>';
	const inRoom = '<message xmlns="jabber:client" from="room@rooms.org/bob" type="groupchat"><body>x</body></message>';
	const run = async (room: Jid | null, from: string | null, inner: string, wrongId = false): Promise<number> => {
		const { archive, queryid, page, answer } = setUp(room);
		expect(archive.accept(result(from, wrongId ? 'guess' : queryid, inner), self)).toBe(true);
		answer();
		return ((await page) as { items: unknown[] }).items.length;
	};
	it('takes results of the archive asked', async () => {
		expect(await run(null, null, own)).toBe(1);
		expect(await run(null, 'me@home.org', own)).toBe(1);
		expect(await run(jid('room@rooms.org'), 'room@rooms.org', inRoom)).toBe(1);
	});
	it('drops everything else', async () => {
		for (const from of strangers) expect(await run(null, from, own), from).toBe(0);
		expect(await run(null, null, own, true)).toBe(0);
		expect(
			await run(
				null,
				null,
				'<message xmlns="jabber:client" from="bob@b.org" to="eve@evil.org"><body>x</body></message>',
			),
		).toBe(0);
		for (const from of [null, 'room@rooms.org/bob', 'other@rooms.org', 'me@home.org'])
			expect(await run(jid('room@rooms.org'), from, inRoom), String(from)).toBe(0);
		expect(await run(jid('room@rooms.org'), 'room@rooms.org', inRoom.replace('room@rooms.org/bob', 'bob@b.org'))).toBe(
			0,
		);
		expect(isFromRoom(jid('room@rooms.org/x'), jid('room@rooms.org'))).toBe(false);
	});
});

describe('IQ replies (CVE-2013-6483)', () => {
	it.each([
		['bob@b.org/x', 'bob@b.org/x', true],
		['bob@b.org/x', 'bob@b.org/y', false],
		['bob@b.org/x', null, false],
		['room@rooms.org', 'room@rooms.org/me', false],
		[null, null, true],
		[null, 'me@home.org', true],
		[null, 'home.org', true],
		[null, 'eve@evil.org', false],
		[null, 'me@home.org/phone', false],
		['me@home.org', null, true],
		['home.org', null, true],
		['home.org', 'evil.org', false],
	])('to %s, answered by %s: %s', async (to, from, counts) => {
		const clock = new FakeClock();
		let id = '';
		const iq = new IqTracker(clock, fakeRandom(), (sent) => {
			id = attr(sent, 'id') ?? '';
		});
		iq.self = self;
		const reply = iq.get(xml('<ping xmlns="urn:xmpp:ping"/>'), to === null ? {} : { to });
		expect(iq.accept(xml(`<iq type="result" id="${id}" ${from === null ? '' : `from="${from}"`}/>`))).toBe(counts);
		expect(iq.size).toBe(counts ? 0 : 1);
		if (counts) await reply;
		else await clock.advance(31_000);
		expect(clock.pending).toBe(0);
	});

	it('an early error reply rejects only whoever asked', async () => {
		const iq: IqTracker = new IqTracker(new FakeClock(), fakeRandom(), (sent) => {
			iq.accept(
				xml(
					`<iq type="error" id="${attr(sent, 'id')}"><error type="cancel"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
				),
			);
		});
		iq.self = self;
		void iq.get(xml('<ping xmlns="urn:xmpp:ping"/>'));
		await expect(iq.get(xml('<ping xmlns="urn:xmpp:ping"/>'))).rejects.toMatchObject({
			stanza: { condition: 'forbidden' },
		});
	});
});

const room: RoomView = {
	jid: jid('room@rooms.org'),
	nick: 'me',
	stanzaIds: true,
	occupantIds: true,
	selfOccupantId: 'occ-me',
	entered: true,
	keyOf: () => null,
};
const view = (over: Partial<MessageView> = {}): MessageView => ({
	self,
	origin: 'live',
	archiveId: null,
	archiveTime: null,
	now: Date.UTC(2026, 5, 1),
	stanzaIds: true,
	room: (bare) => (bare === 'room@rooms.org' ? room : null),
	ownTxn: () => null,
	isOwnHost: () => false,
	...over,
});
const occupant = (id: string): string => `<occupant-id xmlns="urn:xmpp:occupant-id:0" id="${id}"/>`;
const only = (text: string, over?: Partial<MessageView>): AdapterEvent | undefined =>
	mapMessage(xml(text), view(over))[0];

describe('authorship of edits, retractions and reactions (CVE-2022-39835)', () => {
	const by = (from: string, occ: string, what: string): unknown => {
		const event = only(`<message from="${from}" type="groupchat">${what}${occupant(occ)}</message>`);
		return event !== undefined && 'sender' in event ? String(event.sender.remoteId) : null;
	};
	const edit = '<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="m1-original"/>';
	const retract = '<retract xmlns="urn:xmpp:message-retract:1" id="s1"/>';
	it.each([edit, retract, '<reactions xmlns="urn:xmpp:reactions:0" id="s1"><reaction>👍</reaction></reactions>'])(
		'a nickname taken over is another author: %#',
		(what) => {
			expect(by('room@rooms.org/bob', 'occ-bob', what)).toBe('room@rooms.org?occupant=occ-bob');
			expect(by('room@rooms.org/bob', 'occ-eve', what)).not.toBe(by('room@rooms.org/bob', 'occ-bob', what));
			expect(by('room@rooms.org/bob2', 'occ-bob', what)).toBe(by('room@rooms.org/bob', 'occ-bob', what));
		},
	);
	it('moderation counts only from the room itself', () => {
		const moderated =
			'<retract xmlns="urn:xmpp:message-retract:1" id="s1"><moderated xmlns="urn:xmpp:message-moderate:1"/><reason>spam</reason></retract>';
		expect(only(`<message from="room@rooms.org" type="groupchat">${moderated}</message>`)).toMatchObject({
			type: 'message-removed',
			moderated: true,
			reason: 'spam',
		});
		expect(
			only(`<message from="room@rooms.org/eve" type="groupchat">${moderated}${occupant('e')}</message>`),
		).toBeUndefined();
		expect(only(`<message from="eve@evil.org" type="chat">${moderated}</message>`)).toBeUndefined();
	});
	it('an occupant id that the room does not announce is worth nothing', () => {
		const bare = { room: (): RoomView => ({ ...room, occupantIds: false }) };
		expect(
			only(`<message from="room@rooms.org/bob" type="groupchat"><body>x</body>${occupant('occ-me')}</message>`, bare),
		).toMatchObject({ message: { own: false, sender: { remoteId: 'room@rooms.org/bob', strength: 'session' } } });
		expect(authorKey(jid('room@rooms.org/bob'), null)).toBe('room@rooms.org/bob');
	});
	it('groupchat from a room we are not in, and messages in our own name from elsewhere, say nothing', () => {
		expect(only('<message from="other@rooms.org/x" type="groupchat"><body>x</body></message>')).toBeUndefined();
		expect(
			only('<message from="me@home.org/phone" to="bob@b.org" type="chat"><body>x</body></message>'),
		).toBeUndefined();
		expect(only('<message from="@@" type="chat"><body>x</body></message>')).toBeUndefined();
	});
});

describe('stanza ids (XEP-0359)', () => {
	const read = (ids: string, announced = true): string | null =>
		stanzaIdBy(xml(`<message>${ids}</message>`), jid('me@home.org'), announced);
	const sid = (by: string, id: string): string => `<stanza-id xmlns="urn:xmpp:sid:0" by="${by}" id="${id}"/>`;
	it.each([
		[sid('me@home.org', 'a'), true, 'a'],
		[sid('me@home.org', 'a'), false, null],
		[sid('eve@evil.org', 'a'), true, null],
		[sid('me@home.org/x', 'a'), true, null],
		[sid('me@home.org', 'a') + sid('me@home.org', 'b'), true, null],
		[sid('eve@evil.org', 'x') + sid('ME@home.org', 'a'), true, 'a'],
	])('%s %s', (ids, announced, expected) => expect(read(ids, announced)).toBe(expected));
});

describe('mapMessage', () => {
	it('maps chat, actions, fallbacks, receipts, markers, typing, ciphertext', () => {
		const chat = (inner: string, over?: Partial<MessageView>): AdapterEvent[] =>
			mapMessage(
				xml(`<message from="bob@b.org/x" to="me@home.org" type="chat" id="message-1">${inner}</message>`),
				view(over),
			);
		expect(chat('<body>*hi*</body>')[0]).toMatchObject({
			type: 'message',
			conversation: 'bob@b.org',
			message: {
				ids: [{ kind: 'origin', value: 'message-1' }],
				own: false,
				content: { kind: 'text', body: { text: 'hi' } },
			},
		});
		expect(chat('<body>/me waves</body>')[0]).toMatchObject({
			message: { content: { kind: 'emote', body: { text: 'waves' } } },
		});
		expect(
			chat(
				'<body>&gt; quoted\nanswer</body><reply xmlns="urn:xmpp:reply:0" id="m0" to="me@home.org"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="9"/></fallback>',
			)[0],
		).toMatchObject({
			message: { content: { body: { text: 'answer' } }, replyTo: { ids: [{ value: 'm0' }], senderName: 'me' } },
		});
		expect(
			chat('<body>fallback</body><encrypted xmlns="eu.siacs.conversations.axolotl"><payload/></encrypted>')[0],
		).toMatchObject({ message: { encrypted: true, content: { kind: 'undecryptable', reason: 'OMEMO' } } });
		expect(chat('<body>fallback</body><encrypted xmlns="eu.siacs.conversations.axolotl"/>')).toEqual([]);
		expect(chat('<received xmlns="urn:xmpp:receipts" id="r1"/>')[0]).toMatchObject({
			type: 'receipt',
			kind: 'delivered',
		});
		expect(chat('<displayed xmlns="urn:xmpp:chat-markers:0" id="r1"/>')[0]).toMatchObject({
			type: 'receipt',
			kind: 'read',
		});
		expect(chat('<composing xmlns="http://jabber.org/protocol/chatstates"/>')[0]).toMatchObject({
			type: 'typing',
			state: 'active',
			expiresMs: 60_000,
		});
		expect(
			chat('<composing xmlns="http://jabber.org/protocol/chatstates"/>', {
				origin: 'archive',
				archiveId: 'a',
				archiveTime: 1,
			}),
		).toEqual([]);
		expect(chat('<x xmlns="jabber:x:conference" jid="new@rooms.org" reason="join"/>')[0]).toMatchObject({
			type: 'conversation-upsert',
			conversation: { remoteId: 'new@rooms.org', membership: 'invited' },
		});
	});

	it('marks mentions of our nickname as a word only', () => {
		const said = (text: string): unknown =>
			only(`<message from="room@rooms.org/bob" type="groupchat"><body>${text}</body>${occupant('b')}</message>`);
		for (const text of ['me: hi', 'hi Me!', '(me)', 'ask me'])
			expect(said(text), text).toMatchObject({ message: { mention: true } });
		for (const text of ['some', 'me2', 'home', 'ünme'])
			expect(said(text), text).toMatchObject({ message: { mention: false } });
	});

	it('believes no absurd times and no delays by strangers', () => {
		const at = (delay: string): unknown =>
			(
				only(`<message from="bob@b.org/x" type="chat"><body>x</body>${delay}</message>`) as {
					message: { time: number };
				}
			).message.time;
		const now = view().now;
		expect(at('<delay xmlns="urn:xmpp:delay" from="home.org" stamp="2026-01-01T00:00:00Z"/>')).toBe(
			Date.UTC(2026, 0, 1),
		);
		for (const bad of [
			'from="evil.org" stamp="2020-01-01T00:00:00Z"',
			'from="home.org" stamp="9999-01-01T00:00:00Z"',
			'from="home.org" stamp="1970-01-01T00:00:00Z"',
			'from="home.org" stamp="x"',
			'',
		])
			expect(at(`<delay xmlns="urn:xmpp:delay" ${bad}/>`), bad).toBe(now);
	});
});
