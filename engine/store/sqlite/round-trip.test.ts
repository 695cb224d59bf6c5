import { beforeEach, describe, expect, test } from 'vitest';
import { chatError } from '../../../protocols/model/errors.ts';
import {
	accountId,
	contactId,
	conversationId,
	gapId,
	messageId,
	personId,
	remoteConversationId,
	remoteId,
	remoteUserId,
	txnId,
} from '../../../protocols/model/ids.ts';
import { plain } from '../../../protocols/model/rich-text.ts';
import { defaultSettings } from '../../contract/settings.ts';
import { openStoreInProcess } from '../open-in-process.ts';
import { noLinks } from '../store.ts';
import type { Store, StoredMessage } from '../store.ts';
import { aContact, aConversation, aJob, aMessage, anAccount, aReaction, seed } from '../test-entities.ts';

const account = accountId('account-1');
const room = conversationId('conversation-1');
let store: Store;
beforeEach(async () => {
	store = await openStoreInProcess();
	await seed(store);
});

const ids = async (rows: Promise<readonly { message: StoredMessage }[]>) => (await rows).map((row) => row.message.id);
const text = (body: string) => ({ kind: 'text', body: plain(body) }) as const;

describe('entities come back as they were written', () => {
	test('a fresh profile is empty', async () => {
		const fresh = await (await openStoreInProcess()).load();
		expect(fresh).toEqual({
			accounts: [],
			conversations: [],
			drafts: new Map(),
			contacts: [],
			persons: [],
			gaps: [],
			outbox: [],
			cursors: new Map(),
			settings: null,
			nextMessageId: 1,
		});
	});

	test('everything the engine loads', async () => {
		const error = chatError('banned', 'go away', { params: { room: '#room' } });
		const person = {
			id: personId('p'),
			name: 'Alice A.',
			contactIds: [contactId('contact-2'), contactId('contact-1')],
		};
		const full = aConversation({
			id: conversationId('conversation-2'),
			remoteId: remoteConversationId('bob@example.org'),
			kind: 'direct',
			parentId: room,
			peer: remoteUserId('bob'),
			membership: 'invited',
			invite: { from: 'Bob', reason: null },
			pinned: true,
			archived: true,
			unread: 3,
			mentions: 1,
			readUpTo: { ts: 5, seq: 2 },
			last: {
				messageId: messageId(4),
				sort: { ts: 5.5, seq: 3 },
				time: 5,
				senderName: 'Bob',
				own: false,
				preview: 'hi',
			},
			error,
		});
		const job = aJob({
			state: 'sending',
			attempts: 2,
			attemptedAt: 10,
			nextAttemptAt: 20,
			lastError: error,
			coalesce: 'read',
			messageId: messageId(1),
		});
		const gap = {
			id: gapId('g'),
			conversationId: room,
			after: null,
			before: { ts: 1, seq: 0 },
			fillable: true,
			token: 't',
		};
		await store.commit([
			{
				op: 'account.put',
				account: anAccount({ id: accountId('account-2'), enabled: false, position: -1.5, connecting: true }),
			},
			{ op: 'contact.put', contact: aContact({ personId: person.id }) },
			{
				op: 'contact.put',
				contact: aContact({ id: contactId('contact-2'), accountId: accountId('account-2'), personId: person.id }),
			},
			{ op: 'person.put', person },
			{ op: 'conversation.put', conversation: full },
			{ op: 'message.insert', message: aMessage(1) },
			{ op: 'outbox.put', job },
			{ op: 'gap.put', gap },
			{ op: 'cursor.put', accountId: account, cursor: 'c1' },
			{ op: 'cursor.put', accountId: account, cursor: 'c2' },
			{ op: 'draft.put', conversationId: room, text: 'half a thou' },
			{ op: 'settings.put', settings: { ...defaultSettings, theme: 'dark' } },
		]);
		const state = await store.load();
		expect(state.accounts.map((a) => a.id)).toEqual(['account-2', 'account-1']);
		expect(state.accounts[0]).toEqual(
			anAccount({ id: accountId('account-2'), enabled: false, position: -1.5, connecting: true }),
		);
		expect(state.conversations).toEqual([aConversation(), full]);
		expect(state.contacts[0]).toEqual(aContact({ personId: person.id }));
		expect(state.persons).toEqual([person]);
		expect(state.outbox).toEqual([job]);
		expect(state.gaps).toEqual([gap]);
		expect(state.cursors).toEqual(new Map([[account, 'c2']]));
		expect(state.drafts).toEqual(new Map([[room, 'half a thou']]));
		expect(state.settings).toEqual({ ...defaultSettings, theme: 'dark' });
		expect(state.nextMessageId).toBe(2);
	});

	test('a message with everything, and each part of it changed', async () => {
		const reply = { ids: [remoteId('server', 'x')], messageId: null, senderName: 'Bob', preview: 'what' };
		const full = aMessage(1, {
			ids: [remoteId('origin', 'o'), remoteId('server', 's')],
			own: true,
			mention: true,
			encrypted: true,
			replyTo: reply,
			threadRoot: [remoteId('server', 'root')],
			send: { kind: 'queued' },
			txnId: txnId('t'),
		});
		await store.commit([{ op: 'message.insert', message: full }]);
		expect(await store.getMessages([messageId(1)])).toEqual([{ message: full, reactions: [], links: noLinks }]);
		const set = {
			sender: { remoteId: remoteUserId('b'), name: 'B', strength: 'session' as const },
			content: { kind: 'undecryptable' as const, reason: null },
			time: 2.5,
			sort: { ts: 9, seq: 8 },
			mention: false,
			replyTo: null,
			threadRoot: null,
			editedAt: 3,
			removedAt: 4,
			removedBy: 'mod',
			send: { kind: 'failed' as const, error: chatError('timeout'), retryable: true },
			txnId: null,
		};
		await store.commit([
			{ op: 'message.update', id: full.id, set },
			{ op: 'message.update', id: messageId(99), set },
			{ op: 'message.update', id: full.id, set: {} },
		]);
		expect(await store.getMessages([full.id])).toEqual([
			{ message: { ...full, ...set }, reactions: [], links: noLinks },
		]);
	});

	test('private values, kept apart by account and sorted', async () => {
		const value = (n: number) => new Uint8Array([n, 0, 255]);
		await store.commit([
			{
				op: 'kv.set',
				accountId: account,
				entries: [
					{ key: 'b/2', value: value(2) },
					{ key: 'b/1', value: value(1) },
					{ key: 'b', value: new Uint8Array() },
					{ key: 'c', value: value(3) },
				],
			},
		]);
		await store.commit([
			{
				op: 'kv.set',
				accountId: account,
				entries: [
					{ key: 'b/1', value: value(9) },
					{ key: 'c', value: null },
				],
			},
		]);
		expect(await store.kvGet(account, 'b/1')).toEqual(value(9));
		expect(await store.kvGet(account, 'c')).toBeNull();
		expect(await store.kvList(account, 'b/')).toEqual([
			{ key: 'b/1', value: value(9) },
			{ key: 'b/2', value: value(2) },
		]);
		expect((await store.kvList(account, '')).map((e) => e.key)).toEqual(['b', 'b/1', 'b/2']);
		expect(await store.kvList(accountId('other'), '')).toEqual([]);
	});

	test('a commit is all or nothing', async () => {
		await expect(
			store.commit([
				{ op: 'message.insert', message: aMessage(1) },
				{ op: 'message.insert', message: aMessage(1) },
			]),
		).rejects.toMatchObject({ error: { code: 'storage-failed', params: { kind: 'constraint' } } });
		expect(await store.getMessages([messageId(1)])).toEqual([]);
		await expect(
			store.commit([{ op: 'message.insert', message: aMessage(1, { conversationId: conversationId('nowhere') }) }]),
		).rejects.toMatchObject({ error: { params: { kind: 'constraint' } } });
		await expect(
			store.commit([{ op: 'kv.set', accountId: accountId('gone'), entries: [{ key: 'k', value: new Uint8Array(1) }] }]),
		).rejects.toMatchObject({ error: { params: { kind: 'constraint' } } });
	});
});

