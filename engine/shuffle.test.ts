import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import type { Message } from '../protocols/model/entities.ts';
import { remoteId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';

const start = new FakeClock().now();
const people = fc.constantFrom('bob', 'eve');
const times = fc.integer({ min: 0, max: 9 }).map((n) => start + 1000 + n);
const target = fc.constantFrom('a', 'b').map((id) => [remoteId('server', id)]);

const relation: fc.Arbitrary<AdapterEvent> = fc.oneof(
	fc
		.record({ target, who: people, words: fc.constantFrom('x', 'y', 'z'), time: times })
		.map(({ target: of, who, words, time }) => ({
			type: 'message-edited' as const,
			conversation: room,
			target: of,
			ids: [],
			sender: actor(who),
			own: false,
			txnId: null,
			content: { kind: 'text' as const, body: plain(words) },
			time,
		})),
	fc
		.record({ target, who: people, time: times, moderated: fc.boolean() })
		.map(({ target: of, who, time, moderated }) => ({
			type: 'message-removed' as const,
			conversation: room,
			target: of,
			sender: actor(who),
			own: false,
			moderated,
			reason: null,
			time,
		})),
	fc
		.record({
			target,
			who: people,
			time: times,
			op: fc.constantFrom('set' as const, 'add' as const, 'remove' as const),
			keys: fc.subarray(['+', '-', '*']),
		})
		.map(({ target: of, who, time, op, keys }) => ({
			type: 'reaction' as const,
			conversation: room,
			target: of,
			ids: [],
			sender: actor(who),
			own: false,
			op,
			keys,
			time,
		})),
);

/** What must not depend on the order: everything but local numbers. */
const essence = (messages: readonly Message[]): unknown =>
	messages
		.map(({ content, editedAt, removedAt, removedBy, reactions, time }) => ({
			content,
			editedAt,
			removedAt,
			removedBy,
			reactions,
			time,
		}))
		.sort((a, b) => a.time - b.time);

async function endState(events: readonly AdapterEvent[], sizes: readonly number[]): Promise<unknown> {
	const script = new Script();
	const t = await startTestEngine({
		clock: new FakeClock(start + 10_000),
		protocols: new Map([['fake', script.factory()]]),
	});
	const client = await t.connect();
	await t.addAccount(client, 'me');
	let at = 0;
	for (let i = 0; at < events.length; i++) {
		const size = sizes[i % sizes.length] ?? 1;
		await script.adapter.context.emit({
			origin: i % 2 === 0 ? 'live' : 'catchup',
			events: events.slice(at, at + size),
		});
		at += size;
	}
	const conversationId = await t.conversation(client, 'room');
	const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 100 });
	expect(t.problems).toEqual([]);
	await t.engine.stop();
	return essence(page.messages);
}

describe('relations', () => {
	test('reach one end state in any order and any grouping, also before their target', async () => {
		const messages = [
			said('a', 'first', { time: start, sender: actor('bob') }),
			said('b', 'second', { time: start + 1, sender: actor('eve') }),
		];
		const run = fc.array(relation, { minLength: 1, maxLength: 7 }).chain((relations) => {
			const events: AdapterEvent[] = [...messages, ...relations];
			return fc.record({
				events: fc.constant(events),
				shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
				sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
			});
		});
		await fc.assert(
			fc.asyncProperty(run, async ({ events, shuffled, sizes }) => {
				expect(await endState(shuffled, sizes)).toEqual(await endState(events, [1]));
			}),
			{ numRuns: 150 },
		);
	}, 60_000);
});
