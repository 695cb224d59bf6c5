/** Every rule against every kind of relation, then the same attacks as events. */
import { describe, expect, test } from 'vitest';
import type { AdapterEvent } from '../adapter/events.ts';
import {
	receiptOf,
	refusalOf,
	type Refusal,
	type Relation,
	relationRules,
	type RelationTarget,
} from './relation-rules.ts';
import { map, me, seen } from './testing/map-event.ts';

const target: RelationTarget = {
	id: '$0',
	roomId: '!r:hs',
	sender: '@bob:hs',
	type: 'm.room.message',
	isState: false,
	redacted: false,
	relType: null,
};
const relation = (kind: Relation['kind'], over: Partial<Relation> = {}): Relation => ({
	kind,
	id: '$1',
	roomId: '!r:hs',
	sender: '@bob:hs',
	type: kind === 'reaction' ? 'm.reaction' : kind === 'redaction' ? 'm.room.redaction' : 'm.room.message',
	isState: false,
	targetId: '$0',
	mayRedact: false,
	...over,
});

const kinds = ['edit', 'reaction', 'redaction', 'thread', 'reply'] as const;
type Verdicts = Readonly<Record<(typeof kinds)[number], Refusal | null>>;
const all = (refusal: Refusal): Verdicts => ({
	edit: refusal,
	reaction: refusal,
	redaction: refusal,
	thread: refusal,
	reply: refusal,
});
const none: Verdicts = { edit: null, reaction: null, redaction: null, thread: null, reply: null };

/** What is tried, how the relation and its target differ from honest ones, and what comes of it for each kind. */
const attempts: readonly (readonly [string, Partial<Relation>, Partial<RelationTarget> | null, Verdicts])[] = [
	['honest, target known', {}, {}, none],
	['honest, target not known yet', {}, null, none],
	['by somebody else', { sender: '@eve:hs' }, {}, { ...none, edit: 'other-author', redaction: 'other-author' }],
	['by a moderator', { sender: '@mod:hs', mayRedact: true }, {}, { ...none, edit: 'other-author' }],
	['on a message of another room', {}, { roomId: '!other:hs' }, all('other-room')],
	['on itself', { targetId: '$1' }, null, all('points-at-itself')],
	['sent as a state event', { isState: true }, {}, all('state-event')],
	['on a state event', {}, { isState: true, type: 'm.room.topic' }, { ...none, edit: 'other-type' }],
	['on a state event of its own type', {}, { isState: true }, { ...none, edit: 'target-is-state' }],
	['on another type of event', {}, { type: 'm.sticker' }, { ...none, edit: 'other-type' }],
	['readable, on an encrypted message', {}, { type: 'm.room.encrypted' }, { ...none, edit: 'other-type' }],
	['on a removed message', {}, { redacted: true }, { ...none, edit: 'target-removed', reaction: 'target-removed' }],
	['on an edit', {}, { relType: 'm.replace' }, { ...none, edit: 'target-is-edit', thread: 'nested-thread' }],
	['on a message in a thread', {}, { relType: 'm.thread' }, { ...none, thread: 'nested-thread' }],
	[
		'on a reaction',
		{},
		{ type: 'm.reaction', relType: 'm.annotation' },
		{ edit: 'other-type', reaction: 'not-a-message', redaction: null, thread: 'nested-thread', reply: 'not-a-message' },
	],
	[
		'on a redaction',
		{},
		{ type: 'm.room.redaction' },
		{ edit: 'other-type', reaction: 'not-a-message', redaction: null, thread: 'not-a-message', reply: 'not-a-message' },
	],
];

describe('the table', () => {
	test.each(attempts)('%s', (_name, overRelation, overTarget, expected) => {
		const known = overTarget === null ? null : { ...target, ...overTarget };
		for (const kind of kinds)
			expect([kind, refusalOf(relation(kind, overRelation), known)]).toEqual([kind, expected[kind]]);
	});

	test('every rule of the table is what stops one of the attempts', () => {
		const reached = new Set(attempts.flatMap(([, , , verdicts]) => Object.values(verdicts)));
		expect(new Set(relationRules.map((rule) => rule.refusal)).difference(reached)).toEqual(new Set());
	});

	test('nothing but redactions asks who may moderate', () => {
		for (const kind of kinds.filter((one) => one !== 'redaction'))
			expect(refusalOf(relation(kind, { sender: '@eve:hs', mayRedact: true }), target)).toBe(
				refusalOf(relation(kind, { sender: '@eve:hs', mayRedact: false }), target),
			);
	});
});

