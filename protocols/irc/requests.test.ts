/** Outcomes over time, with a clock that only moves when told. */
import { describe, expect, it } from 'vitest';
import { chatError } from '../model/errors.ts';
import { FakeClock, settle } from '../testkit/fake-clock.ts';
import { Keepalive } from './keepalive.ts';
import { LabelTracker } from './labels.ts';
import type { IrcLine } from './line.ts';
import { Requests } from './requests.ts';
import { SendQueue } from './send-queue.ts';

const line = (command: string, ...params: string[]): IrcLine => ({ tags: new Map(), source: null, command, params });

function setUp(labelled: boolean) {
	const clock = new FakeClock();
	const written: string[] = [];
	const queue = new SendQueue(clock, (text) => written.push(text), { burst: 2, intervalMs: 1000 });
	const labels = new LabelTracker(clock);
	const requests = new Requests(clock, queue, labels, () => labelled);
	return { clock, written, queue, labels, requests };
}
const nothing = () => null;

describe('Requests with labels', () => {
	it('the deadline runs from the moment the line was written, not queued', async () => {
		const { clock, queue, requests, written } = setUp(true);
		const outcome = requests.run('PRIVMSG', ['#a', 'x'], nothing, { deadlineMs: 5000 });
		await clock.advance(60_000);
		expect(written).toEqual([]);
		queue.release();
		await clock.advance(4000);
		expect(written).toEqual(['@label=1 PRIVMSG #a x']);
		await clock.advance(2000);
		expect(await outcome).toMatchObject({ kind: 'uncertain', error: { code: 'delivery-unknown' } });
		expect(clock.pending).toBe(0);
	});

	it('a line never written is refused for a later retry; a written one is uncertain', async () => {
		const { clock, queue, labels, requests } = setUp(true);
		queue.release();
		const outcomes = ['a', 'b', 'c'].map((text) => requests.run('PRIVMSG', ['#a', text], nothing));
		await settle();
		queue.close(chatError('connection-lost'));
		labels.failAll(chatError('connection-lost'));
		expect((await Promise.all(outcomes)).map((outcome) => outcome.kind)).toEqual(['uncertain', 'rejected', 'rejected']);
		expect(await outcomes[2]).toMatchObject({ error: { code: 'connection-lost', retry: 'later' } });
		expect(clock.pending).toBe(0);
	});

	it('an empty answer is success, a late one is nobody’s', async () => {
		const { queue, labels, requests } = setUp(true);
		queue.release();
		const outcome = requests.run('KICK', ['#a', 'bob'], nothing);
		expect(labels.answer('1', [], null)).toBe('shared');
		expect(await outcome).toEqual({ kind: 'accepted', ids: [], time: null });
		expect(labels.answer('1', [line('401', 'alice', 'bob', 'no')], null)).toBeNull();
	});
});

describe('Requests without labels', () => {
	it('the first line that fits decides; silence is what the caller says it is', async () => {
		const { clock, queue, requests } = setUp(false);
		queue.release();
		const done = { kind: 'accepted', ids: [], time: null } as const;
		const kick = requests.run('KICK', ['#a', 'bob'], (got) => (got.command === 'KICK' ? done : null));
		await settle();
		expect(requests.offer(line('KICK', '#a', 'bob'))).toBe(true);
		expect(requests.offer(line('KICK', '#a', 'bob'))).toBe(false);
		expect(await kick).toEqual(done);
		await clock.advance(5000);
		const silent = requests.run('PRIVMSG', ['#a', 'x'], nothing, { silenceMs: 700 });
		await clock.advance(701);
		expect(await silent).toEqual({ kind: 'unconfirmed', ids: [] });
		expect(clock.pending).toBe(0);
	});

	it('those who wait when the link ends do not know', async () => {
		const { queue, requests } = setUp(false);
		queue.release();
		const outcome = requests.run('KICK', ['#a', 'bob'], nothing);
		await settle();
		requests.close(chatError('connection-lost'));
		expect(await outcome).toMatchObject({ kind: 'uncertain' });
	});
});

describe('Keepalive', () => {
	const start = () => {
		const clock = new FakeClock();
		const seen: string[] = [];
		const keepalive = new Keepalive(
			clock,
			() => seen.push('ping'),
			() => seen.push('dead'),
		);
		keepalive.start();
		return { clock, seen, keepalive };
	};

	it('asks after a quiet minute and gives up 45 seconds later', async () => {
		const { clock, seen } = start();
		await clock.advance(59_000);
		expect(seen).toEqual([]);
		await clock.advance(1000);
		expect(seen).toEqual(['ping']);
		await clock.advance(45_000);
		expect(seen).toEqual(['ping', 'dead']);
	});

	it('an answer is enough, and traffic makes asking needless', async () => {
		const { clock, seen, keepalive } = start();
		await clock.advance(60_000);
		keepalive.heard();
		await clock.advance(45_000);
		expect(seen).toEqual(['ping']);
		for (let index = 0; index < 20; index++) {
			keepalive.heard();
			await clock.advance(30_000);
		}
		expect(seen).toEqual(['ping']);
	});

	it('after waking up the answer must come in eight seconds', async () => {
		const { clock, seen, keepalive } = start();
		keepalive.probe();
		await clock.advance(8000);
		expect(seen).toEqual(['ping', 'dead']);
	});

	it('does nothing once stopped', async () => {
		const { clock, seen, keepalive } = start();
		keepalive.stop();
		keepalive.probe();
		await clock.advance(600_000);
		expect(seen).toEqual([]);
		expect(clock.pending).toBe(0);
	});
});
