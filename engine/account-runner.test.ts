import { describe, expect, test } from 'vitest';
import type { ConnectionState } from '../protocols/model/connection-state.ts';
import type { ErrorCode } from '../protocols/model/errors.ts';
import { chatError } from '../protocols/model/errors.ts';
import { decisionId } from '../protocols/model/ids.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { MortalStore, startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../protocols/testkit/engine-harness.ts';
import { room, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import { backoffDelay, backoffLimits } from './backoff.ts';
import { openStoreInProcess } from './store/open-in-process.ts';

async function setUp(
	script = new Script(),
): Promise<{ t: TestEngine; client: TestClient; script: Script; state: () => Promise<ConnectionState> }> {
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	await t.addAccount(client, 'me');
	const state = async (): Promise<ConnectionState> => {
		const [account] = (await t.boot(client)).accounts;
		if (account === undefined) throw new Error('no account');
		return account.connection;
	};
	return { t, client, script, state };
}

const accountOf = async (t: TestEngine, client: TestClient) => {
	const [account] = (await t.boot(client)).accounts;
	if (account === undefined) throw new Error('no account');
	return account.id;
};

describe('backoffDelay', () => {
	test.each([
		['connection-refused', 1, 0, 500],
		['connection-refused', 1, 1, 1000],
		['connection-refused', 5, 1, 16_000],
		['connection-refused', 30, 1, backoffLimits.longestMs],
		['connection-refused', 30, 0, backoffLimits.longestMs / 2],
		['connection-lost', 1, 0.5, 125],
		['connection-lost', 2, 1, 2000],
	] as const)('%s, attempt %i, fraction %d: %i ms', (code, attempt, fraction, expected) => {
		expect(backoffDelay(chatError(code), attempt, fraction)).toBe(expected);
	});
	test('waits at least as long as the server asked for', () => {
		expect(backoffDelay(chatError('rate-limited', null, { retryAfterMs: 600_000 }), 1, 0)).toBe(600_000);
	});
});

describe('the connect loop', () => {
	const failing = async (code: ErrorCode): Promise<Awaited<ReturnType<typeof setUp>>> => {
		const script = new Script();
		script.onStart = async () => ({ kind: 'failed', error: chatError(code) });
		return setUp(script);
	};

	test('a hopeless error blocks until the user acts', async () => {
		const { t, client, script, state } = await failing('auth-failed');
		await t.advance(3_600_000);
		expect(script.starts).toBe(1);
		expect(await state()).toMatchObject({ kind: 'blocked', error: { code: 'auth-failed' } });
		delete script.onStart;
		await client.rpc.command('account.setSecret', {
			accountId: await accountOf(t, client),
			name: 'password',
			value: 'better',
		});
		await t.advance(50);
		expect((await state()).kind).toBe('online');
		expect([...t.secrets.values()]).toEqual(['better']);
	});

	test('a passing error is retried ever more slowly, never more often than every 5 minutes at the end', async () => {
		const { t, script, state } = await failing('connection-refused');
		expect(await state()).toMatchObject({ kind: 'waiting', attempt: 1, error: { code: 'connection-refused' } });
		await t.advance(10_000);
		expect(script.starts).toBeGreaterThan(3);
		await t.advance(3_600_000);
		const before = script.starts;
		await t.advance(3_600_000);
		expect(script.starts - before).toBeGreaterThanOrEqual(12);
		expect(script.starts - before).toBeLessThanOrEqual(25);
	});

	test('waking up or coming back to the network retries at once', async () => {
		const { t, script, state } = await failing('network-unreachable');
		await t.advance(1_800_000);
		const before = script.starts;
		delete script.onStart;
		t.engine.signal('wake');
		await t.advance(1);
		expect(script.starts).toBe(before + 1);
		expect((await state()).kind).toBe('online');
	});

	test('a lost link comes back by itself', async () => {
		const { t, script, state } = await setUp();
		script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await t.advance(300);
		expect(script.starts).toBe(2);
		expect((await state()).kind).toBe('online');
	});

	test('a restart does not count as a failure, but not for ever', async () => {
		const script = new Script();
		let restarts = 2;
		script.onStart = async () => (restarts-- > 0 ? { kind: 'restart' } : undefined);
		const { t, state } = await setUp(script);
		expect((await state()).kind).toBe('online');
		expect(script.starts).toBe(3);
		restarts = 1000;
		script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await t.advance(2000);
		expect(await state()).toMatchObject({ kind: 'waiting', error: { code: 'protocol-violation' } });
	});

	test('disconnect and connect again, also while the first is under way', async () => {
		const { t, client, script, state } = await setUp();
		const accountId = await accountOf(t, client);
		const off = client.rpc.command('account.disconnect', { accountId });
		const on = client.rpc.command('account.connect', { accountId });
		await t.advance(100);
		await Promise.all([off, on]);
		expect((await state()).kind).toBe('online');
		expect(script.starts).toBe(2);
		await client.rpc.command('account.update', { accountId, enabled: false });
		expect((await state()).kind).toBe('offline');
	});

	test('an adapter that does not stop is given up, and what it still says is ignored', async () => {
		const script = new Script();
		script.hangOnStop = true;
		const { t, client, state } = await setUp(script);
		const zombie = script.adapter;
		script.onStart = () => new Promise(() => undefined);
		zombie.end({ kind: 'failed', error: chatError('connection-lost') });
		await t.advance(300);
		const off = client.rpc.command('account.disconnect', { accountId: await accountOf(t, client) });
		await t.advance(12_000);
		await off;
		expect((await state()).kind).toBe('offline');
		await expect(zombie.live(said('1', 'boo'))).rejects.toMatchObject({ error: { code: 'cancelled' } });
		delete script.onStart;
		await client.rpc.command('account.connect', { accountId: await accountOf(t, client) });
		await t.advance(100);
		expect((await state()).kind).toBe('online');
		expect(script.adapters).toHaveLength(2);
	});

	test('degraded shows as waiting; online again resumes', async () => {
		const { t, script, state } = await setUp();
		await script.adapter.live({
			type: 'connection',
			state: { kind: 'degraded', error: chatError('connection-timeout'), retryAt: null },
		});
		expect((await state()).kind).toBe('waiting');
		await script.adapter.live({ type: 'connection', state: { kind: 'online' } });
		expect((await state()).kind).toBe('online');
		expect(script.starts).toBe(1);
		expect(t.problems).toEqual([]);
	});

	test('connecting now hurries an adapter that waits to try again by itself', async () => {
		const { t, client, script } = await setUp();
		await script.adapter.live({
			type: 'connection',
			state: { kind: 'degraded', error: chatError('connection-timeout'), retryAt: null },
		});
		await client.rpc.command('account.connect', { accountId: await accountOf(t, client) });
		expect(script.adapter.signals).toEqual(['network-online']);
		t.engine.signal('wake');
		expect(script.adapter.signals).toEqual(['network-online', 'wake']);
	});

	test('a question is asked, answered, and the account connects again', async () => {
		const script = new Script();
		script.onPerform = async (action) => {
			if (action.type === 'answer-decision' && action.answer.kind === 'certificate' && action.answer.accept)
				await script.adapter.context.saveSettings({ pinned: 'f' });
			return { kind: 'accepted', ids: [], time: null };
		};
		script.onStart = async (adapter) => {
			if (adapter.context.settings['pinned'] === 'f') return undefined;
			await adapter.live({
				type: 'decision-needed',
				id: decisionId('cert'),
				question: {
					kind: 'certificate',
					host: 'h',
					problem: 'untrusted',
					fingerprint: 'f',
					subject: 's',
					issuer: 'i',
					validFrom: 0,
					validTo: 1,
					previous: null,
				},
			});
			return { kind: 'failed', error: chatError('certificate-untrusted') };
		};
		const { t, client, state } = await setUp(script);
		expect((await state()).kind).toBe('blocked');
		const [decision] = (await t.boot(client)).decisions;
		if (decision === undefined) throw new Error('no decision');
		await expect(
			client.rpc.command('decision.answer', { decisionId: decision.id, answer: { kind: 'login', secret: 'x' } }),
		).rejects.toMatchObject({ error: { code: 'bad-input' } });
		await client.rpc.command('decision.answer', {
			decisionId: decision.id,
			answer: { kind: 'certificate', accept: true },
		});
		await t.advance(50);
		expect((await state()).kind).toBe('online');
		expect((await t.boot(client)).decisions).toEqual([]);
	});
});

test('crash guard: dying while connecting twice leaves the account off with a message', async () => {
	const base = await openStoreInProcess();
	const clock = new FakeClock();
	const secrets = new Map<string, string>();
	const states: string[] = [];
	for (let run = 0; run < 4; run++) {
		const script = new Script();
		// Connecting kills the process: nothing is written any more.
		const mortal = new MortalStore(base);
		script.onStart = () => {
			mortal.dead = true;
			return new Promise(() => undefined);
		};
		const t = await startTestEngine({
			clock,
			store: mortal.asStore(),
			secrets,
			protocols: new Map([['fake', script.factory()]]),
			seed: run + 1,
		});
		const client = await t.connect();
		if (run === 0) await t.addAccount(client, 'me');
		await t.advance(50);
		const [account] = (await t.boot(client)).accounts;
		states.push(`${account?.connection.kind} ${script.starts}`);
		mortal.dead = true;
	}
	// The second start may be chance; the third finds the flag for the second time and stays off.
	expect(states).toEqual(['connecting 1', 'connecting 1', 'blocked 0', 'blocked 0']);
});

describe('a hostile adapter', () => {
	test('that throws everywhere is an error of its account, not of the program', async () => {
		const script = new Script();
		script.onStart = () => Promise.reject(new Error('bang'));
		const { t, client, state } = await setUp(script);
		expect(await state()).toMatchObject({ kind: 'waiting', error: { code: 'internal' } });
		expect((await t.boot(client)).accounts).toHaveLength(1);
	});

	test('that emits garbage loses the garbage only', async () => {
		const { t, client, script } = await setUp();
		const garbage = [
			null,
			7,
			{},
			{ type: 'nonsense' },
			{ type: 'message' },
			{ type: 'message', conversation: room, message: { ids: 'x' } },
			{ type: 'message', conversation: '', message: null },
			{ ...said('9', 'x'), conversation: 'y'.repeat(5000) },
			said('8', 'x', { content: { kind: 'text', body: { text: 5, spans: null } } as never }),
			{ type: 'reaction', conversation: room, target: [null], keys: [1] },
			{ type: 'conversation-upsert', conversation: null },
			{ type: 'contacts-snapshot', contacts: [{}] },
			{ type: 'members-delta', conversation: room, upsert: null, remove: null },
		];
		await script.adapter.live(said('1', 'before'), ...(garbage as never[]), said('2', 'after', { time: Number.NaN }));
		const conversationId = await t.conversation(client, 'room');
		const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 20 });
		expect(page.messages.map((message) => (message.content.kind === 'text' ? message.content.body.text : ''))).toEqual([
			'before',
			'after',
		]);
		expect(t.problems.length).toBeGreaterThan(8);
	});

	test('that floods without waiting is refused, and hears of it', async () => {
		const { script } = await setUp();
		const events = Array.from({ length: 1000 }, (_, i) => said(null, `flood ${i}`));
		const results = await Promise.allSettled(Array.from({ length: 40 }, () => script.adapter.live(...events)));
		expect(results.filter((result) => result.status === 'rejected').length).toBeGreaterThan(10);
		expect(results.filter((result) => result.status === 'fulfilled').length).toBeGreaterThanOrEqual(15);
	}, 30_000);
});
