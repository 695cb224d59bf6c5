import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainBody } from '../../../protocols/model/content.ts';
import { compareSort } from '../../../protocols/model/entities.ts';
import {
	conversationId,
	messageId,
	remoteConversationId,
	remoteId,
	remoteUserId,
} from '../../../protocols/model/ids.ts';
import type { RemoteId } from '../../../protocols/model/ids.ts';
import { plain } from '../../../protocols/model/rich-text.ts';
import { openStoreInProcess } from '../open-in-process.ts';
import { noLinks } from '../store.ts';
import type { MessageRow, StoredMessage, StoredReaction, StoreOp } from '../store.ts';
import { aConversation, aMessage, anAccount, aReaction } from '../test-entities.ts';

const rooms = [conversationId('room-1'), conversationId('room-2')];
const pair = (id: RemoteId): string => `${id.kind} ${id.value}`;

/** The store as plain objects, written for clarity alone. */
class NaiveStore {
	rooms = new Set<string>();
	messages = new Map<number, StoredMessage>();
	reactions: StoredReaction[] = [];
	receipts = new Map<string, StoredMessage['sort']>();
	/** Messages of removed conversations: ids are never reused, and their rows stay until upkeep has come by. */
	taken = new Set<number>();

	owner(room: string, id: RemoteId): StoredMessage | undefined {
		return [...this.messages.values()].find(
			(m) => m.conversationId === room && m.ids.some((own) => pair(own) === pair(id)),
		);
	}

	withIds(message: StoredMessage, ids: readonly RemoteId[]): StoredMessage {
		let result = message;
		for (const id of ids) {
			const taken =
				this.owner(message.conversationId, id) !== undefined || result.ids.some((own) => pair(own) === pair(id));
			if (!taken) result = { ...result, ids: [...result.ids, id] };
		}
		return result;
	}

	/** False when the store has to refuse the operation. */
	apply(op: StoreOp): boolean {
		switch (op.op) {
			case 'conversation.put':
				this.rooms.add(op.conversation.id);
				return true;
			case 'conversation.remove':
				this.rooms.delete(op.id);
				for (const message of [...this.messages.values()]) {
					if (message.conversationId !== op.id) continue;
					this.remove(message.id);
					this.taken.add(message.id);
				}
				for (const key of [...this.receipts.keys()]) if (key.startsWith(`${op.id} `)) this.receipts.delete(key);
				return true;
			case 'message.insert':
				if (!this.rooms.has(op.message.conversationId) || this.messages.has(op.message.id)) return false;
				this.messages.set(op.message.id, this.withIds({ ...op.message, ids: [] }, op.message.ids));
				return true;
			case 'message.update': {
				const message = this.messages.get(op.id);
				if (message !== undefined) this.messages.set(op.id, { ...message, ...op.set });
				return true;
			}
			case 'message.addIds': {
				if (!this.rooms.has(op.conversationId)) return false;
				const message = this.messages.get(op.id);
				if (message === undefined) return true;
				if (message.conversationId !== op.conversationId) return false;
				this.messages.set(op.id, this.withIds(message, op.ids));
				return true;
			}
			case 'message.delete':
				this.remove(op.id);
				return true;
			case 'reaction.put': {
				if (!this.messages.has(op.reaction.messageId)) return false;
				const same = (r: StoredReaction) =>
					r.messageId === op.reaction.messageId && r.sender === op.reaction.sender && r.key === op.reaction.key;
				const at = this.reactions.findIndex(same);
				if (at < 0) this.reactions.push(op.reaction);
				else this.reactions[at] = op.reaction;
				return true;
			}
			case 'reaction.remove':
				this.reactions = this.reactions.filter(
					(r) => r.messageId !== op.messageId || r.sender !== op.sender || (op.key !== null && r.key !== op.key),
				);
				return true;
			case 'receipt.put': {
				if (!this.rooms.has(op.conversationId)) return false;
				const key = `${op.conversationId} ${op.reader} ${op.kind}`;
				const known = this.receipts.get(key);
				if (known === undefined || compareSort(op.sort, known) > 0) this.receipts.set(key, op.sort);
				return true;
			}
			default:
				throw new Error(`not in this model: ${op.op}`);
		}
	}

	remove(id: number): void {
		this.messages.delete(id);
		this.reactions = this.reactions.filter((r) => r.messageId !== id);
	}

	timeline(room: string): MessageRow[] {
		return [...this.messages.values()]
			.filter((m) => m.conversationId === room)
			.sort((a, b) => compareSort(a.sort, b.sort) || a.id - b.id)
			.map((message) => ({
				message,
				links: noLinks,
				reactions: this.reactions.filter((r) => r.messageId === message.id).sort((a, b) => a.time - b.time),
			}));
	}

	copy(): NaiveStore {
		const copy = new NaiveStore();
		copy.rooms = new Set(this.rooms);
		copy.messages = new Map(this.messages);
		copy.reactions = [...this.reactions];
		copy.receipts = new Map(this.receipts);
		copy.taken = new Set(this.taken);
		return copy;
	}
}

const room = fc.constantFrom(...rooms);
const id = fc.integer({ min: 1, max: 8 }).map(messageId);
const remote = fc
	.tuple(fc.constantFrom('server', 'origin', 'txn'), fc.constantFrom('a', 'b', 'c', 'd', '\u0000'))
	.map(([kind, value]) => remoteId(kind as RemoteId['kind'], value));
