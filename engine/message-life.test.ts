import { expect, test } from 'vitest';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import { chatError } from '../protocols/model/errors.ts';
import { messageId, remoteId, remoteUserId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import { openStoreInProcess } from './store/open-in-process.ts';
import type { Store } from './store/store.ts';

const missing = messageId(999_999);
const text = (words: string) => ({ kind: 'text', body: plain(words) }) as const;

/** Stays open between two runs of the engine. */
const base = (store: Store): Store => ({ ...store, close: () => Promise.resolve() });

async function start(kind: Script['kind'] = 'group', store?: Store) {
	const script = new Script();
	script.kind = kind;
	const protocols = new Map([['fake', script.factory()]]);
	const t = await startTestEngine(store === undefined ? { protocols } : { protocols, store });
	const client = await t.connect();
	const accountId = await t.addAccount(client, 'me');
	const conversationId = await t.conversation(client, 'room');
	await client.rpc.command('conversation.open', { conversationId });
	const page = () => client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 50 });
	const id = async (n = 0) => (await page()).messages[n]?.id ?? missing;
	return { t, script, client, accountId, conversationId, page, id, now: t.clock.now() };
}

const edit = (time: number, words: string, target = [remoteId('server', '1')], who = 'bob'): AdapterEvent => ({
	type: 'message-edited',
	conversation: room,
	target,
	ids: [],
	sender: actor(who),
	own: false,
	txnId: null,
	content: text(words),
	time,
});
const removal = (time: number, target = [remoteId('server', '1')], who = actor('bob')): AdapterEvent => ({
	type: 'message-removed',
	conversation: room,
	target,
	sender: who,
	own: false,
	moderated: false,
	reason: null,
	time,
});

test('the versions of a message, each once, oldest first; none after its removal', async () => {
	const { t, script, client, id, now } = await start();
	await script.adapter.live(said('1', 'first', { time: now }), edit(now + 30, 'third'));
	await script.adapter.live(edit(now + 20, 'second'), edit(now + 20, 'second'), edit(now + 30, 'third'));
	const versions = async () => (await client.rpc.query('message.edits', { messageId: await id() })).versions;
	expect(await versions()).toEqual([
		{ content: text('first'), at: now, current: false },
		{ content: text('second'), at: now + 20, current: false },
		{ content: text('third'), at: now + 30, current: true },
	]);
	await script.adapter.live(removal(now + 40));
	expect(await versions()).toEqual([]);
	await t.engine.stop();
});

test('the way of a message: refused, sent again, accepted, read; and by whom', async () => {
	const { t, script, client, conversationId, id, page } = await start('direct');
	let verdict: 'refuse' | 'accept' = 'refuse';
	script.onPerform = (action) =>
		Promise.resolve(
			action.type === 'send' && verdict === 'refuse'
				? { kind: 'rejected', error: chatError('not-allowed', 'secret words') }
				: { kind: 'accepted', ids: [remoteId('server', 'mine')], time: null },
		);
	const { messageId: sent } = await client.rpc.command('message.send', {
		conversationId,
		content: text('secret words'),
		replyTo: null,
	});
	await t.advance(100);
	verdict = 'accept';
	await client.rpc.command('message.retry', { messageId: sent });
	await t.advance(100);
	const receipt = {
		type: 'receipt',
		conversation: room,
		reader: remoteUserId('bob'),
		upTo: [remoteId('server', 'mine')],
	} as const;
	await script.adapter.live({ ...receipt, kind: 'delivered', time: null });
	await script.adapter.live({ ...receipt, kind: 'read', time: t.clock.now() });
	await t.advance(100);
	const details = await client.rpc.query('message.details', { messageId: await id() });
	expect(details.trace.map(({ step, detail }) => [step, detail])).toEqual([
		['queued', null],
		['handed-over', null],
		['failed', 'not-allowed'],
		['retried', null],
		['handed-over', null],
		['accepted', null],
		['delivered', null],
		['read', null],
	]);
	expect(JSON.stringify(details)).not.toContain('secret');
	expect(details.ids).toContainEqual(remoteId('server', 'mine'));
	expect(details.readers).toEqual([{ reader: 'bob', name: 'room', kind: 'read', time: t.clock.now() - 100 }]);
	const { receipts, messages } = await page();
	expect(receipts.map(({ kind, sort }) => [kind, sort])).toEqual([
		['delivered', messages[0]?.sort],
		['read', messages[0]?.sort],
	]);
	expect(client.ops.filter((op) => op.op === 'receipt.put')).toHaveLength(2);
	await t.engine.stop();
});

