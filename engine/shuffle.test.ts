import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import { remoteId } from '../protocols/model/ids.ts';
import type { MessageId } from '../protocols/model/ids.ts';
import { edits, reactions, receipts, removals } from '../protocols/testkit/event-arbitraries.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import type { TimelinePage } from './contract/queries.ts';

const start = new FakeClock().now();
const people = fc.constantFrom('bob', 'eve');
const times = fc.integer({ min: 0, max: 9 }).map((n) => start + 1000 + n);
const ids = ['a', 'b', 'c', 'd'];
const world = {
	people,
	times,
	target: fc.constantFrom(...ids).map((id) => [remoteId('server', id)]),
	words: fc.constantFrom('x', 'y', 'z'),
};
const relation = fc.oneof(edits(world), removals(world), reactions(world), receipts(world));

/** What must not depend on the order: everything but local numbers. */
function essence(
	{ messages, receipts: readers }: TimelinePage,
	versions: readonly unknown[],
	origins: Origins,
): unknown {
	const timeOf = new Map(messages.map((message) => [message.id, message.time]));
	const placeOf = new Map(messages.map((message) => [`${message.sort.ts} ${message.sort.seq}`, message.time]));
	const nameOf = (id: MessageId | null): number | null => (id === null ? null : (timeOf.get(id) ?? -1));
	return {
		messages: messages
			.map(
				({ content, editedAt, removedAt, removedBy, reactions: shown, time, thread, threadSummary, replyTo }, i) => ({
					content,
					editedAt,
					removedAt,
					removedBy,
					reactions: shown,
					time,
					thread: thread && { ...thread, rootId: nameOf(thread.rootId) },
					count: threadSummary?.count ?? 0,
					replyTo: replyTo && { ...replyTo, messageId: nameOf(replyTo.messageId) },
					versions: versions[i],
				}),
			)
			.sort((a, b) => a.time - b.time),
		readers: (origins === 'live' ? readers : [])
			.map(({ sort, time, kind, reader }) => ({ place: placeOf.get(`${sort.ts} ${sort.seq}`), time, kind, reader }))
			.sort((a, b) => (`${a.reader} ${a.kind}` < `${b.reader} ${b.kind}` ? -1 : 1)),
	};
}

type Origins = 'live' | 'mixed';

/** What is caught up keeps the order it is told in, so only live messages have places that their times alone decide. */
async function endState(events: readonly AdapterEvent[], sizes: readonly number[], origins: Origins): Promise<unknown> {
	const script = new Script();
	// Places follow the times, so that "the newest of a thread" and "read up to" mean the same in every order.
	script.capabilities = { ...script.capabilities, ordering: 'timestamp' };
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
			origin: origins === 'live' || i % 2 === 0 ? 'live' : 'catchup',
			events: events.slice(at, at + size),
		});
		at += size;
	}
	const conversationId = await t.conversation(client, 'room');
	const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 100 });
	const versions: unknown[] = [];
	for (const { id } of page.messages)
		versions.push((await client.rpc.query('message.edits', { messageId: id })).versions);
	const result = essence(page, versions, origins);
	expect(t.problems).toEqual([]);
	await t.engine.stop();
	return result;
}

describe('relations', () => {
	test.each(['live', 'mixed'] as const)(
		'reach one end state in any order and grouping, %s',
		async (origins) => {
			const messages = [
				said('a', 'first', { time: start, sender: actor('bob') }),
				said('b', 'second', { time: start + 1, sender: actor('eve') }),
				said('c', 'third', { time: start + 2, sender: actor('eve'), threadRoot: [remoteId('server', 'a')] }),
				said('d', 'fourth', {
					time: start + 3,
					sender: actor('bob'),
					threadRoot: [remoteId('server', 'a')],
					replyTo: { ids: [remoteId('server', 'c')], senderName: null, text: null },
				}),
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
					expect(await endState(shuffled, sizes, origins)).toEqual(await endState(events, [1], origins));
				}),
				{ numRuns: 100 },
			);
		},
		60_000,
	);
});
