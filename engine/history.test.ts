import { describe, expect, test } from 'vitest';
import type { HistoryPage, HistoryRequest } from '../protocols/adapter/adapter.ts';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import { chatError, ChatException } from '../protocols/model/errors.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import { remoteId } from '../protocols/model/ids.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';

const start = Date.UTC(2026, 0, 5, 10);
/** Message number n of the server's archive. */
const archived = (n: number, time = start + n * 1000): AdapterEvent => said(`s${n}`, `${n}`, { time });

interface Set {
	readonly t: TestEngine;
	readonly client: TestClient;
	readonly script: Script;
	readonly id: ConversationId;
	timeline(): Promise<string[]>;
	fill(): Promise<{ added: number; closed: boolean }>;
	unread(): Promise<number>;
}

async function setUp(prepare: (script: Script) => void): Promise<Set> {
	const script = new Script();
	script.capabilities = { ...script.capabilities, history: 'scrollback' };
	prepare(script);
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	await t.addAccount(client, 'me');
	const id = await t.conversation(client, 'room');
	const page = () => client.rpc.query('timeline.page', { conversationId: id, from: { at: 'newest' }, limit: 200 });
	return {
		t,
		client,
		script,
		id,
		timeline: async () => {
			const { messages, gaps } = await page();
			const lines = messages.map((message) => ({
				sort: message.sort,
				text: message.content.kind === 'text' ? message.content.body.text : message.content.kind,
			}));
			const marks = gaps.map((gap) => ({
				sort: gap.before ?? { ts: Infinity, seq: 0 },
				text: gap.after === null ? '^' : '~',
			}));
			return [...lines.map((line) => ({ ...line, first: 1 })), ...marks.map((mark) => ({ ...mark, first: 0 }))]
				.sort((a, b) => a.sort.ts - b.sort.ts || a.sort.seq - b.sort.seq || a.first - b.first)
				.map((line) => line.text);
		},
		fill: async () => {
			const [gap] = (await page()).gaps.toSorted((a, b) => (b.before?.ts ?? Infinity) - (a.before?.ts ?? Infinity));
			if (gap === undefined) throw new Error('no gap');
			return client.rpc.command('conversation.fillGap', { conversationId: id, gapId: gap.id });
		},
		unread: async () => (await t.boot(client)).conversations[0]?.unread ?? -1,
	};
}

/** Serves the archive `1..last` backward in pages of `size`; tokens are the number above the page. */
const server =
	(last: number, size: number) =>
	async (request: HistoryRequest): Promise<HistoryPage> => {
		const anchor = request.anchor?.ids.find((id) => id.kind === 'server')?.value.slice(1);
		const end = request.token !== null ? Number(request.token) : anchor === undefined ? last + 1 : Number(anchor);
		const from = Math.max(1, end - size);
		return {
			events: Array.from({ length: end - from }, (_, i) => archived(from + i)),
			next: from > 1 ? String(from) : null,
			reachedEnd: from <= 1,
		};
	};

