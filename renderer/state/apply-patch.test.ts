import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PatchOp } from '../../engine/contract/patches.ts';
import { defaultSettings } from '../../engine/contract/settings.ts';
import { noAccountCapabilities, noConversationCapabilities } from '../../protocols/model/capabilities.ts';
import type { Account, Conversation, Message } from '../../protocols/model/entities.ts';
import {
	accountId,
	conversationId,
	gapId,
	messageId,
	remoteConversationId,
	remoteUserId,
} from '../../protocols/model/ids.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { applyBoot, applyClosed, applyPage, applyPatch } from './apply-patch.ts';
import { emptyEngineState } from './engine-state.ts';
import type { EngineState } from './engine-state.ts';
import { maxWindow } from './timeline-window.ts';

const room = conversationId('room');

const account = (id: string, label: string): Account => ({
	id: accountId(id),
	protocol: 'fake',
	address: id,
	label,
	enabled: true,
	position: 0,
	connection: { kind: 'offline' },
	self: null,
	presence: { availability: 'available', statusText: '' },
	capabilities: noAccountCapabilities,
	security: null,
	privacy: { typing: null, delivery: null, read: null },
});

const conversation = (id: string, unread: number): Conversation => ({
	id: conversationId(id),
	accountId: accountId('a'),
	remoteId: remoteConversationId(id),
	kind: 'group',
	parentId: null,
	peer: null,
	name: id,
	topic: '',
	membership: 'joined',
	invite: null,
	notify: 'all',
	pinned: false,
	archived: false,
	unread,
	mentions: 0,
	readUpTo: null,
	last: null,
	capabilities: noConversationCapabilities,
	error: null,
	draft: '',
	privacy: { typing: null, delivery: null, read: null },
});

const message = (id: number, ts = id, text = ''): Message => ({
	id: messageId(id),
	conversationId: room,
	sender: { remoteId: remoteUserId('x'), name: 'x', strength: 'stable' },
	own: false,
	content: { kind: 'text', body: plain(text) },
	time: ts,
	sort: { ts, seq: id },
	mention: false,
	encrypted: false,
	replyTo: null,
	thread: null,
	threadSummary: null,
	expiresAt: null,
	editedAt: null,
	removedAt: null,
	removedBy: null,
	reactions: [],
	send: null,
});

const openRoom = (messages: readonly Message[], hasBefore = false, hasAfter = false): EngineState =>
	applyPage(
		applyPatch(emptyEngineState, [{ op: 'conversation.put', conversation: conversation('room', 0) }]),
		room,
		{ messages, gaps: [], receipts: [], hasBefore, hasAfter },
		'fresh',
	);
const put = (...messages: Message[]): PatchOp => ({ op: 'timeline.put', conversationId: room, messages });
const idsOf = (state: EngineState): number[] => state.timelines.get(room)?.messages.map((one) => one.id) ?? [];

const smallId = fc.integer({ min: 1, max: 12 });
const anyOp: fc.Arbitrary<PatchOp> = fc.oneof(
	fc
		.record({ id: smallId, label: fc.string() })
		.map(({ id, label }): PatchOp => ({ op: 'account.put', account: account(`a${id}`, label) })),
	smallId.map((id): PatchOp => ({ op: 'account.remove', id: accountId(`a${id}`) })),
	fc
		.record({ id: smallId, unread: fc.nat(99) })
		.map(({ id, unread }): PatchOp => ({ op: 'conversation.put', conversation: conversation(`c${id}`, unread) })),
	smallId.map((id): PatchOp => ({ op: 'conversation.remove', id: conversationId(`c${id}`) })),
	fc
		.array(fc.record({ id: smallId, ts: fc.integer({ min: 0, max: 30 }), text: fc.string() }), { maxLength: 5 })
		.map((list): PatchOp => put(...list.map((one) => message(one.id, one.ts, one.text)))),
	fc
		.array(smallId, { maxLength: 3 })
		.map((list): PatchOp => ({ op: 'timeline.remove', conversationId: room, ids: list.map(messageId) })),
	smallId.map(
		(id): PatchOp => ({
			op: 'gap.put',
			gap: {
				id: gapId(`g${id}`),
				conversationId: room,
				after: null,
				before: null,
				fillable: true,
				loading: false,
				error: null,
			},
		}),
	),
	smallId.map((id): PatchOp => ({ op: 'gap.remove', conversationId: room, id: gapId(`g${id}`) })),
	fc.record({ id: smallId, typing: fc.boolean() }).map(
		({ id, typing }): PatchOp => ({
			op: 'typing',
			conversationId: conversationId(`c${id}`),
			users: typing ? [{ remoteId: remoteUserId('x'), name: 'x' }] : [],
		}),
	),
	fc.boolean().map((on): PatchOp => ({ op: 'settings.put', settings: { ...defaultSettings, sendTyping: on } })),
);
const start = openRoom([message(3), message(5)]);