describe('receipts', () => {
	test.each<[string, string, string, unknown, 'own' | 'other' | null]>([
		['public, of another', 'm.read', '@bob:hs', undefined, 'other'],
		['public, in the main timeline', 'm.read', '@bob:hs', 'main', 'other'],
		['public, inside one thread', 'm.read', '@bob:hs', '$root', 'other'],
		['thread of the wrong type', 'm.read', '@bob:hs', { a: 1 }, null],
		['private, of another: never ours to tell', 'm.read.private', '@bob:hs', undefined, null],
		['own public', 'm.read', me, undefined, 'own'],
		['own private', 'm.read.private', me, undefined, 'own'],
		['own, inside one thread', 'm.read.private', me, '$root', null],
		['unknown kind', 'm.seen', me, undefined, null],
	])('%s', (_name, kind, reader, threadId, expected) => {
		expect(receiptOf(kind, { reader, threadId }, me)).toBe(expected);
	});
});

const types = (events: readonly AdapterEvent[]): string[] => events.map((event) => event.type);
const edit = (over: object = {}, content: object = {}): object => ({
	type: 'm.room.message',
	content: {
		msgtype: 'm.text',
		body: '* new',
		'm.new_content': { msgtype: 'm.text', body: 'new' },
		'm.relates_to': { rel_type: 'm.replace', event_id: '$0' },
		...content,
	},
	...over,
});
const reaction = (key: unknown, over: object = {}, more: object = {}): object => ({
	type: 'm.reaction',
	content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$0', key }, ...more },
	...over,
});
const redaction = (over: object = {}): object => ({ type: 'm.room.redaction', redacts: '$0', content: {}, ...over });

describe('changes by others (Gajim CVE-2022-39835: correction by another sender)', () => {
	test.each<[string, object, ReturnType<typeof seen>, string[]]>([
		['edit by the author', edit(), seen(), ['message-edited']],
		['edit by another', edit({ sender: '@eve:hs' }), seen(), []],
		['edit by a moderator', edit({ sender: '@mod:hs' }), seen(), []],
		['edit of our message by another', edit(), seen({ sender: me }), []],
		['edit of a message in another room', edit(), seen({}, '!other:hs'), []],
		['edit of an edit', edit(), seen({ content: { 'm.relates_to': { rel_type: 'm.replace', event_id: '$9' } } }), []],
		['edit of a sticker by a message', edit(), seen({ type: 'm.sticker' }), []],
		['edit of a topic', edit({ type: 'm.room.topic' }), seen({ type: 'm.room.topic', state_key: '' }), []],
		['edit as state', edit({ state_key: '' }), seen(), []],
		['edit of itself', edit({ event_id: '$0' }), null, []],
		['redaction by the author', redaction(), seen(), ['message-removed']],
		['redaction by another', redaction({ sender: '@eve:hs' }), seen(), []],
		['redaction by a moderator', redaction({ sender: '@mod:hs' }), seen(), ['message-removed']],
		// Ergo 2026: the right in one room must not reach into another.
		[
			'redaction by a moderator of this room, target elsewhere',
			redaction({ sender: '@mod:hs' }),
			seen({}, '!o:hs'),
			[],
		],
		["redaction of another's reaction", redaction({ sender: '@eve:hs' }), seen({ type: 'm.reaction' }), []],
		['redaction of the own reaction', redaction(), seen({ type: 'm.reaction' }), ['message-removed']],
	])('%s', (_name, event, known, expected) => expect(types(map(event, known))).toEqual(expected));

	test.each<[string, object]>([
		['another sender', { sender: '@eve:hs' }],
		['another type', { type: 'm.sticker' }],
		['a state event', { state_key: '' }],
		[
			'an edit of another message',
			{
				content: {
					'm.new_content': { msgtype: 'm.text', body: 'x' },
					'm.relates_to': { rel_type: 'm.replace', event_id: '$7' },
				},
			},
		],
		['no relation at all', { content: { 'm.new_content': { msgtype: 'm.text', body: 'x' } } }],
		['the message itself', { event_id: '$1' }],
	])('an edit bundled by the server (1.4) is judged as well: %s', (_name, over) => {
		const honest = { ...edit(), event_id: '$2', sender: '@bob:hs', origin_server_ts: 9 };
		const content = {
			...(edit() as { content: object }).content,
			'm.relates_to': { rel_type: 'm.replace', event_id: '$1' },
		};
		const bundle = (latest: object): string[] =>
			types(
				map({
					type: 'm.room.message',
					content: { msgtype: 'm.text', body: 'old' },
					unsigned: { 'm.relations': { 'm.replace': latest } },
				}),
			);
		expect(bundle({ ...honest, content })).toEqual(['message', 'message-edited']);
		expect(bundle({ ...honest, content, ...over })).toEqual(['message']);
	});
});

describe('readable text for what was encrypted (matrix-js-sdk CVE-2022-39251: unencrypted taken for encrypted)', () => {
	test('a readable edit does not replace an encrypted message', () => {
		expect(map(edit(), seen({ type: 'm.room.encrypted' }))).toEqual([]);
	});
	test('nor when the server bundles it', () => {
		const latest = {
			event_id: '$2',
			sender: '@bob:hs',
			...edit({}, { 'm.relates_to': { rel_type: 'm.replace', event_id: '$1' } }),
		};
		const events = map({ type: 'm.room.encrypted', content: {}, unsigned: { 'm.relations': { 'm.replace': latest } } });
		expect(events).toMatchObject([{ message: { encrypted: true, content: { kind: 'undecryptable' } } }]);
	});
});

