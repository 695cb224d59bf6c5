import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import type { Receipt } from '../protocols/model/entities.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import { remoteConversationId, remoteId, remoteUserId } from '../protocols/model/ids.ts';
import { edits, reactions, receipts, removals } from '../protocols/testkit/event-arbitraries.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import { ClientModel } from '../protocols/testkit/timeline.ts';
import { openStoreInProcess } from './store/open-in-process.ts';
import { countUnread } from './unread.ts';

/** Everything an adapter may say, over few names so that things collide. */
const names = fc.constantFrom('bob', 'eve', 'zoe');
const ids = fc.constantFrom('1', '2', '3', '4', '5', '6');
const start = new FakeClock().now();
const times = fc.integer({ min: 0, max: 50 }).map((n) => start + n * 100);
const rooms = fc.constantFrom(room, room, room, remoteConversationId('other'), remoteConversationId('bob'));
const target = ids.map((id) => [remoteId('server', `room${id}`)]);

const world = { people: names, target, times, words: fc.string({ maxLength: 8 }) };
const links = fc.option(target);

const event: fc.Arbitrary<AdapterEvent> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc
			.record({
				id: ids,
				who: names,
				words: fc.string({ maxLength: 8 }),
				time: times,
				mention: fc.boolean(),
				conversation: rooms,
				threadRoot: links,
				reply: links,
			})
			.map(({ id, who, words, time, mention, conversation, threadRoot, reply }) => ({
				...said(`${conversation}${id}`, words, {
					sender: actor(who),
					time,
					mention,
					threadRoot,
					replyTo: reply === null ? null : { ids: reply, senderName: 'who', text: 'words' },
				}),
				conversation,
			})),
	},
	{ weight: 2, arbitrary: edits(world) },
	removals(world),
	reactions(world),
	receipts(world),
	fc
		.record({ target, time: fc.option(times) })
		.map(({ target: upTo, time }) => ({ type: 'read-marker' as const, conversation: room, upTo, time })),
	fc
		.record({ token: fc.option(fc.string()), conversation: rooms })
		.map(({ token, conversation }) => ({ type: 'gap' as const, conversation, token, fillable: true })),
	fc
		.record({ who: names, state: fc.constantFrom('active' as const, 'done' as const) })
		.map(({ who, state }) => ({ type: 'typing' as const, conversation: room, user: actor(who), state })),
	fc.record({ who: names, text: fc.string({ maxLength: 5 }) }).map(({ who, text }) => ({
		type: 'presence' as const,
		user: remoteUserId(who),
		availability: 'away' as const,
		statusText: text,
	})),
	fc.record({ members: fc.subarray(['bob', 'eve', 'zoe']), gone: names }).map(({ members, gone }) => ({
		type: 'members-delta' as const,
		conversation: room,
		upsert: members.map((name) => ({
			remoteId: remoteUserId(name),
			name,
			role: 'member' as const,
			address: null,
			availability: 'unknown' as const,
			self: false,
		})),
		remove: members.includes(gone) ? [] : [remoteUserId(gone)],
	})),
	fc.subarray(['bob', 'eve', 'zoe']).map((list) => ({
		type: 'contacts-snapshot' as const,
		contacts: list.map((name) => ({
			remoteId: remoteUserId(name),
			name,
			groups: [],
			subscription: 'both' as const,
			onRoster: true,
			blocked: name === 'eve',
		})),
	})),
	fc.record({ to: fc.constantFrom('eve', 'room2', 'other') }).map(({ to }) => ({
		type: 'conversation-renamed' as const,
		from: remoteConversationId('other'),
		to: remoteConversationId(to),
		name: to,
	})),
	fc.constant({ type: 'conversation-removed' as const, conversation: remoteConversationId('other') }),
	fc
		.record({ topic: fc.string({ maxLength: 5 }), kind: fc.constantFrom('direct' as const, 'group' as const) })
		.map(({ topic, kind }) => ({
			type: 'conversation-upsert' as const,
			conversation: { remoteId: remoteConversationId('bob'), topic, kind, peer: remoteUserId('bob') },
		})),
	fc
		.record({
			text: fc.string({ minLength: 1, maxLength: 5 }),
			level: fc.constantFrom('motd' as const, 'error' as const),
		})
		.map(({ text, level }) => ({
			type: 'server-text' as const,
			level,
			text,
			time: start,
			conversation: null,
			reply: false,
			code: null,
		})),
);

