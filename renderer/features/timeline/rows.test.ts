import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain } from '../../../protocols/model/rich-text.ts';
import type { SystemEvent } from '../../../protocols/model/content.ts';
import type { Gap, Message } from '../../../protocols/model/entities.ts';
import { conversationId, gapId, messageId, remoteUserId } from '../../../protocols/model/ids.ts';
import { buildRows, summarise } from './rows.ts';
import type { RowOptions } from './rows.ts';

const noon = new Date(2026, 10, 23, 12).getTime();
const minute = 60_000;

function message(id: number, sender: string, minutes: number, over: Partial<Message> = {}): Message {
	const time = noon + minutes * minute;
	return {
		id: messageId(id),
		conversationId: conversationId('c'),
		sender: { remoteId: remoteUserId(sender), name: sender, strength: 'stable' },
		own: sender === 'me',
		content: { kind: 'text', body: plain(`text ${id}`) },
		time,
		sort: { ts: time, seq: id },
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
		...over,
	};
}
const system = (id: number, event: SystemEvent, minutes: number): Message =>
	message(id, 'user' in event ? event.user : 'x', minutes, { content: { kind: 'system', system: event } });
const join = (id: number, who: string, minutes: number): Message =>
	system(id, { event: 'join', user: remoteUserId(who), name: who, reason: null }, minutes);
const leave = (id: number, who: string, minutes: number): Message =>
	system(id, { event: 'leave', user: remoteUserId(who), name: who, reason: null }, minutes);
const options: RowOptions = { gaps: [], unreadFrom: null, atStart: false, systemEvents: 'fold' };
const kinds = (messages: readonly Message[], over: Partial<RowOptions> = {}): string[] =>
	buildRows(messages, { ...options, ...over }).map((row) => row.kind);

test('one sender within five minutes is one group', () => {
	const rows = buildRows([message(1, 'a', 0), message(2, 'a', 4), message(3, 'a', 10), message(4, 'b', 11)], options);
	expect(rows.flatMap((row) => (row.kind === 'message' ? [[row.isFirst, row.isLast]] : []))).toEqual([
		[true, false],
		[false, true],
		[true, true],
		[true, true],
	]);
});

test('a reply or another name starts a new group', () => {
	const reply = message(2, 'a', 1, { replyTo: { messageId: null, senderName: 'b', preview: 'x' } });
	const renamed = message(3, 'a', 2, { sender: { remoteId: remoteUserId('a'), name: 'a2', strength: 'stable' } });
	const rows = buildRows([message(1, 'a', 0), reply, renamed], options);
	expect(rows.flatMap((row) => (row.kind === 'message' ? [row.isFirst] : []))).toEqual([true, true, true]);
});

test('a day separator stands before the first message of each day', () => {
	expect(kinds([message(1, 'a', 0), message(2, 'a', 13 * 60), message(3, 'a', 13 * 60 + 1)])).toEqual([
		'day',
		'message',
		'day',
		'message',
		'message',
	]);
});

test('no unread line where the first unread message may not be loaded', () => {
	const messages = [message(5, 'a', 5), message(6, 'a', 6)];
	const never = { ts: 0, seq: 0 };
	expect(kinds(messages, { unreadFrom: never })).toEqual(['day', 'message', 'message']);
	expect(kinds(messages, { unreadFrom: never, atStart: true })).toEqual([
		'start',
		'day',
		'unread',
		'message',
		'message',
	]);
	expect(kinds(messages, { unreadFrom: { ts: noon + 5 * minute, seq: 5 } })).toEqual([
		'day',
		'message',
		'unread',
		'message',
	]);
});

test('one unread line, before the first message of somebody else after the read position', () => {
	const messages = [message(1, 'a', 0), message(2, 'me', 1), message(3, 'a', 2), message(4, 'a', 3)];
	expect(kinds(messages, { unreadFrom: { ts: noon, seq: 1 } })).toEqual([
		'day',
		'message',
		'message',
		'unread',
		'message',
		'message',
	]);
	expect(kinds(messages, { unreadFrom: messages[3]?.sort ?? null })).not.toContain('unread');
});

const gap = (id: string, after: Message | null, before: Message | null): Gap => ({
	id: gapId(id),
	conversationId: conversationId('c'),
	after: after?.sort ?? null,
	before: before?.sort ?? null,
	fillable: true,
	loading: false,
	error: null,
});

test('gaps stand before their upper neighbour, or at the newest end', () => {
	const [a, b] = [message(1, 'a', 0), message(2, 'a', 1)];
	expect(kinds([a, b], { gaps: [gap('g', a, b)] })).toEqual(['day', 'message', 'gap', 'day', 'message']);
	expect(kinds([a, b], { gaps: [gap('g', b, null)] })).toEqual(['day', 'message', 'message', 'gap']);
	expect(kinds([a, b], { gaps: [gap('g', null, a)], atStart: true })).toEqual(['gap', 'day', 'message', 'message']);
	expect(kinds([a, b], { atStart: true })[0]).toBe('start');
});

test('comings and goings are folded; what changes the room is not', () => {
	const topic = system(4, { event: 'topic', by: 'a', topic: 'new' }, 3);
	const messages = [join(1, 'a', 0), leave(2, 'b', 1), join(3, 'c', 2), topic, join(5, 'd', 4)];
	expect(kinds(messages)).toEqual(['day', 'system', 'system', 'system']);
	expect(kinds(messages, { systemEvents: 'show' })).toEqual(['day', 'system', 'system', 'system', 'system', 'system']);
	expect(kinds(messages, { systemEvents: 'hide' })).toEqual(['day', 'system']);
	expect(kinds([...messages, message(6, 'd', 5)], { systemEvents: 'hide' })).toEqual([
		'day',
		'system',
		'system',
		'message',
	]);
});

test('a fold counts net effects', () => {
	expect(summarise([join(1, 'a', 0), leave(2, 'a', 1), leave(3, 'b', 2), join(4, 'c', 3), join(5, 'b', 4)])).toEqual({
		joined: ['c'],
		left: [],
		passed: ['a', 'b'],
		renamed: [],
		other: 0,
	});
});

test('cancelled messages are not shown', () => {
	expect(kinds([message(1, 'me', 0, { send: { kind: 'cancelled' } })])).toEqual([]);
});

test('keys are unique, whatever comes', () => {
	const any = fc.array(
		fc.record({
			who: fc.constantFrom('a', 'b', 'me'),
			minutes: fc.integer({ min: -3000, max: 3000 }),
			joins: fc.boolean(),
		}),
		{ maxLength: 40 },
	);
	fc.assert(
		fc.property(any, (entries) => {
			const messages = entries.map((entry, index) =>
				entry.joins ? join(index + 1, entry.who, entry.minutes) : message(index + 1, entry.who, entry.minutes),
			);
			messages.sort((x, y) => x.sort.ts - y.sort.ts || x.sort.seq - y.sort.seq);
			const rows = buildRows(messages, { ...options, unreadFrom: { ts: noon, seq: 0 }, atStart: true });
			expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
			expect(
				rows.flatMap((row) =>
					row.kind === 'message' ? [row.message.id] : row.kind === 'system' ? row.messages.map((one) => one.id) : [],
				),
			).toEqual(messages.map((one) => one.id));
		}),
	);
});