describe('reads', () => {
	test('pages: newest, before, after, around, at both ends and in nothing', async () => {
		const shape = async (...args: Parameters<Store['page']>) => {
			const page = await store.page(...args);
			return [page.rows.map((row) => row.message.id), page.hasBefore, page.hasAfter];
		};
		expect(await shape(room, { at: 'newest' }, 3)).toEqual([[], false, false]);
		expect(await shape(conversationId('nowhere'), { at: 'newest' }, 3)).toEqual([[], false, false]);
		// Inserted out of order, two with the same time, one hidden.
		const places: [number, number, number][] = [
			[1, 30, 0],
			[2, 10, 0],
			[3, 20, 1],
			[4, 20, 0],
			[5, 40, 0],
			[6, 20, 2],
		];
		await store.commit(
			places.map(([id, ts, seq]) => ({
				op: 'message.insert',
				message: aMessage(id, { sort: { ts, seq }, hidden: id === 6 }),
			})),
		);
		expect(await shape(room, { at: 'newest' }, 5)).toEqual([[2, 4, 3, 1, 5], false, false]);
		expect(await shape(room, { at: 'newest' }, 2)).toEqual([[1, 5], true, false]);
		expect(await shape(room, { at: 'before', sort: { ts: 30, seq: 0 } }, 2)).toEqual([[4, 3], true, true]);
		expect(await shape(room, { at: 'before', sort: { ts: 10, seq: 0 } }, 2)).toEqual([[], false, true]);
		expect(await shape(room, { at: 'after', sort: { ts: 20, seq: 0 } }, 2)).toEqual([[3, 1], true, true]);
		expect(await shape(room, { at: 'after', sort: { ts: 40, seq: 0 } }, 2)).toEqual([[], true, false]);
		expect(await shape(room, { at: 'after', sort: { ts: 0, seq: 0 } }, 9)).toEqual([[2, 4, 3, 1, 5], false, false]);
		expect(await shape(room, { at: 'around', sort: { ts: 20, seq: 1 } }, 3)).toEqual([[4, 3, 1], true, true]);
		expect(await shape(room, { at: 'around', sort: { ts: 10, seq: 0 } }, 4)).toEqual([[2, 4, 3, 1], false, true]);
		expect(await shape(room, { at: 'around', sort: { ts: 99, seq: 0 } }, 2)).toEqual([[1, 5], true, false]);
		expect(await shape(room, { at: 'newest' }, 0)).toEqual([[], false, false]);
	});

	test('messages by remote id, transaction and likeness', async () => {
		await store.commit([
			{
				op: 'conversation.put',
				conversation: aConversation({ id: conversationId('other'), remoteId: remoteConversationId('#other') }),
			},
			{ op: 'message.insert', message: aMessage(1, { ids: [], content: text('same'), txnId: txnId('t1') }) },
			{ op: 'message.insert', message: aMessage(2, { content: text('same') }) },
			{
				op: 'message.insert',
				message: aMessage(3, { conversationId: conversationId('other'), ids: [remoteId('server', 's2')] }),
			},
			{ op: 'message.insert', message: aMessage(4, { ids: [remoteId('origin', 's2'), remoteId('server', 's2')] }) },
		]);
		expect(await ids(store.findByIds(room, [remoteId('server', 's2'), remoteId('server', 'none')]))).toEqual([2]);
		expect(await ids(store.findByIds(room, [remoteId('origin', 's2'), remoteId('server', 's2')]))).toEqual([2, 4]);
		expect(await ids(store.findByIds(room, []))).toEqual([]);
		expect(await ids(store.findByTxn(account, [txnId('t1'), txnId('t2')]))).toEqual([1]);
		expect(await ids(store.findByTxn(accountId('x'), [txnId('t1')]))).toEqual([]);
		expect(await ids(store.findAlike(room, remoteUserId('alice'), 'same', 1500, 500))).toEqual([1]);
		expect(await ids(store.findAlike(room, remoteUserId('alice'), 'same', 1501, 500))).toEqual([]);
		await store.commit([
			{
				op: 'message.addIds',
				id: messageId(1),
				conversationId: room,
				ids: [remoteId('server', 's2'), remoteId('server', 'new')],
			},
		]);
		expect((await store.getMessages([messageId(1)]))[0]?.message.ids).toEqual([remoteId('server', 'new')]);
		expect(await ids(store.findAlike(room, remoteUserId('alice'), 'same', 1500, 500))).toEqual([]);
		expect((await store.newestWithServerId(room))?.id).toBe(2);
		expect(await store.conversationIdOf(account, remoteConversationId('#other'))).toBe('other');
		expect(await store.conversationIdOf(account, remoteConversationId('#none'))).toBeNull();
		expect(await ids(store.getMessages([messageId(4), messageId(77), messageId(1)]))).toEqual([4, 1]);
	});

	test('newest, last before a time, unread facts and recent senders', async () => {
		const bob = { remoteId: remoteUserId('bob'), name: 'Bob', strength: 'session' as const };
		expect(await store.newestVisible(room)).toBeNull();
		expect(await store.newestWithServerId(room)).toBeNull();
		await store.commit([
			{ op: 'message.insert', message: aMessage(1, { sender: bob, mention: true }) },
			{ op: 'message.insert', message: aMessage(2, { ids: [], own: true, removedAt: 5 }) },
			{
				op: 'message.insert',
				message: aMessage(3, {
					ids: [],
					sender: { ...bob, name: 'Bobby' },
					content: { kind: 'system', system: { event: 'info', text: 'x' } },
				}),
			},
			{ op: 'message.insert', message: aMessage(4, { ids: [], hidden: true, time: 500 }) },
		]);
		expect((await store.newestVisible(room))?.message.id).toBe(3);
		expect((await store.newestWithServerId(room))?.id).toBe(1);
		expect((await store.lastAtOrBefore(room, 2000))?.message.id).toBe(2);
		expect(await store.lastAtOrBefore(room, 499)).toBeNull();
		expect(await store.unreadFacts(room, { ts: 1000, seq: 0 }, 2)).toEqual([
			{ sort: { ts: 2000, seq: 0 }, own: true, mention: false, kind: 'text', hidden: false, removed: true },
			{ sort: { ts: 3000, seq: 0 }, own: false, mention: false, kind: 'system', hidden: false, removed: false },
		]);
		expect((await store.unreadFacts(room, null, 99)).map((f) => f.mention)).toEqual([true, false, false, false]);
		expect(await store.recentSenders(room, 9)).toEqual([
			{ remoteId: 'alice', name: 'Alice' },
			{ remoteId: 'bob', name: 'Bob' },
		]);
		expect(await store.recentSenders(room, 1)).toHaveLength(1);
	});

	test('receipts only move forward; what they cover', async () => {
		const put = (ts: number, seq: number) =>
			store.commit([
				{
					op: 'receipt.put',
					conversationId: room,
					reader: remoteUserId('bob'),
					kind: 'read',
					sort: { ts, seq },
					time: ts,
				},
			]);
		await put(5, 1);
		await put(5, 0);
		await put(4, 9);
		expect(await store.receipts(room, 9)).toEqual([{ reader: 'bob', kind: 'read', sort: { ts: 5, seq: 1 }, time: 5 }]);
		const kinds = ['sent', 'queued', 'delivered', 'read', 'unconfirmed', 'cancelled', 'sent'] as const;
		await store.commit(
			kinds.map((kind, i) => ({ op: 'message.insert', message: aMessage(i + 1, { own: true, send: { kind } }) })),
		);
		const covered = async (...args: Parameters<Store['ownUpTo']>) => (await store.ownUpTo(...args)).map((m) => m.id);
		expect(await covered(room, { ts: 6000, seq: 0 }, 'read', 9)).toEqual([1, 3, 5]);
		expect(await covered(room, { ts: 7000, seq: 0 }, 'delivered', 9)).toEqual([1, 5, 7]);
		expect(await covered(room, { ts: 7000, seq: 0 }, 'delivered', 2)).toEqual([5, 7]);
	});

	test('reactions: set, replaced, found by id, removed', async () => {
		await store.commit([
			{ op: 'message.insert', message: aMessage(1) },
			{ op: 'reaction.put', reaction: aReaction(1, { ids: [remoteId('server', 'r1')], time: 2 }) },
			{ op: 'reaction.put', reaction: aReaction(1, { key: 'ok', time: 1 }) },
			{ op: 'reaction.put', reaction: aReaction(1, { sender: remoteUserId('eve'), time: 3 }) },
			{ op: 'reaction.put', reaction: aReaction(1, { ids: [remoteId('server', 'r2')], time: 2, senderName: 'Bo' }) },
		]);
		expect((await store.page(room, { at: 'newest' }, 1)).rows[0]?.reactions.map((r) => [r.senderName, r.key])).toEqual([
			['Bob', 'ok'],
			['Bo', '+1'],
			['Bob', '+1'],
		]);
		expect(await store.findReaction(room, [remoteId('server', 'r1')])).toBeNull();
		expect(await store.findReaction(room, [remoteId('server', 'r2')])).toEqual(
			aReaction(1, { ids: [remoteId('server', 'r2')], time: 2, senderName: 'Bo' }),
		);
		await store.commit([{ op: 'reaction.remove', messageId: messageId(1), sender: remoteUserId('bob'), key: null }]);
		expect((await store.getMessages([messageId(1)]))[0]?.reactions.map((r) => r.sender)).toEqual(['eve']);
		expect(await store.findReaction(room, [remoteId('server', 'r2')])).toBeNull();
	});

	test('orphans wait for any of their targets and expire', async () => {
		const event = { type: 'conversation-removed', conversation: remoteConversationId('#room') } as const;
		const orphan = {
			id: 0,
			conversationId: room,
			target: [remoteId('server', 'a'), remoteId('origin', 'b')],
			event,
			at: 100,
		};
		await store.commit([
			{ op: 'orphan.add', orphan },
			{ op: 'orphan.add', orphan: { ...orphan, at: 200, target: [remoteId('server', 'a')] } },
		]);
		expect(await store.orphansFor(room, [remoteId('origin', 'b')])).toEqual([{ ...orphan, id: 1 }]);
		expect(await store.orphansFor(room, [remoteId('server', 'b')])).toEqual([]);
		await store.commit([{ op: 'orphan.expire', before: 200 }]);
		const left = await store.orphansFor(room, [remoteId('server', 'a')]);
		expect(left.map((o) => o.at)).toEqual([200]);
		await store.commit([{ op: 'orphan.remove', id: 2 }]);
		expect(await store.orphansFor(room, [remoteId('server', 'a')])).toEqual([]);
	});

	test('message ids are not given twice, even after the newest was deleted', async () => {
		await store.commit([{ op: 'message.insert', message: aMessage(41) }]);
		await store.commit([{ op: 'message.delete', id: messageId(41) }]);
		expect((await store.load()).nextMessageId).toBe(42);
	});

	test('after close every call rejects', async () => {
		await store.close();
		await store.close();
		await expect(store.load()).rejects.toMatchObject({ error: { params: { kind: 'closed' } } });
		await expect(store.commit([])).rejects.toMatchObject({ error: { params: { kind: 'closed' } } });
	});
});
