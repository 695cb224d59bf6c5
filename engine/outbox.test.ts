import { describe, expect, test } from 'vitest';
import type { ActionOutcome, AdapterAction } from '../protocols/adapter/actions.ts';
import { chatError } from '../protocols/model/errors.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import { remoteId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, echoed, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import { echoWaitMs } from './outbox.ts';
import { maxAttempts } from './outbox-settle.ts';

const text = (words: string) => ({ kind: 'text' as const, body: plain(words) });
const accepted = (id: string): ActionOutcome => ({ kind: 'accepted', ids: [remoteId('server', id)], time: null });
const sends = (script: Script): Extract<AdapterAction, { type: 'send' }>[] =>
	script.performed.filter((action) => action.type === 'send');
const bodies = (script: Script): string[] => sends(script).map((action) => action.content.body.text);

interface Set {
	readonly t: TestEngine;
	readonly client: TestClient;
	readonly script: Script;
	readonly id: ConversationId;
	send(words: string): Promise<number>;
	states(): Promise<string[]>;
}

async function setUp(script = new Script()): Promise<Set> {
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	await t.addAccount(client, 'me');
	const id = await t.conversation(client, 'room');
	return {
		t,
		client,
		script,
		id,
		send: async (words) => {
			const { messageId } = await client.rpc.command('message.send', {
				conversationId: id,
				content: text(words),
				replyTo: null,
			});
			await t.advance(20);
			return messageId;
		},
		states: async () => {
			const page = await client.rpc.query('timeline.page', { conversationId: id, from: { at: 'newest' }, limit: 50 });
			return page.messages.map(
				(message) =>
					`${message.content.kind === 'text' ? message.content.body.text : message.content.kind} ${message.send?.kind ?? 'theirs'}`,
			);
		},
	};
}

describe('outcomes of a send', () => {
	const table: readonly (readonly [string, ActionOutcome, string])[] = [
		['accepted', accepted('1'), 'sent'],
		['pending', { kind: 'pending' }, 'sending'],
		['unconfirmed', { kind: 'unconfirmed', ids: [] }, 'unconfirmed'],
		['refused for good', { kind: 'rejected', error: chatError('not-allowed') }, 'failed'],
		['refused for now', { kind: 'rejected', error: chatError('server-error') }, 'queued'],
		['uncertain', { kind: 'uncertain', error: chatError('delivery-unknown') }, 'uncertain'],
	];
	test.each(table)('%s', async (_name, outcome, state) => {
		const s = await setUp();
		s.script.onPerform = () => Promise.resolve(outcome);
		await s.send('x');
		expect(await s.states()).toEqual([`x ${state}`]);
	});

	test('a throwing or silent adapter leaves the message to the user, never to chance', async () => {
		const s = await setUp();
		s.script.onPerform = () => Promise.reject(new Error('bug'));
		await s.send('thrown');
		s.script.onPerform = () => new Promise(() => undefined);
		await s.send('silent');
		await s.t.advance(61_000);
		expect(await s.states()).toEqual(['thrown uncertain', 'silent uncertain']);
		expect(sends(s.script)).toHaveLength(2);
	});
});

describe('lanes', () => {
	test('keep their order while the head is retried', async () => {
		const s = await setUp();
		let refusals = 2;
		s.script.onPerform = () =>
			Promise.resolve(
				refusals-- > 0 ? { kind: 'rejected', error: chatError('server-error') } : accepted(`m${refusals}`),
			);
		await s.send('one');
		await s.send('two');
		expect(bodies(s.script)).toEqual(['one']);
		await s.t.advance(10_000);
		expect(bodies(s.script)).toEqual(['one', 'one', 'one', 'two']);
		expect(await s.states()).toEqual(['one sent', 'two sent']);
	});

	test('rate limits are obeyed to the millisecond', async () => {
		const s = await setUp();
		s.script.onPerform = () =>
			Promise.resolve({ kind: 'rejected', error: chatError('rate-limited', null, { retryAfterMs: 30_000 }) });
		await s.send('one');
		await s.t.advance(29_900);
		expect(sends(s.script)).toHaveLength(1);
		await s.t.advance(200);
		expect(sends(s.script)).toHaveLength(2);
	});

	test('give up after a bounded number of refusals and go on with the next', async () => {
		const s = await setUp();
		s.script.onPerform = (action) =>
			Promise.resolve(
				action.type === 'send' && action.content.body.text === 'bad'
					? { kind: 'rejected', error: chatError('server-error') }
					: accepted('x'),
			);
		await s.send('bad');
		await s.send('good');
		await s.t.advance(10 * 60_000);
		expect(await s.states()).toEqual(['bad failed', 'good sent']);
		expect(bodies(s.script).filter((words) => words === 'bad')).toHaveLength(maxAttempts);
	});

	test('what is queued offline is sent when the link is back, in order', async () => {
		const s = await setUp();
		s.script.onPerform = () => Promise.resolve(accepted(`n${s.script.performed.length}`));
		s.script.onStart = async () => ({ kind: 'failed', error: chatError('network-unreachable') });
		s.script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await s.t.advance(100);
		await s.send('one');
		await s.send('two');
		expect(await s.states()).toEqual(['one queued', 'two queued']);
		delete s.script.onStart;
		s.t.engine.signal('network-online');
		await s.t.advance(100);
		expect(await s.states()).toEqual(['one sent', 'two sent']);
		expect(bodies(s.script)).toEqual(['one', 'two']);
	});
});

