import { describe, expect, test } from 'vitest';
import { frameLimits, contractVersion } from '../contract/frames.ts';
import type { ClientFrame, EngineFrame, Link } from '../contract/frames.ts';
import { plain } from '../../protocols/model/rich-text.ts';
import { drain, startTestEngine } from '../../protocols/testkit/engine-harness.ts';
import type { TestEngine } from '../../protocols/testkit/engine-harness.ts';
import { said, Script } from '../../protocols/testkit/scripted-adapter.ts';
import { exceeds } from './frame-size.ts';

/** A client that speaks frames by hand. */
class RawClient {
	readonly frames: EngineFrame[] = [];
	open = true;
	/** False: the link takes nothing. */
	ready = true;
	#deliver: (frame: unknown) => void = () => undefined;
	#closed: () => void = () => undefined;

	constructor(t: TestEngine) {
		const link: Link = {
			send: (frame) => {
				if (this.ready && this.open) this.frames.push(JSON.parse(JSON.stringify(frame)) as EngineFrame);
				return this.ready && this.open;
			},
			onMessage: (listener) => (this.#deliver = listener),
			onClose: (listener) => (this.#closed = listener),
			close: () => this.drop(),
		};
		t.engine.attachClient(link);
	}

	send(frame: unknown): void {
		this.#deliver(frame);
	}

	hello(lastSeq: number | null = null, clientId = 'raw'): void {
		this.send({ t: 'hello', contractVersion, clientId, lastSeq } satisfies ClientFrame);
	}

	drop(): void {
		if (!this.open) return;
		this.open = false;
		this.#closed();
	}

	answer(id: string): Extract<EngineFrame, { t: 'res' }> | undefined {
		return this.frames.find((frame) => frame.t === 'res' && frame.id === id) as
			| Extract<EngineFrame, { t: 'res' }>
			| undefined;
	}

	patches(): Extract<EngineFrame, { t: 'patch' }>[] {
		return this.frames.filter((frame) => frame.t === 'patch');
	}
}

async function setUp(): Promise<{ t: TestEngine; script: Script; id: string }> {
	const script = new Script();
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	await t.addAccount(client, 'me');
	const id = await t.conversation(client, 'room');
	client.rpc.close();
	await drain();
	return { t, script, id };
}

describe('inbound frames', () => {
	const bad: readonly (readonly [string, unknown, string])[] = [
		['unknown request', { t: 'req', id: '1', name: 'toString', body: {} }, 'unsupported'],
		['prototype request', { t: 'req', id: '1', name: '__proto__', body: {} }, 'unsupported'],
		['bad body', { t: 'req', id: '1', name: 'message.send', body: { commandId: 'c', conversationId: 5 } }, 'bad-input'],
		['no body', { t: 'req', id: '1', name: 'account.connect' }, 'bad-input'],
		[
			'unknown account',
			{ t: 'req', id: '1', name: 'account.connect', body: { commandId: 'c', accountId: 'nobody' } },
			'bad-input',
		],
		[
			'oversize',
			{ t: 'req', id: '1', name: 'draft.set', body: { text: 'x'.repeat(frameLimits.maxInboundChars + 1) } },
			'oversized',
		],
		['bad name', { t: 'req', id: '1', name: 'x'.repeat(500), body: {} }, 'bad-input'],
	];
	test.each(bad)('%s: a typed error, the link stays', async (_name, frame, code) => {
		const { t } = await setUp();
		const raw = new RawClient(t);
		raw.hello();
		raw.send(frame);
		await drain();
		expect(raw.answer('1')).toMatchObject({ ok: false, error: { code } });
		raw.send({ t: 'ping', n: 1 });
		expect(raw.frames.at(-1)).toEqual({ t: 'pong', n: 1 });
	});

	test.each([[null], [5], ['x'], [[]], [{}], [{ t: 'nonsense' }], [{ t: 'ack' }], [{ t: 'req' }]])(
		'garbage %j is swallowed',
		async (frame) => {
			const { t } = await setUp();
			const raw = new RawClient(t);
			raw.hello();
			raw.send(frame);
			raw.send({ t: 'ping', n: 1 });
			expect(raw.frames.at(-1)).toEqual({ t: 'pong', n: 1 });
		},
	);

	test('another contract version is refused for good; a request before hello ends the link', async () => {
		const { t } = await setUp();
		const old = new RawClient(t);
		old.send({ t: 'hello', contractVersion: 999, clientId: 'x', lastSeq: null });
		expect(old.frames).toMatchObject([{ t: 'bye', error: { retry: 'never' } }]);
		expect(old.open).toBe(false);
		const rude = new RawClient(t);
		rude.send({ t: 'req', id: '1', name: 'boot', body: {} });
		expect(rude.open).toBe(false);
	});

	test('a command sent again under its id acts once and answers the same', async () => {
		const { t, script, id } = await setUp();
		const raw = new RawClient(t);
		raw.hello();
		const body = {
			commandId: 'same',
			conversationId: id,
			content: { kind: 'text', body: plain('once') },
			replyTo: null,
		};
		raw.send({ t: 'req', id: '1', name: 'message.send', body });
		raw.send({ t: 'req', id: '2', name: 'message.send', body });
		await t.advance(50);
		raw.send({ t: 'req', id: '3', name: 'message.send', body });
		await t.advance(50);
		const results = ['1', '2', '3'].map((n) => raw.answer(n));
		expect(new Set(results.map((result) => JSON.stringify(result?.ok === true ? result.body : result))).size).toBe(1);
		expect(script.performed.filter((action) => action.type === 'send')).toHaveLength(1);
	});

	test('too many requests at a time are refused', async () => {
		const { t } = await setUp();
		const raw = new RawClient(t);
		raw.hello();
		for (let i = 0; i < frameLimits.maxInFlight + 10; i++) raw.send({ t: 'req', id: `q${i}`, name: 'boot', body: {} });
		await drain();
		expect(raw.answer('q0')?.ok).toBe(true);
		expect(raw.answer(`q${frameLimits.maxInFlight + 5}`)).toMatchObject({ ok: false, error: { code: 'rate-limited' } });
	});
});

describe('patches', () => {
	const open = (raw: RawClient, id: string): void =>
		raw.send({
			t: 'req',
			id: 'open',
			name: 'conversation.open',
			body: { commandId: `open-${raw.frames.length}`, conversationId: id },
		});

	test('go to those who have the conversation open; summaries go to all', async () => {
		const { t, script, id } = await setUp();
		const watcher = new RawClient(t);
		const other = new RawClient(t);
		watcher.hello(null, 'watcher');
		other.hello(null, 'other');
		open(watcher, id);
		await t.advance(50);
		await script.adapter.live(said('1', 'hi', { time: t.clock.now() }));
		await t.advance(50);
		const kinds = (raw: RawClient): Set<string> =>
			new Set(raw.patches().flatMap((frame) => frame.ops.map((op) => op.op)));
		expect(kinds(watcher)).toContain('timeline.put');
		expect(kinds(other)).not.toContain('timeline.put');
		expect(kinds(other)).toContain('conversation.put');
	});

	test('a burst is one frame with one op per entity', async () => {
		const { t, script, id } = await setUp();
		const raw = new RawClient(t);
		raw.hello();
		open(raw, id);
		await t.advance(50);
		const before = raw.patches().length;
		for (let i = 0; i < 50; i++) void script.adapter.live(said(`b${i}`, `${i}`, { time: t.clock.now() }));
		await t.advance(50);
		const frames = raw.patches().slice(before);
		expect(frames).toHaveLength(1);
		expect(frames[0]?.ops.filter((op) => op.op === 'conversation.put')).toHaveLength(1);
		expect(frames[0]?.ops.flatMap((op) => (op.op === 'timeline.put' ? op.messages : []))).toHaveLength(50);
	});

	test('missed ones are replayed after a short absence, without old notifications', async () => {
		const { t, script, id } = await setUp();
		const raw = new RawClient(t);
		raw.hello();
		open(raw, id);
		await t.advance(50);
		const seq = raw.patches().at(-1)?.seq ?? 0;
		raw.drop();
		await script.adapter.live(said('1', 'while away', { time: t.clock.now(), mention: true }));
		await t.advance(50);
		const back = new RawClient(t);
		back.hello(seq);
		expect(back.frames[0]).toMatchObject({ t: 'welcome', resumed: true });
		const ops = back.patches().flatMap((frame) => frame.ops);
		expect(ops.some((op) => op.op === 'timeline.put')).toBe(true);
		expect(ops.some((op) => op.op === 'notify')).toBe(false);
		const stranger = new RawClient(t);
		stranger.hello(1, 'stranger');
		expect(stranger.frames[0]).toMatchObject({ t: 'welcome', resumed: false });
	});

	test('a client that does not keep up gets one resync instead of a heap', async () => {
		const { t, script, id } = await setUp();
		const slow = new RawClient(t);
		slow.hello();
		open(slow, id);
		await t.advance(50);
		for (let i = 0; i < 400; i++) {
			await script.adapter.live(said(`s${i}`, `${i}`, { time: t.clock.now() }));
			await t.advance(20);
		}
		const received = slow.patches().length;
		expect(received).toBeLessThanOrEqual(256);
		slow.send({ t: 'ack', seq: slow.patches().at(-1)?.seq });
		await t.advance(300);
		expect(
			slow
				.patches()
				.slice(received)
				.flatMap((frame) => frame.ops)[0],
		).toEqual({ op: 'resync', scope: 'all' });
		slow.send({ t: 'ack', seq: slow.patches().at(-1)?.seq });
		const after = slow.patches().length;
		await script.adapter.live(said('last', 'back', { time: t.clock.now() }));
		await t.advance(50);
		expect(
			slow
				.patches()
				.slice(after)
				.flatMap((frame) => frame.ops.map((op) => op.op)),
		).toContain('timeline.put');
	});

	test('a full link keeps answers, and loses no later ones', async () => {
		const { t } = await setUp();
		const raw = new RawClient(t);
		raw.hello();
		raw.ready = false;
		raw.send({ t: 'req', id: '1', name: 'boot', body: {} });
		await t.advance(300);
		expect(raw.answer('1')).toBeUndefined();
		raw.ready = true;
		await t.advance(600);
		expect(raw.answer('1')?.ok).toBe(true);
	});
});

test('frame size is judged without walking endless structures', () => {
	let deep: unknown = 'x';
	for (let i = 0; i < 10_000; i++) deep = [deep];
	expect(exceeds(deep, 1000)).toBe(true);
	expect(exceeds({ a: ['x'.repeat(10)] }, 1000)).toBe(false);
	expect(
		exceeds(
			Array.from({ length: 1000 }, () => 1),
			1000,
		),
	).toBe(true);
});