test('a trace is bounded and goes with its message', async () => {
	const { t, script, client, conversationId, id, now } = await start();
	await script.adapter.live(said('1', 'words', { time: now }));
	for (let n = 1; n <= 80; n++) await script.adapter.live(edit(now + n, `words ${n}`));
	const message = await id();
	expect(await t.store.trace(message)).toHaveLength(64);
	await client.rpc.command('conversation.leave', { conversationId, reason: null, forget: true });
	expect(await t.store.trace(message)).toEqual([]);
	await t.engine.stop();
});

test.each(['removed', 'edited', 'hidden'] as const)('a notification goes when its message is %s', async (change) => {
	const { t, script, client, conversationId, id, now } = await start('direct');
	await script.adapter.live(said('1', 'regrettable', { time: now }));
	await t.advance(50);
	expect(t.notifications.map((shown) => shown.body)).toEqual(['regrettable']);
	t.cleared.length = 0;
	const message = await id();
	if (change === 'hidden')
		await client.rpc.command('message.remove', { messageId: message, reason: null, forMe: true });
	else await script.adapter.live(change === 'removed' ? removal(now + 1) : edit(now + 1, 'better'));
	await t.advance(50);
	expect(new Set(t.cleared)).toEqual(new Set([conversationId]));
	expect(client.ops.filter((op) => op.op === 'notify.withdraw')).toEqual([
		{ op: 'notify.withdraw', conversationId, messageId: message },
	]);
	const found = await client.rpc.query('search.messages', {
		text: 'regrettable',
		conversationId: null,
		accountId: null,
		before: null,
		limit: 5,
	});
	expect(found.hits).toEqual([]);
	await t.engine.stop();
});

test('what was taken back in the same breath is never shown as a notification', async () => {
	const { t, script, now } = await start('direct');
	await script.adapter.live(said('1', 'regrettable', { time: now }), removal(now + 1));
	await t.advance(50);
	expect(t.notifications).toEqual([]);
	await t.engine.stop();
});

test('a message ends at its time, with its history and what search knew of it', async () => {
	const { t, script, client, page, id, now } = await start();
	await script.adapter.live(
		said('1', 'fleeting', { time: now, expiresAt: now + 60_000 }),
		said('2', 'over already', { time: now, expiresAt: now - 1 }),
		said('3', 'lasting', { time: now }),
	);
	const contents = async () => (await page()).messages.map((message) => [message.content, message.removedAt]);
	expect(await contents()).toEqual([
		[text('fleeting'), null],
		[text(''), now - 1],
		[text('lasting'), null],
	]);
	await t.advance(60_000);
	await t.advance(100);
	expect((await contents())[0]).toEqual([text(''), now + 60_000]);
	const { trace } = await client.rpc.query('message.details', { messageId: await id() });
	expect(trace.map((entry) => entry.step)).toEqual(['expired']);
	expect(JSON.stringify(await t.store.getMessages([await id()]))).not.toContain('fleeting');
	await t.engine.stop();
});

test('a message that ends while Parley is stopped is gone from the next start on', async () => {
	const { t, script, conversationId, id, now } = await start('direct', base(await openStoreInProcess()));
	await script.adapter.live(said('1', 'fleeting words', { time: now, expiresAt: now + 60_000 }));
	await t.advance(50);
	const message = await id();
	expect(t.notifications.map((one) => one.body)).toEqual(['fleeting words']);
	await t.engine.stop();
	await t.clock.advance(120_000);
	const { clock, secrets } = t;
	const again = new Script();
	again.kind = 'direct';
	const next = await startTestEngine({
		protocols: new Map([['fake', again.factory()]]),
		store: t.store,
		clock,
		secrets,
		seed: 2,
	});
	const client = await next.connect();
	// As the window would ask first, before anything else had time to happen.
	const { messages } = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 5 });
	expect(messages.map((one) => [one.content, one.removedAt])).toEqual([[text(''), now + 60_000]]);
	const { hits } = await client.rpc.query('search.messages', {
		text: 'fleeting',
		conversationId: null,
		accountId: null,
		before: null,
		limit: 5,
	});
	expect(hits).toEqual([]);
	expect(JSON.stringify(await next.store.getMessages([message]))).not.toContain('fleeting');
	expect(JSON.stringify(await next.boot(client))).not.toContain('fleeting');
	await next.advance(1000);
	expect(next.notifications).toEqual([]);
	await next.engine.stop();
});