describe('echo', () => {
	test('completes the same row, moves it once to where the server put it, and only once', async () => {
		const s = await setUp();
		s.script.onPerform = () => Promise.resolve({ kind: 'pending' });
		await s.send('mine');
		await s.script.adapter.live(said('1', 'theirs', { time: s.t.clock.now() }));
		expect(await s.states()).toEqual(['mine sending', 'theirs theirs']);
		const txn = sends(s.script)[0]?.txnId;
		if (txn === undefined) throw new Error('no send');
		await s.script.adapter.live(echoed(txn, '2', 'mine', s.t.clock.now()));
		expect(await s.states()).toEqual(['theirs theirs', 'mine sent']);
		await s.script.adapter.live(said('3', 'later', { time: s.t.clock.now() }));
		await s.script.adapter.live(echoed(txn, '2', 'mine', s.t.clock.now()));
		expect(await s.states()).toEqual(['theirs theirs', 'mine sent', 'later theirs']);
	});

	test.each(['echo', 'outcome'] as const)('that history overtook is still one message: %s', async (proof) => {
		const s = await setUp();
		const outcome = Promise.withResolvers<ActionOutcome>();
		s.script.onPerform = () => (proof === 'echo' ? Promise.resolve({ kind: 'pending' }) : outcome.promise);
		await s.send('mine');
		await s.t.advance(7000);
		const { adapter } = s.script;
		const time = s.t.clock.now();
		await adapter.context.emit({
			origin: 'catchup',
			events: [said('1', 'theirs', { time }), said('2', 'mine', { sender: actor('me'), own: true, time })],
		});
		const txn = sends(s.script)[0]?.txnId;
		if (txn === undefined) throw new Error('no send');
		if (proof === 'echo') await adapter.live(echoed(txn, '2', 'mine', time));
		outcome.resolve(accepted('2'));
		await s.t.advance(50);
		expect((await s.states()).toSorted()).toEqual(['mine sent', 'theirs theirs']);
	});

	test('that never comes is asked about, then left to the user', async () => {
		const script = new Script();
		const asked: string[] = [];
		script.outcomeOf = (action) => {
			asked.push(action.type);
			return 'unknown';
		};
		const s = await setUp(script);
		script.onPerform = () => Promise.resolve({ kind: 'pending' });
		await s.send('mine');
		await s.t.advance(echoWaitMs - 1000);
		expect(asked).toEqual([]);
		await s.t.advance(2000);
		expect(asked).toEqual(['send']);
		expect(await s.states()).toEqual(['mine uncertain']);
		// It was there after all: the proof clears the doubt.
		const txn = sends(script)[0]?.txnId;
		if (txn === undefined) throw new Error('no send');
		await script.adapter.live(echoed(txn, '9', 'mine', s.t.clock.now()));
		expect(await s.states()).toEqual(['mine sent']);
	});

	test('of the first attempt still finds the row after a retry', async () => {
		const s = await setUp();
		s.script.onPerform = () => Promise.resolve({ kind: 'uncertain', error: chatError('delivery-unknown') });
		const messageId = await s.send('mine');
		const first = sends(s.script)[0]?.txnId;
		s.script.onPerform = () => Promise.resolve(accepted('2'));
		await s.client.rpc.command('message.retry', { messageId: messageId as never });
		await s.t.advance(50);
		expect(sends(s.script)[1]?.txnId).not.toBe(first);
		if (first === undefined) throw new Error('no send');
		await s.script.adapter.live(echoed(first, '1', 'mine', s.t.clock.now()));
		expect(await s.states()).toEqual(['mine sent']);
	});
});

