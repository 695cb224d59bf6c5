/** Every row of known attacks on relations between messages, each named by where it happened before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdapterEvent } from '../adapter/events.ts';
import { remoteUserId } from '../model/ids.ts';
import { mapMessage } from './message-mapper.ts';
import type { MessageView, RoomView } from './message-source.ts';
import { jid, xml } from './testing/scripted-rooms.ts';
import { isPlausibleArchived, type Place, type Relation, relationTarget, type Speaker } from './trust.ts';

const room: RoomView = {
	jid: jid('room@rooms.org'),
	nick: 'me',
	stanzaIds: true,
	occupantIds: true,
	selfOccupantId: 'occ-me',
	entered: true,
	keyOf: (nick) => (nick === 'bob' ? remoteUserId('room@rooms.org?occupant=occ-bob') : null),
};
const view = (over: Partial<MessageView> = {}, roomOver: Partial<RoomView> = {}): MessageView => ({
	self: jid('me@home.org/parley'),
	origin: 'live',
	archiveId: null,
	archiveTime: null,
	now: Date.UTC(2026, 5, 1),
	stanzaIds: true,
	room: (bare) => (bare === 'room@rooms.org' ? { ...room, ...roomOver } : null),
	ownTxn: () => null,
	isOwnHost: () => false,
	...over,
});
const archived = { origin: 'archive', archiveId: 'a1', archiveTime: Date.UTC(2026, 4, 1) } as const;
const noIds = { occupantIds: false, selfOccupantId: null };

const said = {
	edit: '<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="m1-original"/>',
	retract: '<retract xmlns="urn:xmpp:message-retract:1" id="t1"/>',
	moderate:
		'<retract xmlns="urn:xmpp:message-retract:1" id="t1"><moderated xmlns="urn:xmpp:message-moderate:1" by="room@rooms.org/mod"/></retract>',
	'moderate (version 0)':
		'<apply-to xmlns="urn:xmpp:fasten:0" id="t1"><moderated xmlns="urn:xmpp:message-moderate:0" by="room@rooms.org/mod"><retract xmlns="urn:xmpp:message-retract:0"/></moderated></apply-to>',
	react: '<reactions xmlns="urn:xmpp:reactions:0" id="t1"><reaction>👍</reaction></reactions>',
	receipt: '<received xmlns="urn:xmpp:receipts" id="t1"/>',
	displayed: '<displayed xmlns="urn:xmpp:chat-markers:0" id="t1"/>',
} as const;
type Said = keyof typeof said;

interface From {
	readonly address: string;
	readonly type: 'chat' | 'groupchat';
	readonly occupant?: string;
	readonly to?: string;
	readonly delayed?: boolean;
}
const map = (what: Said, from: From, over?: Partial<MessageView>, roomOver?: Partial<RoomView>): AdapterEvent[] =>
	mapMessage(
		xml(
			`<message xmlns="jabber:client" from="${from.address}"${from.to === undefined ? '' : ` to="${from.to}"`} type="${from.type}" id="stanza-id-1">${said[what]}${from.occupant === undefined ? '' : `<occupant-id xmlns="urn:xmpp:occupant-id:0" id="${from.occupant}"/>`}${from.delayed === true ? '<delay xmlns="urn:xmpp:delay" from="room@rooms.org" stamp="2026-01-01T00:00:00Z"/>' : ''}</message>`,
		),
		view(over, roomOver),
	);

const bob: From = { address: 'bob@b.org/x', type: 'chat' };
const roomBob: From = { address: 'room@rooms.org/bob', type: 'groupchat', occupant: 'occ-bob' };
const roomMe: From = { address: 'room@rooms.org/me', type: 'groupchat', occupant: 'occ-me' };
const roomItself: From = { address: 'room@rooms.org', type: 'groupchat' };
const whisper: From = { address: 'room@rooms.org/bob', type: 'chat' };
const eve: From = { address: 'eve@evil.org/x', type: 'chat' };

describe('who may say what about a message, and by which id', () => {
	const all: Relation[] = ['edit', 'retract', 'moderate', 'react', 'reply', 'receipt', 'displayed', 'own-displayed'];
	const places: Place[] = ['direct', 'room', 'whisper'];
	const speakers: Speaker[] = ['self', 'other', 'room'];
	const told = (place: Place, speaker: Speaker, proven: boolean): Partial<Record<Relation, string>> =>
		Object.fromEntries(
			all.flatMap((relation) => {
				const target = relationTarget(relation, { place, speaker, proven });
				return target === null ? [] : [[relation, target]];
			}),
		);
	it('the whole table', () => {
		const rows = places.flatMap((place) =>
			speakers.flatMap((speaker) =>
				[true, false].map((proven) => [
					`${place} ${speaker}${proven ? '' : ' unproven'}`,
					told(place, speaker, proven),
				]),
			),
		);
		const whisperOrDirect = { edit: 'origin', retract: 'origin', react: 'origin', reply: 'origin' };
		const inRoom = { edit: 'origin', retract: 'server', react: 'server', reply: 'server' };
		const others = { ...whisperOrDirect, receipt: 'origin', displayed: 'origin' };
		const changed = ({ react, reply }: { react: string; reply: string }) => ({ react, reply });
		expect(Object.fromEntries(rows)).toEqual({
			'direct self': { ...whisperOrDirect, 'own-displayed': 'origin' },
			'direct self unproven': { ...changed(whisperOrDirect), 'own-displayed': 'origin' },
			'direct other': others,
			'direct other unproven': others,
			'direct room': {},
			'direct room unproven': {},
			'room self': { ...inRoom, 'own-displayed': 'server' },
			'room self unproven': { ...changed(inRoom), 'own-displayed': 'server' },
			'room other': { ...inRoom, displayed: 'server' },
			'room other unproven': { ...inRoom, displayed: 'server' },
			'room room': { moderate: 'server' },
			'room room unproven': { moderate: 'server' },
			'whisper self': { ...whisperOrDirect, 'own-displayed': 'origin' },
			'whisper self unproven': { ...changed(whisperOrDirect), 'own-displayed': 'origin' },
			'whisper other': others,
			'whisper other unproven': others,
			'whisper room': {},
			'whisper room unproven': {},
		});
	});
});

describe('the sender is the stamped one, never a claimed one', () => {
	it.each<[Said, From, string]>([
		['edit', bob, 'bob@b.org'],
		['edit', eve, 'eve@evil.org'],
		['edit', roomBob, 'room@rooms.org?occupant=occ-bob'],
		['edit', { ...roomBob, occupant: 'occ-eve' }, 'room@rooms.org?occupant=occ-eve'],
		['edit', whisper, 'room@rooms.org/bob'],
		['retract', bob, 'bob@b.org'],
		['retract', { ...roomBob, occupant: 'occ-eve' }, 'room@rooms.org?occupant=occ-eve'],
		['react', eve, 'eve@evil.org'],
		['react', { ...roomBob, occupant: 'occ-eve' }, 'room@rooms.org?occupant=occ-eve'],
	])('CVE-2022-39835 (Gajim), wrong credit (Converse.js 13.0.1): %s by %j is of %s', (what, from, author) => {
		const [event] = map(what, from);
		expect(event !== undefined && 'sender' in event ? [event.sender.remoteId, event.own] : null).toEqual([
			author,
			false,
		]);
	});

	it('CVE-2022-39835 (Gajim): a whisper of an occupant is about whispers, never about the room', () => {
		for (const what of ['edit', 'retract', 'react'] as const)
			for (const event of map(what, whisper))
				expect('conversation' in event ? event.conversation : null).toBe('room@rooms.org/bob');
	});

	it('a stranger writes in a conversation of its own', () => {
		for (const what of ['edit', 'retract', 'react', 'receipt', 'displayed'] as const)
			for (const event of map(what, eve))
				expect('conversation' in event ? event.conversation : null).toBe('eve@evil.org');
	});
});

describe('our own messages', () => {
	it.each<[string, From, Partial<MessageView>, Partial<RoomView>, boolean]>([
		['our occupant id', roomMe, {}, {}, true],
		['our occupant id in the archive', roomMe, archived, {}, true],
		['our nickname with another occupant id', { ...roomMe, occupant: 'occ-eve' }, {}, {}, false],
		['our nickname with another occupant id, archived', { ...roomMe, occupant: 'occ-eve' }, archived, {}, false],
		['our nickname, now, no occupant ids', { ...roomMe, occupant: 'occ-me' }, {}, noIds, true],
		['our nickname, archived, no occupant ids: borne by anybody before', roomMe, archived, noIds, false],
		['our nickname in the greeting, older than our entry', { ...roomMe, delayed: true }, {}, noIds, false],
		['our nickname before we are in', roomMe, {}, { ...noIds, entered: false }, false],
	])('nickname taken over before we came (CVE-2022-39835 class): %s', (_, from, over, roomOver, ours) => {
		for (const what of ['edit', 'retract'] as const) {
			const changes = map(what, from, over, roomOver).filter(
				(event) => (event.type === 'message-edited' || event.type === 'message-removed') && event.own,
			);
			expect(changes, what).toHaveLength(ours ? 1 : 0);
		}
		expect(map('react', from, over, roomOver).some((event) => event.type === 'reaction' && event.own)).toBe(ours);
	});

	it('what nobody may correct is shown as what it says', () => {
		expect(map('edit', roomMe, archived, noIds)).toMatchObject([{ type: 'message' }]);
	});
});

describe('moderation', () => {
	it.each(['moderate', 'moderate (version 0)'] as const)('%s: from the room itself, naming who did it', (what) => {
		expect(map(what, roomItself)).toMatchObject([
			{ type: 'message-removed', moderated: true, sender: { name: 'mod' }, target: [{ kind: 'server', value: 't1' }] },
		]);
	});
	it.each(['moderate', 'moderate (version 0)'] as const)('%s: nobody else removes anything', (what) => {
		for (const from of [bob, eve, roomBob, roomMe, whisper, { ...roomItself, type: 'chat' as const }])
			expect(
				map(what, from).filter((event) => event.type === 'message-removed'),
				JSON.stringify(from),
			).toEqual([]);
		expect(map(what, { address: 'other@rooms.org', type: 'groupchat' })).toEqual([]);
	});
});

describe('receipts and read markers', () => {
	it.each<[Said, From, Partial<MessageView>, AdapterEvent['type'] | null]>([
		['receipt', bob, {}, 'receipt'],
		['receipt', roomBob, {}, null],
		['receipt', { address: 'me@home.org/phone', type: 'chat', to: 'bob@b.org' }, { origin: 'copy' }, null],
		['displayed', bob, {}, 'receipt'],
		['displayed', roomBob, {}, 'receipt'],
		['displayed', roomItself, {}, null],
		['displayed', { address: 'me@home.org/phone', type: 'chat', to: 'bob@b.org' }, { origin: 'copy' }, 'read-marker'],
		['displayed', { address: 'me@home.org/phone', type: 'chat', to: 'bob@b.org' }, {}, null],
		['displayed', { address: 'me@evil.org/phone', type: 'chat' }, {}, 'receipt'],
	])('%s from %j (%j): %s', (what, from, over, type) => {
		expect(map(what, from, over).map((event) => event.type)).toEqual(type === null ? [] : [type]);
	});
});

describe('archives', () => {
	it('forged archive content (CVE-2019-16237, Converse.js MUC archive): inner senders that do not belong there', () => {
		const inner = (from: string, type: string, to = ''): boolean =>
			isPlausibleArchived(xml(`<message xmlns="jabber:client" from="${from}" type="${type}"${to}/>`), room.jid, true);
		expect(inner('room@rooms.org/bob', 'groupchat')).toBe(true);
		expect(inner('bob@b.org', 'groupchat')).toBe(false);
		expect(inner('room@rooms.org/bob', 'chat')).toBe(false);
		const own = (from: string, type: string, to: string): boolean =>
			isPlausibleArchived(
				xml(`<message xmlns="jabber:client" from="${from}" to="${to}" type="${type}"/>`),
				jid('me@home.org'),
				false,
			);
		expect(own('bob@b.org', 'chat', 'me@home.org')).toBe(true);
		expect(own('bob@b.org', 'chat', 'eve@evil.org')).toBe(false);
		expect(own('room@rooms.org/bob', 'groupchat', 'me@home.org')).toBe(false);
	});
});

describe('prototype keys and hostile ids (CVE-2022-36059 class)', () => {
	it.each(['__proto__', 'constructor', 'toString', ' ', '\u202e', '🧨'])('%j is an id like any other', (id) => {
		const safe = id.replace(/[<&"]/g, '');
		const events = mapMessage(
			xml(
				`<message xmlns="jabber:client" from="bob@b.org" type="chat"><reactions xmlns="urn:xmpp:reactions:0" id="${safe}"><reaction>${safe}</reaction></reactions></message>`,
			),
			view(),
		);
		expect(events).toMatchObject([{ type: 'reaction', target: [{ kind: 'origin', value: safe }] }]);
	});
	it('any text in any place neither throws nor removes for a stranger', () => {
		const words = fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) => text.replace(/[^ -~]|[<>&"']/g, ''));
		fc.assert(
			fc.property(words, words, fc.constantFrom(...Object.values(said)), (resource, id, inner) => {
				const events = mapMessage(
					xml(
						`<message xmlns="jabber:client" from="eve@evil.org/${resource}" type="chat" id="${id}">${inner.replaceAll('t1', id)}</message>`,
					),
					view(),
				);
				for (const event of events)
					expect('conversation' in event ? event.conversation : 'eve@evil.org').toBe('eve@evil.org');
			}),
			{ numRuns: 200 },
		);
	});
	it('ids longer than any archive makes refer to nothing', () => {
		const long = 'x'.repeat(600);
		const [event] = mapMessage(
			xml(
				`<message xmlns="jabber:client" from="bob@b.org" type="chat"><retract xmlns="urn:xmpp:message-retract:1" id="${long}"/></message>`,
			),
			view(),
		);
		expect(event).toBeUndefined();
	});
});