describe('reactions: one per key and sender, whatever the key (Mattermost CVE-2024-1402: custom emoji floods)', () => {
	const keyOf = (event: object): unknown => map(event).map((one) => (one.type === 'reaction' ? one.keys : null))[0];
	test.each<[string, object, unknown]>([
		['a heart with and without selector is one key', reaction('\u2764'), ['\u2764\ufe0f']],
		['fully qualified', reaction('\u2764\ufe0f'), ['\u2764\ufe0f']],
		['text', reaction(' +1 '), ['+1']],
		['line breaks and bidi', reaction('a\n\u202eb'), ['a b']],
		['a letter', reaction('x'.repeat(65)), undefined],
		['64 KiB', reaction('x'.repeat(65_000)), undefined],
		['nothing visible', reaction('\u202e\ufe0f'), undefined],
		['no text', reaction({ a: 1 }), undefined],
		['custom emoji by its short name', reaction('mxc://hs/a', {}, { shortcode: ':party:' }), [':party:']],
		[
			'custom emoji of another spelling',
			reaction('mxc://hs/a', {}, { 'com.beeper.reaction.shortcode': 'cat' }),
			[':cat:'],
		],
		['custom emoji without a name', reaction('mxc://hs/a'), undefined],
	])('%s', (_name, event, expected) => expect(keyOf(event)).toEqual(expected));

	test.each(['__proto__', 'constructor', 'toString'])(
		'prototype keys are text like any other (matrix-js-sdk CVE-2022-36059, CVE-2023-28427): %s',
		(key) => expect(keyOf(reaction(key))).toEqual([key]),
	);

	test.each<[string, ReturnType<typeof seen>]>([
		['on a removed message', seen({ unsigned: { redacted_because: {} } })],
		['on a message of another room', seen({}, '!other:hs')],
		['on a reaction', seen({ type: 'm.reaction' })],
	])('%s: dropped', (_name, known) => expect(map(reaction('x'), known)).toEqual([]));
});

describe('threads and replies (matrix-react-sdk CVE-2024-51750: events that cannot be shown)', () => {
	const inThread = (root: unknown, over: object = {}): object => ({
		type: 'm.room.message',
		content: { msgtype: 'm.text', body: 'x', 'm.relates_to': { rel_type: 'm.thread', event_id: root, ...over } },
	});
	const replyTo = (id: unknown): object => ({
		type: 'm.room.message',
		content: { msgtype: 'm.text', body: 'x', 'm.relates_to': { 'm.in_reply_to': { event_id: id } } },
	});
	const hangs = { threadRoot: [{ kind: 'server', value: '$0' }] };
	test.each<[string, object, ReturnType<typeof seen>, object]>([
		['thread on a message', inThread('$0'), seen(), hangs],
		['thread on a message not known yet', inThread('$0'), null, hangs],
		[
			'thread in a thread',
			inThread('$0'),
			seen({ content: { 'm.relates_to': { rel_type: 'm.thread', event_id: '$9' } } }),
			{ threadRoot: null },
		],
		[
			'thread on an edit',
			inThread('$0'),
			seen({ content: { 'm.relates_to': { rel_type: 'm.replace', event_id: '$9' } } }),
			{ threadRoot: null },
		],
		['thread of another room', inThread('$0'), seen({}, '!other:hs'), { threadRoot: null }],
		['thread on itself (CVE-2024-42369: hang on a cycle)', inThread('$1'), null, { threadRoot: null }],
		['thread on no id', inThread({ a: 1 }), null, { threadRoot: null }],
		[
			'reply',
			replyTo('$0'),
			seen(),
			{ replyTo: { ids: [{ kind: 'server', value: '$0' }], senderName: null, text: null } },
		],
		['reply into another room', replyTo('$0'), seen({}, '!other:hs'), { replyTo: null }],
		['reply to itself (CVE-2024-42369: hang on a cycle)', replyTo('$1'), null, { replyTo: null }],
		['reply to a reaction', replyTo('$0'), seen({ type: 'm.reaction' }), { replyTo: null }],
		['reply to a malformed id', replyTo('0'), null, { replyTo: null }],
		[
			'a reply inside a thread is one only when it says so',
			inThread('$t', { 'm.in_reply_to': { event_id: '$0' }, is_falling_back: false }),
			seen(),
			{ replyTo: { ids: [{ kind: 'server', value: '$0' }] }, threadRoot: [{ value: '$t' }] },
		],
		[
			'the fallback for clients without threads is no reply',
			inThread('$t', { 'm.in_reply_to': { event_id: '$0' }, is_falling_back: true }),
			seen(),
			{ replyTo: null },
		],
	])('%s', (_name, event, known, expected) => {
		const events = map(event, known);
		expect(types(events)).toEqual(['message']);
		expect(events[0]).toMatchObject({ message: expected });
	});
});