describe('a link that breaks while sending', () => {
	test.each(['lost', 'unanswered'] as const)(
		'%s: sent again under the same id where that is safe, once in the end',
		async (fate) => {
			const t = await startTestEngine();
			t.network.addUser('ada');
			t.network.addRoom('lobby', 'ada');
			const client = await t.connect();
			await t.addAccount(client, 'ada');
			const conversationId = await t.conversation(client, 'lobby');
			t.network.nextSend = fate;
			await client.rpc.command('message.send', { conversationId, content: text('one'), replyTo: null });
			await client.rpc.command('message.send', { conversationId, content: text('two'), replyTo: null });
			await t.advance(3000);
			const log = t.network.rooms.get('lobby')?.log.filter((entry) => entry.kind === 'message') ?? [];
			expect(log.map((entry) => (entry.content.kind === 'text' ? entry.content.body.text : ''))).toEqual([
				'one',
				'two',
			]);
			const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 9 });
			expect(page.messages.map((message) => message.send?.kind)).toEqual(['sent', 'sent']);
		},
	);

	test('an adapter that never answers does not hold up the next connection', async () => {
		const script = new Script();
		script.outcomeOf = () => 'not-sent';
		const s = await setUp(script);
		script.onPerform = () => new Promise(() => undefined);
		await s.send('one');
		script.onPerform = () => Promise.resolve(accepted('1'));
		script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await s.t.advance(1000);
		expect(await s.states()).toEqual(['one sent']);
		expect(bodies(script)).toEqual(['one', 'one']);
		// The first attempt times out much later and changes nothing.
		await s.t.advance(120_000);
		expect(await s.states()).toEqual(['one sent']);
	});
});

describe('changes to messages', () => {
	async function withMessage(): Promise<Set & { messageId: never }> {
		const s = await setUp();
		s.script.onPerform = () => Promise.resolve(accepted('1'));
		const messageId = (await s.send('first')) as never;
		await s.client.rpc.command('conversation.open', { conversationId: s.id });
		return { ...s, messageId };
	}

	test('show at once; a refusal takes them back and is told', async () => {
		const s = await withMessage();
		let answer: (outcome: ActionOutcome) => void = () => undefined;
		s.script.onPerform = () => new Promise((resolve) => (answer = resolve));
		const edit = s.client.rpc
			.command('message.edit', { messageId: s.messageId, content: text('second') })
			.catch((thrown: unknown) => thrown);
		await s.t.advance(50);
		expect(await s.states()).toEqual(['second sent']);
		answer({ kind: 'rejected', error: chatError('not-allowed') });
		await s.t.advance(50);
		expect(await edit).toMatchObject({ error: { code: 'not-allowed' } });
		expect(await s.states()).toEqual(['first sent']);
		const last = s.client.ops.filter((op) => op.op === 'timeline.put').at(-1);
		expect(last?.messages[0]?.content).toEqual(text('first'));
	});

	test('an accepted edit stays, and a queued message is edited without telling anybody', async () => {
		const s = await withMessage();
		await s.client.rpc.command('message.edit', { messageId: s.messageId, content: text('second') });
		await s.t.advance(50);
		expect(await s.states()).toEqual(['second sent']);
		s.script.onPerform = () =>
			Promise.resolve({ kind: 'rejected', error: chatError('rate-limited', null, { retryAfterMs: 5000 }) });
		const queued = (await s.send('drfat')) as never;
		const before = s.script.performed.length;
		await s.client.rpc.command('message.edit', { messageId: queued, content: text('draft') });
		expect(s.script.performed).toHaveLength(before);
		s.script.onPerform = () => Promise.resolve(accepted('2'));
		await s.t.advance(6000);
		expect(bodies(s.script).at(-1)).toBe('draft');
	});

	test('reactions toggle over what is already pending', async () => {
		const s = await withMessage();
		s.script.onPerform = () => new Promise(() => undefined);
		void s.client.rpc.command('message.react', { messageId: s.messageId, key: 'a', on: true }).catch(() => undefined);
		await s.t.advance(20);
		void s.client.rpc.command('message.react', { messageId: s.messageId, key: 'b', on: true }).catch(() => undefined);
		await s.t.advance(20);
		const page = await s.client.rpc.query('timeline.page', { conversationId: s.id, from: { at: 'newest' }, limit: 5 });
		expect(page.messages[0]?.reactions.map((reaction) => reaction.key).sort()).toEqual(['a', 'b']);
	});

	test('a removed message keeps nothing of its text', async () => {
		const s = await withMessage();
		await s.client.rpc.command('message.edit', { messageId: s.messageId, content: text('second') });
		await s.client.rpc.command('message.remove', { messageId: s.messageId, reason: null, forMe: false });
		await s.t.advance(50);
		const page = await s.client.rpc.query('timeline.page', { conversationId: s.id, from: { at: 'newest' }, limit: 5 });
		expect(page.messages[0]).toMatchObject({ content: text(''), reactions: [] });
		expect(page.messages[0]?.removedAt).not.toBeNull();
		const found = await s.client.rpc.query('search.messages', {
			text: 'second',
			conversationId: null,
			accountId: null,
			before: null,
			limit: 5,
		});
		expect(found.hits).toEqual([]);
	});

	test('unsupported things are refused before anything happens', async () => {
		const s = await withMessage();
		await s.script.adapter.live({
			type: 'conversation-upsert',
			conversation: {
				remoteId: room,
				capabilities: {
					...s.script.capabilities,
					edit: { level: 'rejected', reason: 'protocol', maxAgeMs: null },
					react: { level: 'rejected', reason: 'room' },
				},
			},
		});
		const before = s.script.performed.length;
		await expect(
			s.client.rpc.command('message.edit', { messageId: s.messageId, content: text('x') }),
		).rejects.toMatchObject({ error: { code: 'unsupported' } });
		await expect(
			s.client.rpc.command('message.react', { messageId: s.messageId, key: 'a', on: true }),
		).rejects.toMatchObject({ error: { code: 'not-allowed' } });
		expect(s.script.performed).toHaveLength(before);
	});

	test('cancel takes back what has not left', async () => {
		const s = await setUp();
		s.script.onPerform = () =>
			Promise.resolve({ kind: 'rejected', error: chatError('rate-limited', null, { retryAfterMs: 60_000 }) });
		const messageId = (await s.send('oops')) as never;
		await s.client.rpc.command('message.cancel', { messageId });
		await s.t.advance(120_000);
		expect(await s.states()).toEqual([]);
		expect(sends(s.script)).toHaveLength(1);
	});
});

