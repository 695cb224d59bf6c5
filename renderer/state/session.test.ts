import { expect, test } from 'vitest';
import type { QueryArgs, TimelinePage } from '../../engine/contract/queries.ts';
import { createRpcClient } from '../../engine/transport/rpc-client.ts';
import { noConversationCapabilities } from '../../protocols/model/capabilities.ts';
import type { Conversation, Message } from '../../protocols/model/entities.ts';
import { accountId, conversationId, messageId, remoteConversationId, remoteUserId } from '../../protocols/model/ids.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { after, now, uuid } from '../platform/clock.ts';
import { Session } from './session.ts';
import { createAppStore } from './store.ts';
import { UiActions } from './ui-actions.ts';

const room: Conversation = {
	id: conversationId('room'),
	accountId: accountId('a'),
	remoteId: remoteConversationId('room'),
	kind: 'group',
	parentId: null,
	peer: null,
	name: 'room',
	topic: '',
	membership: 'joined',
	invite: null,
	notify: 'all',
	pinned: false,
	archived: false,
	unread: 0,
	mentions: 0,
	readUpTo: null,
	last: null,
	capabilities: noConversationCapabilities,
	error: null,
	draft: '',
	privacy: { typing: null, delivery: null, read: null },
};

/** A session whose engine answers when the test says so. */
function start() {
	const store = createAppStore();
	const session = new Session(store, new UiActions(store));
	const client = createRpcClient({
		open: () => new Promise(() => undefined),
		clientId: uuid(),
		now,
		after,
		uuid,
		validate: false,
		onPatch: () => undefined,
		onState: () => undefined,
	});
	const asked: { readonly name: string; readonly body: unknown; readonly answer: (result: unknown) => void }[] = [];
	const ask = (name: string, body: unknown): Promise<never> =>
		new Promise((resolve) => {
			asked.push({ name, body, answer: (result) => resolve(result as never) });
		});
	session.attach({ ...client, command: ask, query: ask });
	/** Answers the oldest open question of this name, from this place if one is given. */
	const answer = async (name: string, result: unknown, from?: { readonly at: string }): Promise<void> => {
		const index = asked.findIndex((one) => one.name === name && (from === undefined || placeOf(one.body) === from.at));
		asked.splice(index, 1)[0]?.answer(result);
		await new Promise((resolve) => setTimeout(resolve));
	};
	return { store, session, asked, answer };
}

const placeOf = (body: unknown): string => (body as QueryArgs<'timeline.page'>).from.at;

const message = (id: number): Message => ({
	id: messageId(id),
	conversationId: room.id,
	sender: { remoteId: remoteUserId('bob'), name: 'Bob', strength: 'stable' },
	own: false,
	content: { kind: 'text', body: plain(String(id)) },
	time: id,
	sort: { ts: id, seq: 0 },
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
const page = (from: number, to: number, over: Partial<TimelinePage> = {}): TimelinePage => ({
	messages: Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
	gaps: [],
	hasBefore: true,
	hasAfter: true,
	receipts: [],
	...over,
});

test('a page that comes after the run it belongs to was left is dropped: it would hide what lies between', async () => {
	const { store, session, answer } = start();
	session.onPatch([{ op: 'conversation.put', conversation: { ...room, unread: 200, readUpTo: { ts: 100, seq: 0 } } }]);
	session.open(room.id);
	await answer('conversation.open', null);
	await answer('timeline.page', page(281, 300, { hasAfter: false }));
	const older = session.page(room.id, 'before');
	session.toFirstUnread(room.id);
	await answer('conversation.open', null);
	await answer('timeline.page', page(61, 140), { at: 'around' });
	await answer('timeline.page', page(261, 280), { at: 'before' });
	await older;
	const shown = (): readonly number[] =>
		store
			.getState()
			.engine.timelines.get(room.id)
			?.messages.map(({ id }) => id) ?? [];
	expect([shown()[0], shown().at(-1), shown().length]).toEqual([61, 140, 80]);

	const newer = session.page(room.id, 'after');
	await answer('timeline.page', page(141, 160), { at: 'after' });
	await newer;
	expect([shown()[0], shown().at(-1), shown().length]).toEqual([61, 160, 100]);
});

test('the place that was asked for last is shown, whichever answer comes first', async () => {
	const { store, session, answer } = start();
	session.onPatch([{ op: 'conversation.put', conversation: { ...room, unread: 200, readUpTo: { ts: 100, seq: 0 } } }]);
	session.open(room.id);
	session.toFirstUnread(room.id);
	for (const _ of [1, 2]) await answer('conversation.open', null);
	await answer('timeline.page', page(61, 140), { at: 'around' });
	await answer('timeline.page', page(281, 300, { hasAfter: false }), { at: 'newest' });
	expect(store.getState().engine.timelines.get(room.id)?.messages[0]?.id).toBe(61);
});

test('a room opened before the patch that brings it is loaded when that comes', () => {
	const { session, asked } = start();
	session.open(room.id);
	expect(asked).toEqual([]);
	session.onPatch([{ op: 'conversation.put', conversation: room }]);
	expect(asked.map(({ name }) => name).toSorted()).toEqual(['conversation.open', 'members.page', 'timeline.page']);
});