test('applying a frame twice is the same as applying it once', () => {
	fc.assert(
		fc.property(fc.array(anyOp, { maxLength: 20 }), fc.array(anyOp, { maxLength: 20 }), (before, frame) => {
			const once = applyPatch(applyPatch(start, before), frame);
			expect(applyPatch(once, frame)).toEqual(once);
		}),
	);
});

test('how ops are cut into frames does not matter', () => {
	fc.assert(
		fc.property(fc.array(anyOp, { maxLength: 25 }), fc.nat(25), (ops, cut) => {
			expect(applyPatch(applyPatch(start, ops.slice(0, cut)), ops.slice(cut))).toEqual(applyPatch(start, ops));
		}),
	);
});

test('a timeline is always sorted, without doubles, within its bound', () => {
	fc.assert(
		fc.property(fc.array(anyOp, { maxLength: 30 }), (ops) => {
			const messages = applyPatch(start, ops).timelines.get(room)?.messages ?? [];
			expect(new Set(messages.map((one) => one.id)).size).toBe(messages.length);
			expect(messages).toEqual(messages.toSorted((a, b) => a.sort.ts - b.sort.ts || a.sort.seq - b.sort.seq));
		}),
	);
});

test('the state given is never changed, and what is not touched keeps its identity', () => {
	const frozen = structuredClone([...start.conversations.values()]);
	const next = applyPatch(start, [put(message(9))]);
	expect([...start.conversations.values()]).toEqual(frozen);
	expect(idsOf(start)).toEqual([3, 5]);
	expect(next.conversations).toBe(start.conversations);
	expect(next.accounts).toBe(start.accounts);
});

test('messages beyond an end that is not loaded wait for their page', () => {
	const older = openRoom([message(3), message(5)], true, true);
	expect(idsOf(applyPatch(older, [put(message(1), message(4), message(9))]))).toEqual([3, 4, 5]);
	expect(idsOf(applyPatch(openRoom([message(3)], true, false), [put(message(9))]))).toEqual([3, 9]);
	const paged = applyPage(
		older,
		room,
		{ messages: [message(1), message(2)], gaps: [], receipts: [], hasBefore: false, hasAfter: true },
		'before',
	);
	expect(idsOf(paged)).toEqual([1, 2, 3, 5]);
	expect(paged.timelines.get(room)).toMatchObject({ hasBefore: false, hasAfter: true });
});

test('a message that moves is found at its new place only', () => {
	const state = applyPatch(openRoom([message(1, 10), message(2, 20), message(3, 30)]), [put(message(1, 25))]);
	expect(idsOf(state)).toEqual([2, 1, 3]);
});

test('the run is bounded: live messages push out the oldest, paging back the newest', () => {
	const many = Array.from({ length: maxWindow }, (_, index) => message(index + 100));
	const live = applyPatch(openRoom(many), [put(message(maxWindow + 200))]);
	expect(idsOf(live)).toHaveLength(maxWindow);
	expect(live.timelines.get(room)?.hasBefore).toBe(true);
	const back = applyPage(
		openRoom(many, true),
		room,
		{ messages: [message(1)], gaps: [], receipts: [], hasBefore: false, hasAfter: true },
		'before',
	);
	expect(idsOf(back)[0]).toBe(1);
	expect(back.timelines.get(room)).toMatchObject({ hasAfter: true, hasBefore: false });
});

test('the words of a login stay until it waits for its user again', () => {
	const loginId = 'login-1';
	const say = (state: EngineState, key: string | null): EngineState =>
		applyPatch(state, [{ op: 'login.progress', loginId, key }]);
	const asking = say(say(emptyEngineState, 'connecting'), 'authenticating');
	expect([...asking.loginProgress]).toEqual([[loginId, 'authenticating']]);
	expect(say(asking, null).loginProgress.size).toBe(0);
	expect(say(say(asking, null), null).loginProgress.size).toBe(0);
});

test('patches for conversations that are not open change nothing', () => {
	const closed = applyClosed(start, room);
	expect(applyPatch(closed, [put(message(1))])).toEqual(closed);
});

test('boot replaces everything but the open timelines', () => {
	const booted = applyBoot(start, {
		protocols: [],
		accounts: [account('z', 'Z')],
		conversations: [],
		contacts: [],
		persons: [],
		decisions: [],
		typing: [],
		settings: defaultSettings,
		seq: 7,
		now: 0,
		version: '1',
	});
	expect([...booted.accounts.keys()]).toEqual(['z']);
	expect(booted.conversations.size).toBe(0);
	expect(booted.timelines).toBe(start.timelines);
	expect(booted.booted).toBe(true);
});