const batch = fc.record({
	origin: fc.constantFrom('live' as const, 'live' as const, 'catchup' as const),
	events: fc.array(event, { minLength: 1, maxLength: 6 }),
	wait: fc.constantFrom(0, 5, 40),
});

describe('patches', () => {
	test('applied to a booted client equal a fresh boot, and both equal a restart', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 12 }), async (batches) => {
				const script = new Script();
				script.capabilities = { ...script.capabilities, history: 'scrollback' };
				const clock = new FakeClock(start + 10_000);
				const base = await openStoreInProcess();
				const secrets = new Map<string, string>();
				const protocols = new Map([['fake', script.factory()]]);
				const t = await startTestEngine({
					clock,
					store: { ...base, close: () => Promise.resolve() },
					secrets,
					protocols,
				});
				const client = await t.connect();
				await t.addAccount(client, 'me');
				const id = await t.conversation(client, 'room');
				await client.rpc.command('conversation.open', { conversationId: id });
				const model = new ClientModel(await t.boot(client));
				model.show(await client.rpc.query('timeline.page', { conversationId: id, from: { at: 'newest' }, limit: 200 }));
				const from = client.ops.length;
				for (const { origin, events, wait } of batches) {
					const emitted = script.adapter.context.emit({ origin, events });
					if (wait > 0) await t.advance(wait);
					await emitted;
				}
				await t.advance(200);
				model.apply(client.ops.slice(from));

				const fresh = new ClientModel(await t.boot(client));
				expect(model.summary()).toEqual(fresh.summary());
				expect(new Map(model.typing)).toEqual(new Map(fresh.typing));
				const page = await client.rpc.query('timeline.page', {
					conversationId: id,
					from: { at: 'newest' },
					limit: 200,
				});
				expect(model.timeline(id)).toEqual(page.messages);
				const furthest = (list: Iterable<Receipt>): unknown =>
					Array.from(list, (one) => `${one.reader} ${one.kind} ${one.sort.ts} ${one.sort.seq} ${one.time}`).sort();
				expect(furthest(model.receipts.values())).toEqual(furthest(page.receipts));
				const order = (gaps: Iterable<{ readonly id: string }>): unknown =>
					[...gaps].sort((a, b) => (a.id < b.id ? -1 : 1));
				expect(order(model.gaps.values())).toEqual(order(page.gaps));
				const members = await client.rpc.query('members.page', {
					conversationId: id,
					filter: '',
					offset: 0,
					limit: 500,
				});
				expect([...model.members.keys()].sort()).toEqual(members.members.map((member) => member.remoteId).sort());
				expect(t.problems).toEqual([]);
				for (const conversation of fresh.conversations.values()) {
					const facts = await base.unreadFacts(conversation.id, null, 10_000);
					expect({ unread: conversation.unread, mentions: conversation.mentions }).toEqual(
						countUnread(facts, conversation.readUpTo),
					);
					const newest = (await base.page(conversation.id, { at: 'newest' }, 200)).rows
						.filter((row) => row.message.content.kind !== 'system')
						.at(-1);
					expect(conversation.last?.messageId ?? null).toBe(newest?.message.id ?? null);
				}

				await t.engine.stop();
				const again = await startTestEngine({
					clock,
					store: { ...base, close: () => Promise.resolve() },
					secrets,
					protocols: new Map(),
					seed: 9,
				});
				const late = await again.connect();
				const reborn = await again.boot(late);
				const durable = (conversations: typeof reborn.conversations): unknown =>
					[...conversations].sort((a, b) => (a.id < b.id ? -1 : 1));
				expect(durable(reborn.conversations)).toEqual(durable([...fresh.conversations.values()]));
				const reread = await late.rpc.query('timeline.page', {
					conversationId: id as ConversationId,
					from: { at: 'newest' },
					limit: 200,
				});
				expect(reread.messages).toEqual(page.messages);
				await again.engine.stop();
			}),
			{ numRuns: 100 },
		);
	}, 60_000);
});
