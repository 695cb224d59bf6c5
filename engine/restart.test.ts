import { describe, expect, test } from 'vitest';
import { chatError } from '../protocols/model/errors.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { FakeClock } from '../protocols/testkit/fake-clock.ts';
import { FakeNetwork } from '../protocols/testkit/fake-network.ts';
import { MortalStore, startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestEngine } from '../protocols/testkit/engine-harness.ts';
import { Script } from '../protocols/testkit/scripted-adapter.ts';
import { openStoreInProcess } from './store/open-in-process.ts';
import type { Store } from './store/store.ts';

const text = (words: string) => ({ kind: 'text' as const, body: plain(words) });

async function firstRun(): Promise<{
	base: Store;
	clock: FakeClock;
	network: FakeNetwork;
	secrets: Map<string, string>;
}> {
	const clock = new FakeClock();
	const network = new FakeNetwork(clock);
	network.addUser('ada', 'pw', 'Ada');
	network.addUser('bob', 'pw', 'Bob');
	network.addRoom('lobby', 'bob').members.set('ada', 'member');
	const base = await openStoreInProcess();
	const secrets = new Map<string, string>();
	const keep: Store = { ...base, close: () => Promise.resolve() };
	const t = await startTestEngine({ clock, network, store: keep, secrets });
	await t.addAccount(await t.connect(), 'ada');
	await t.engine.stop();
	return { base, clock, network, secrets };
}

/** What the user and others do during the run that dies. */
async function scenario(t: TestEngine): Promise<void> {
	const client = await t.connect();
	await t.advance(50);
	const conversationId = await t.conversation(client, 'lobby');
	void client.rpc
		.command('message.send', { conversationId, content: text('one'), replyTo: null })
		.catch(() => undefined);
	void client.rpc
		.command('message.send', { conversationId, content: text('two'), replyTo: null })
		.catch(() => undefined);
	await t.advance(50);
	t.network.say('lobby', 'bob', 'three');
	t.network.say('lobby', 'bob', 'four');
	await t.advance(50);
}

describe('kill at any commit', () => {
	test('nothing is lost and nothing is doubled', async () => {
		const { commits } = await run(null);
		expect(commits).toBeGreaterThan(8);
		for (let commit = 1; commit <= commits; commit++) {
			for (const when of ['before', 'after'] as const) await run({ commit, when });
		}
	});

	async function run(dieAt: MortalStore['dieAt']): Promise<{ commits: number }> {
		const { base, clock, network, secrets } = await firstRun();
		const mortal = new MortalStore(base);
		mortal.dieAt = dieAt;
		// A process that dies while starting has nobody to tell.
		const starting = startTestEngine({ clock, network, store: mortal.asStore(), secrets, seed: 2 });
		const started = await Promise.race([starting, waitDead(mortal)]);
		if (started !== null) await scenario(started);
		network.cut();
		const { commits } = mortal;
		mortal.dead = true;

		const t = await startTestEngine({ clock, network, store: base, secrets, seed: 3 });
		const client = await t.connect();
		await t.advance(1000);
		const conversationId = await t.conversation(client, 'lobby');
		const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 50 });
		const stored = page.messages.filter((message) => message.content.kind === 'text');
		const onNetwork = (network.rooms.get('lobby')?.log ?? []).filter((entry) => entry.kind === 'message');
		const wordsOf = (content: (typeof stored)[number]['content']): string =>
			content.kind === 'text' ? content.body.text : '';
		// What the network holds and what the timeline shows are the same messages, each once, all settled.
		const unsettled = stored.filter((message) => message.own && message.send?.kind !== 'sent');
		const wordsSent = onNetwork.map((entry) => wordsOf(entry.content)).sort();
		expect({ dieAt, shown: stored.map((message) => wordsOf(message.content)).sort(), unsettled }).toEqual({
			dieAt,
			shown: [...new Set(wordsSent)],
			unsettled: [],
		});
		expect({ dieAt, wordsSent }).toEqual({ dieAt, wordsSent: [...new Set(wordsSent)] });
		const foreign = stored.filter((message) => !message.own);
		if (dieAt === null) expect([stored.length, foreign.length]).toEqual([4, 2]);
		await t.engine.stop();
		return { commits };
	}

	function waitDead(mortal: MortalStore): Promise<null> {
		return new Promise((resolve) => {
			const look = (): void => {
				if (mortal.dead) resolve(null);
				else setImmediate(look);
			};
			look();
		});
	}
});

describe('start-up of the outbox', () => {
	/** A message whose attempt was cut off by the end of the program. */
	async function interrupted(): Promise<{ base: Store; secrets: Map<string, string>; clock: FakeClock }> {
		const script = new Script();
		const clock = new FakeClock();
		const base = await openStoreInProcess();
		const secrets = new Map<string, string>();
		script.onPerform = () => new Promise(() => undefined);
		const mortal = new MortalStore(base);
		const t = await startTestEngine({
			clock,
			store: mortal.asStore(),
			secrets,
			protocols: new Map([['fake', script.factory()]]),
		});
		const client = await t.connect();
		await t.addAccount(client, 'me');
		const conversationId = await t.conversation(client, 'room');
		await client.rpc.command('message.send', { conversationId, content: text('hello'), replyTo: null });
		await t.advance(50);
		expect(script.performed.filter((action) => action.type === 'send')).toHaveLength(1);
		mortal.dead = true;
		return { base, secrets, clock };
	}

	const cases = [
		{ answer: 'unknown' as const, sent: 0, state: 'uncertain' },
		{ answer: 'not-sent' as const, sent: 1, state: 'sent' },
		{ answer: 'resend-safe' as const, sent: 1, state: 'sent' },
		{ answer: { kind: 'accepted' as const, ids: [], time: null }, sent: 0, state: 'sent' },
		{ answer: { kind: 'rejected' as const, error: chatError('not-allowed') }, sent: 0, state: 'failed' },
		{ answer: undefined, sent: 0, state: 'uncertain' },
	];
	test.each(cases)('the network says $answer: $state after $sent new attempts', async ({ answer, sent, state }) => {
		const { base, secrets, clock } = await interrupted();
		const script = new Script();
		if (answer !== undefined) script.outcomeOf = () => answer;
		const t = await startTestEngine({
			clock,
			store: base,
			secrets,
			protocols: new Map([['fake', script.factory()]]),
			seed: 5,
		});
		const client = await t.connect();
		await t.advance(100);
		const conversationId = await t.conversation(client, 'room');
		const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 10 });
		expect(page.messages.map((message) => message.send?.kind)).toEqual([state]);
		expect(script.performed.filter((action) => action.type === 'send')).toHaveLength(sent);
		if (state !== 'uncertain') return;
		const [message] = page.messages;
		if (message === undefined) throw new Error('no message');
		await client.rpc.command('message.retry', { messageId: message.id });
		await t.advance(100);
		expect(script.performed.filter((action) => action.type === 'send')).toHaveLength(1);
	});
});