const ids = fc.array(remote, { maxLength: 3 });
const sort = fc.record({ ts: fc.integer({ min: 0, max: 5 }), seq: fc.integer({ min: 0, max: 99 }) });
const body = fc
	.constantFrom('red apple', 'green apple', 'red', '')
	.map((text) => ({ kind: 'text', body: plain(text) }) as const);
const removedAt = fc.constantFrom(null, 5);
const key = fc.constantFrom('+1', 'ok');
const sender = fc.constantFrom('bob', 'eve').map(remoteUserId);

const op: fc.Arbitrary<StoreOp> = fc.oneof(
	{
		weight: 2,
		arbitrary: room.map(
			(r): StoreOp => ({
				op: 'conversation.put',
				conversation: aConversation({ id: r, remoteId: remoteConversationId(r) }),
			}),
		),
	},
	{ weight: 1, arbitrary: room.map((r): StoreOp => ({ op: 'conversation.remove', id: r })) },
	{
		weight: 8,
		arbitrary: fc.tuple(id, room, ids, sort, body, fc.boolean(), removedAt).map(
			([n, conversation, given, place, content, hidden, removed]): StoreOp => ({
				op: 'message.insert',
				message: aMessage(n, {
					conversationId: conversation,
					ids: given,
					sort: place,
					content,
					hidden,
					removedAt: removed,
				}),
			}),
		),
	},
	{
		weight: 6,
		arbitrary: fc
			.tuple(
				id,
				fc.record(
					{ content: body, hidden: fc.boolean(), removedAt, sort, editedAt: fc.integer() },
					{ requiredKeys: [] },
				),
			)
			.map(([n, set]): StoreOp => ({ op: 'message.update', id: n, set })),
	},
	{
		weight: 4,
		arbitrary: fc.tuple(id, room, ids).map(
			([n, conversationIdOfOp, given]): StoreOp => ({
				op: 'message.addIds',
				id: n,
				conversationId: conversationIdOfOp,
				ids: given,
			}),
		),
	},
	{ weight: 2, arbitrary: id.map((n): StoreOp => ({ op: 'message.delete', id: n })) },
	{
		weight: 3,
		arbitrary: fc.tuple(id, key, sender, ids, fc.integer({ min: 0, max: 9 })).map(
			([n, k, s, given, time]): StoreOp => ({
				op: 'reaction.put',
				reaction: aReaction(n, { key: k, sender: s, ids: given, time }),
			}),
		),
	},
	{
		weight: 2,
		arbitrary: fc
			.tuple(id, sender, fc.option(key))
			.map(([n, s, k]): StoreOp => ({ op: 'reaction.remove', messageId: n, sender: s, key: k })),
	},
	{
		weight: 2,
		arbitrary: fc.tuple(room, sender, sort).map(
			([r, reader, place]): StoreOp => ({
				op: 'receipt.put',
				conversationId: r,
				reader,
				kind: 'read',
				sort: place,
				time: null,
			}),
		),
	},
);

const messageOf = (one: StoreOp): number | null => {
	switch (one.op) {
		case 'message.insert':
			return one.message.id;
		case 'message.update':
		case 'message.addIds':
		case 'message.delete':
			return one.id;
		case 'reaction.put':
			return one.reaction.messageId;
		case 'reaction.remove':
			return one.messageId;
		default:
			return null;
	}
};

test('any sequence of commits leaves what a naive store would hold', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(fc.array(op, { maxLength: 6 }), { maxLength: 12 }), async (commits) => {
			const store = await openStoreInProcess();
			await store.commit([{ op: 'account.put', account: anAccount() }]);
			let model = new NaiveStore();
			for (const ops of commits) {
				const next = model.copy();
				const possible: StoreOp[] = [];
				const accepted = ops.every((one) => {
					const target = messageOf(one);
					if (target !== null && next.taken.has(target)) return true;
					possible.push(one);
					return next.apply(one);
				});
				const outcome = await store.commit(possible).then(
					() => true,
					() => false,
				);
				expect(outcome).toBe(accepted);
				if (accepted) model = next;
			}
			for (const r of rooms) {
				const timeline = model.timeline(r);
				const visible = timeline.filter((row) => !row.message.hidden);
				expect((await store.page(r, { at: 'newest' }, 100)).rows).toEqual(visible);
				expect(await store.newestVisible(r)).toEqual(visible.at(-1) ?? null);
				expect((await store.unreadFacts(r, null, 100)).map((fact) => fact.sort)).toEqual(
					timeline.map((row) => row.message.sort),
				);
				const withServer = timeline.findLast((row) => row.message.ids.some((one) => one.kind === 'server'));
				expect((await store.newestWithServerId(r))?.sort).toEqual(withServer?.message.sort);
				for (const one of [remoteId('server', 'a'), remoteId('origin', 'b'), remoteId('txn', '\u0000')]) {
					expect((await store.findByIds(r, [one])).map((row) => row.message.id)).toEqual(
						[model.owner(r, one)?.id].filter((found) => found !== undefined),
					);
				}
				expect((await store.receipts(r, 100)).length).toBe(
					[...model.receipts.keys()].filter((k) => k.startsWith(`${r} `)).length,
				);
			}
			for (const word of ['red', 'apple', 'reen']) {
				const expected = [...model.messages.values()].filter(
					(m) => !m.hidden && m.removedAt === null && plainBody(m.content).includes(word),
				);
				const hits = await store.search({ text: word, conversations: null, before: null, limit: 100 });
				expect(hits.map((hit) => hit.row.message.id).sort()).toEqual(expected.map((m) => m.id).sort());
			}
			await store.close();
		}),
		{ numRuns: 150 },
	);
});