describe('older history', () => {
	test('is paged in from the top until its start, without becoming unread', async () => {
		const s = await setUp((script) => {
			script.catchup = [archived(9), archived(10)];
			script.page = server(10, 4);
		});
		const unread = await s.unread();
		expect(await s.timeline()).toEqual(['^', '9', '10']);
		expect(await s.fill()).toEqual({ added: 4, closed: false });
		expect(await s.timeline()).toEqual(['^', '5', '6', '7', '8', '9', '10']);
		expect(await s.fill()).toEqual({ added: 4, closed: true });
		expect(await s.timeline()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
		expect(await s.unread()).toBe(unread);
		// The start is known from now on: no new marker after a reconnect.
		s.script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await s.t.advance(500);
		expect((await s.timeline())[0]).toBe('1');
	});

	test('loads into an empty conversation too', async () => {
		const s = await setUp((script) => {
			script.page = server(3, 10);
		});
		expect(await s.timeline()).toEqual(['^']);
		expect(await s.fill()).toEqual({ added: 3, closed: true });
		expect(await s.timeline()).toEqual(['1', '2', '3']);
		expect(await s.unread()).toBe(0);
	});

	test('keeps its place whatever its clocks say', async () => {
		const s = await setUp((script) => {
			script.catchup = [archived(5)];
			script.page = async () => ({
				events: [archived(2, start + 99_000), archived(3, start), archived(4, Number.NaN)],
				next: null,
				reachedEnd: true,
			});
		});
		await s.fill();
		expect(await s.timeline()).toEqual(['2', '3', '4', '5']);
	});

	test('brings its edits, removals and reactions along, also of names without identity', async () => {
		const bob = actor('bob', 'session');
		const s = await setUp((script) => {
			script.page = async () => ({
				events: [
					said('s1', 'old', { time: start, sender: bob }),
					said('s2', 'gone', { time: start + 1, sender: bob }),
					{
						type: 'message-edited',
						conversation: room,
						target: [remoteId('server', 's1')],
						ids: [],
						sender: bob,
						own: false,
						txnId: null,
						content: { kind: 'text', body: { text: 'new', spans: [] } },
						time: start + 2,
					},
					{
						type: 'message-removed',
						conversation: room,
						target: [remoteId('server', 's2')],
						sender: bob,
						own: false,
						moderated: false,
						reason: null,
						time: start + 3,
					},
				],
				next: null,
				reachedEnd: true,
			});
		});
		await s.fill();
		expect(await s.timeline()).toEqual(['new', '']);
	});
});

describe('a gap', () => {
	const withGap = (script: Script): void => {
		script.catchup = [archived(1), archived(2)];
		script.page = server(20, 5);
	};
	async function reconnect(s: Set, missed: AdapterEvent[]): Promise<void> {
		s.script.catchup = missed;
		s.script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await s.t.advance(500);
	}
	const gap = (token: string): AdapterEvent => ({ type: 'gap', conversation: room, token, fillable: true });

	test('stands where history is missing and closes on overlap; what it held counts as unread', async () => {
		const s = await setUp(withGap);
		await reconnect(s, [gap('10'), archived(10), archived(11)]);
		expect(await s.timeline()).toEqual(['^', '1', '2', '~', '10', '11']);
		const before = await s.unread();
		expect(await s.fill()).toEqual({ added: 5, closed: false });
		expect(await s.timeline()).toEqual(['^', '1', '2', '~', '5', '6', '7', '8', '9', '10', '11']);
		expect(await s.fill()).toEqual({ added: 2, closed: true });
		expect(await s.timeline()).toEqual(['^', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
		expect(await s.unread()).toBe(before + 7);
	});

	test('is not made when the batch goes on where we stopped', async () => {
		const s = await setUp(withGap);
		await reconnect(s, [gap('2'), archived(2), archived(3)]);
		expect(await s.timeline()).toEqual(['^', '1', '2', '3']);
	});

	test('at the newest end closes its upper side with the next message', async () => {
		const s = await setUp(withGap);
		await reconnect(s, [gap('5')]);
		expect(await s.timeline()).toEqual(['^', '1', '2', '~']);
		await s.script.adapter.live(archived(6, s.t.clock.now()));
		expect(await s.timeline()).toEqual(['^', '1', '2', '~', '6']);
	});

	test('shows its error and can be tried again', async () => {
		const failing = await setUp((script) => {
			script.page = () => Promise.reject(new ChatException(chatError('server-error')));
		});
		await expect(failing.fill()).rejects.toMatchObject({ error: { code: 'server-error' } });
		const { gaps } = await failing.client.rpc.query('timeline.page', {
			conversationId: failing.id,
			from: { at: 'newest' },
			limit: 5,
		});
		expect(gaps[0]).toMatchObject({ loading: false, error: { code: 'server-error' } });
	});

	test('does not turn in circles when a server repeats itself', async () => {
		const s = await setUp((script) => {
			script.catchup = [archived(5)];
			script.page = async () => ({ events: [archived(5)], next: 'same', reachedEnd: false });
		});
		await s.fill();
		await expect(s.fill()).rejects.toMatchObject({ error: { code: 'protocol-violation' } });
	});
});

describe('without ids', () => {
	test('a replay brings back the lines it missed and no line twice', async () => {
		const line = (words: string, at: number): AdapterEvent =>
			said(null, words, { time: start + at, sender: actor('bob', 'session') });
		const s = await setUp((script) => {
			script.capabilities = { ...script.capabilities, history: 'playback' };
			script.catchup = [line('a', 0), line('yes', 1000), line('yes', 2000)];
		});
		s.script.catchup = [line('a', 0), line('yes', 1000), line('yes', 2000), line('yes', 3000), line('b', 4000)];
		s.script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await s.t.advance(500);
		expect(await s.timeline()).toEqual(['a', 'yes', 'yes', 'yes', 'b']);
		// Live, two equal lines are two messages.
		await s.script.adapter.live(said(null, 'b', { time: s.t.clock.now() }), said(null, 'b', { time: s.t.clock.now() }));
		expect((await s.timeline()).slice(-3)).toEqual(['b', 'b', 'b']);
	});
});