test('receipts move own messages of a direct chat forward, up to their place', async () => {
	const script = new Script();
	script.kind = 'direct';
	const s = await setUp(script);
	script.onPerform = () => Promise.resolve(accepted(`m${sends(script).length}`));
	await s.send('one');
	await s.send('two');
	await s.send('three');
	await script.adapter.live({
		type: 'receipt',
		conversation: room,
		reader: actor('bob').remoteId,
		kind: 'read',
		upTo: [remoteId('server', 'm2')],
		time: null,
	});
	await script.adapter.live({
		type: 'receipt',
		conversation: room,
		reader: actor('bob').remoteId,
		kind: 'delivered',
		upTo: [remoteId('server', 'm3')],
		time: null,
	});
	expect(await s.states()).toEqual(['one read', 'two read', 'three delivered']);
});

test('read marks coalesce while they wait, and follow the privacy setting', async () => {
	const s = await setUp();
	s.script.onPerform = () =>
		Promise.resolve({ kind: 'rejected', error: chatError('rate-limited', null, { retryAfterMs: 5000 }) });
	await s.client.rpc.command('settings.set', { settings: { sendReadReceipts: false } });
	await s.script.adapter.live(
		said('1', 'a', { time: s.t.clock.now() }),
		said('2', 'b', { time: s.t.clock.now() }),
		said('3', 'c', { time: s.t.clock.now() }),
	);
	const { messages } = await s.client.rpc.query('timeline.page', {
		conversationId: s.id,
		from: { at: 'newest' },
		limit: 9,
	});
	for (const message of messages) {
		await s.client.rpc.command('conversation.markRead', { conversationId: s.id, messageId: message.id });
		await s.t.advance(10);
	}
	s.script.onPerform = () => Promise.resolve(accepted('x'));
	await s.t.advance(20_000);
	const marks = s.script.performed.filter((action) => action.type === 'mark-read');
	expect(marks.map((mark) => [mark.upTo.ids[0]?.value, mark.visible]).at(-1)).toEqual(['3', false]);
	expect(marks.length).toBeLessThan(4);
});
