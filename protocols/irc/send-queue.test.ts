import { describe, expect, it } from 'vitest';
import type { ChatError } from '../model/errors.ts';
import { chatError } from '../model/errors.ts';
import { FakeClock } from '../testkit/fake-clock.ts';
import { queueLimits, safePace, SendQueue } from './send-queue.ts';

function setUp(pace: typeof safePace | null = safePace) {
	const clock = new FakeClock();
	const written: { readonly at: number; readonly line: string }[] = [];
	const start = clock.now();
	const queue = new SendQueue(clock, (line) => written.push({ at: clock.now() - start, line }), pace);
	return { clock, written, queue, lines: () => written.map((entry) => entry.line) };
}

describe('SendQueue', () => {
	it('holds everything but urgent lines until released', () => {
		const { queue, lines } = setUp();
		queue.push({ line: 'a', priority: 'user' });
		queue.push({ line: 'PONG x', priority: 'urgent' });
		expect(lines()).toEqual(['PONG x']);
		queue.release();
		expect(lines()).toEqual(['PONG x', 'a']);
	});

	it('never exceeds the burst plus one line per interval, in any window', async () => {
		const { queue, written, clock } = setUp();
		queue.release();
		for (let index = 0; index < 60; index++) queue.push({ line: `line ${index}`, priority: 'user' });
		await clock.advance(300_000);
		expect(written).toHaveLength(60);
		for (const from of written) {
			const inWindow = written.filter((entry) => entry.at >= from.at && entry.at < from.at + 10_000).length;
			expect(inWindow).toBeLessThanOrEqual(safePace.burst + 10_000 / safePace.intervalMs);
		}
		expect(written.map((entry) => entry.line)).toEqual(Array.from({ length: 60 }, (_, index) => `line ${index}`));
	});

	it('stays under the penalty rule of RFC 1459: two seconds a line, ten owed at most', async () => {
		const { queue, written, clock } = setUp();
		queue.release();
		for (let index = 0; index < 40; index++) queue.push({ line: 'PRIVMSG #a :x', priority: 'user' });
		await clock.advance(200_000);
		let debtUntil = 0;
		for (const { at } of written) {
			debtUntil = Math.max(debtUntil, at) + 2000;
			expect(debtUntil - at).toBeLessThanOrEqual(12_000);
		}
	});

	it('lets user lines overtake background lines', async () => {
		const { queue, lines, clock } = setUp({ burst: 1, intervalMs: 1000 });
		queue.push({ line: 'who', priority: 'background' });
		queue.push({ line: 'say', priority: 'user' });
		queue.release();
		await clock.advance(2000);
		expect(lines()).toEqual(['say', 'who']);
	});

	it('replaces a waiting line of the same kind and drops what is too old', async () => {
		const dropped: string[] = [];
		const { queue, lines, clock } = setUp({ burst: 1, intervalMs: 10_000 });
		queue.push({ line: 'first', priority: 'background' });
		queue.push({ line: 'old', priority: 'background', replaces: 'k', onDropped: () => dropped.push('old') });
		queue.push({ line: 'new', priority: 'background', replaces: 'k', expiresMs: 60_000 });
		queue.push({ line: 'stale', priority: 'background', expiresMs: 100, onDropped: () => dropped.push('stale') });
		queue.release();
		await clock.advance(60_000);
		expect(lines()).toEqual(['first', 'new']);
		expect(dropped).toEqual(['old', 'stale']);
	});

	it('refuses with a typed error when full, and everything when closed', () => {
		const errors: ChatError[] = [];
		const { queue } = setUp();
		for (let index = 0; index < queueLimits.lines; index++)
			expect(queue.push({ line: 'x', priority: 'user' })).toBe(true);
		expect(queue.push({ line: 'x', priority: 'user', onDropped: (error) => errors.push(error) })).toBe(false);
		expect(errors[0]?.code).toBe('rate-limited');
		queue.close(chatError('connection-lost'));
		expect(queue.push({ line: 'x', priority: 'urgent', onDropped: (error) => errors.push(error) })).toBe(false);
		expect(errors[1]?.code).toBe('connection-lost');
	});

	it('tells every waiting line when the link ends', () => {
		const errors: string[] = [];
		const { queue, clock } = setUp();
		queue.push({ line: 'x', priority: 'user', onDropped: (error) => errors.push(error.code) });
		queue.push({ line: 'y', priority: 'background', onDropped: (error) => errors.push(error.code) });
		queue.close(chatError('connection-lost'));
		expect(errors).toEqual(['connection-lost', 'connection-lost']);
		expect(clock.pending).toBe(0);
	});

	it('has no limit where the server promises none', () => {
		const { queue, lines } = setUp();
		queue.release();
		queue.unlimited();
		for (let index = 0; index < 100; index++) queue.push({ line: `${index}`, priority: 'user' });
		expect(lines()).toHaveLength(100);
	});
});