test('an edit looks at every message its ids name, and waits for one it may change', async () => {
	for (const order of ['both first', 'edit between'] as const) {
		const { t, script, page, now } = await start();
		const foreign = said('1', 'of eve', { time: now, sender: actor('eve') });
		const mine = said(null, 'of bob', { ids: [remoteId('origin', 'o')], time: now + 1 });
		const change = edit(now + 5, 'changed', [remoteId('server', '1'), remoteId('origin', 'o')]);
		for (const event of order === 'both first' ? [foreign, mine, change] : [foreign, change, mine])
			await script.adapter.live(event);
		expect((await page()).messages.map((message) => message.content)).toEqual([text('of eve'), text('changed')]);
		await t.engine.stop();
	}
});

test('a later holder of a name cannot take the reaction of an earlier one', async () => {
	const { t, script, page, now } = await start();
	const reaction = (op: 'add' | 'remove', time: number): AdapterEvent => ({
		type: 'reaction',
		conversation: room,
		target: [remoteId('server', '1')],
		ids: op === 'add' ? [remoteId('server', 'r1')] : [],
		sender: actor('guest', 'session'),
		own: false,
		op,
		keys: ['+'],
		time,
	});
	const shown = async () => (await page()).messages[0]?.reactions.map((one) => one.key);
	await script.adapter.live(said('1', 'words', { time: now }), reaction('add', now + 1), reaction('remove', now + 2));
	expect(await shown()).toEqual([]);
	await script.adapter.live(reaction('add', now + 3));
	script.adapter.end({ kind: 'restart' });
	// Beyond what clocks may differ by.
	await t.advance(120_000);
	script.adapter.end({ kind: 'restart' });
	await t.advance(1000);
	await script.adapter.live(
		reaction('remove', t.clock.now()),
		removal(t.clock.now(), [remoteId('server', 'r1')], actor('guest', 'session')),
	);
	expect(await shown()).toEqual(['+']);
	await t.engine.stop();
});

test('switches of the conversation and the account decide what is told', async () => {
	const { t, script, client, accountId, conversationId, id, now } = await start();
	const inherit = { typing: null, delivery: null, read: null };
	const told = async () => {
		script.performed.length = 0;
		await client.rpc.command('typing.set', { conversationId, state: 'active' });
		await t.advance(50);
		return { typing: script.performed.length === 1, delivery: script.adapter.context.shares(room, 'delivery') };
	};
	expect(await told()).toEqual({ typing: true, delivery: true });
	await client.rpc.command('account.update', { accountId, privacy: { typing: false, delivery: false, read: false } });
	expect(await told()).toEqual({ typing: false, delivery: false });
	await client.rpc.command('conversation.update', { conversationId, privacy: { ...inherit, delivery: true } });
	expect(await told()).toEqual({ typing: false, delivery: true });
	await script.adapter.live(said('1', 'words', { time: now }));
	await client.rpc.command('conversation.markRead', { conversationId, messageId: await id() });
	await t.advance(100);
	expect(script.performed.findLast((action) => action.type === 'mark-read')).toMatchObject({ visible: false });
	const boot = await t.boot(client);
	expect(boot.accounts[0]?.privacy).toEqual({ typing: false, delivery: false, read: false });
	expect(boot.conversations.find((one) => one.id === conversationId)?.privacy).toEqual({ ...inherit, delivery: true });
	await t.engine.stop();
});

test('strangers can be blocked', async () => {
	const { t, script, client, accountId } = await start();
	const user = remoteUserId('stranger');
	await client.rpc.command('user.block', { accountId, user, blocked: true });
	await client.rpc.command('user.block', { accountId, user, blocked: false });
	expect(script.performed).toEqual([
		{ type: 'block', user },
		{ type: 'unblock', user },
	]);
	await t.engine.stop();
});
