import { beforeEach, expect, test } from 'vitest';
import { messageId } from '../../../protocols/model/ids.ts';
import { plain } from '../../../protocols/model/rich-text.ts';
import type { StoreOp } from '../store.ts';
import { aConversation, aMessage, anAccount } from '../test-entities.ts';
import { openSyncStore } from './sync-store.ts';
import type { SyncStore } from './sync-store.ts';

let store: SyncStore;
beforeEach(() => {
	store = openSyncStore({ file: null, key: new Uint8Array(32) }, () => {});
	store.commit([
		{ op: 'account.put', account: anAccount() },
		{ op: 'conversation.put', conversation: aConversation() },
	]);
});

const say = (n: number, text: string): StoreOp => ({
	op: 'message.insert',
	message: aMessage(n, { content: { kind: 'text', body: plain(text) } }),
});
const find = (text: string) =>
	store
		.read('search', [{ text, conversations: null, before: null, limit: 50 }])
		.map((hit) => Number(hit.row.message.id));
// A database in memory has no file to check.
const damage = () => store.findDamage().filter((finding) => !finding.startsWith('database file'));
const finish = (): void => {
	while (store.upkeep());
};

test.each<[string, StoreOp, number[], number[]]>([
	[
		'edited',
		{ op: 'message.update', id: messageId(1), set: { content: { kind: 'text', body: plain('new') } } },
		[],
		[1],
	],
	['hidden', { op: 'message.update', id: messageId(1), set: { hidden: true } }, [], []],
	['removed', { op: 'message.update', id: messageId(1), set: { removedAt: 1 } }, [], []],
	['deleted', { op: 'message.delete', id: messageId(1) }, [], []],
])('a text that is %s before and after it was indexed', (_how, change, old, fresh) => {
	for (const indexedBefore of [false, true]) {
		store.commit([say(1, 'old')]);
		if (indexedBefore) finish();
		store.commit([change]);
		expect(find('old')).toEqual([]);
		finish();
		expect([find('old'), find('new')]).toEqual([old, fresh]);
		store.commit([{ op: 'message.delete', id: messageId(1) }]);
		finish();
	}
	expect(damage()).toEqual([]);
});

test('a removed conversation is gone at once, can be made again, and its messages follow in steps', () => {
	store.commit(Array.from({ length: 100 }, (_, n) => say(n + 1, 'gone')));
	finish();
	store.commit([{ op: 'conversation.remove', id: aConversation().id }]);
	expect(find('gone')).toEqual([]);
	expect(store.read('getMessages', [[messageId(1)]])).toEqual([]);
	expect(store.read('load', []).conversations).toEqual([]);
	store.commit([{ op: 'conversation.put', conversation: aConversation() }, say(101, 'fresh')]);
	let steps = 0;
	while (store.upkeep()) steps += 1;
	expect(steps).toBeGreaterThan(3);
	expect([find('gone'), find('fresh')]).toEqual([[], [101]]);
	expect(store.read('page', [aConversation().id, { at: 'newest' }, 50]).rows).toHaveLength(1);
	expect(damage()).toEqual([]);
});
