import { expect, test } from 'vitest';
import { messageId, remoteId } from '../protocols/model/ids.ts';
import type { ConversationId, MessageId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import { ClientModel } from '../protocols/testkit/timeline.ts';

const missing = messageId(999_999);
const inThread = { threadRoot: [remoteId('server', 'root')] };
const text = (words: string) => ({ kind: 'text', body: plain(words) }) as const;

async function start() {
	const script = new Script();
	script.capabilities = { ...script.capabilities, removeAny: { level: 'full', reason: null } };
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	await t.addAccount(client, 'me');
	const conversationId = await t.conversation(client, 'room');
	await client.rpc.command('conversation.open', { conversationId });
	const model = new ClientModel(await t.boot(client));
	const page = (thread: MessageId | null = null) =>
		client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 50, thread });
	/** What a window shows that only ever applied patches; the page must say the same. */
	const shown = async () => {
		await t.advance(100);
		model.apply(client.ops.splice(0));
		const { messages } = await page();
		expect(model.timeline(conversationId)).toEqual(messages);
		return messages;
	};
	const now = t.clock.now();
	return { t, script, client, conversationId: conversationId as ConversationId, page, shown, now };
}

test('messages find the root of their thread also when it comes last; the panel shows the thread alone', async () => {
	const { t, script, page, shown, now } = await start();
	await script.adapter.live(said('x', 'one', { ...inThread, time: now }), said('y', 'two', { ...inThread, time: now }));
	expect((await shown()).map((message) => message.thread)).toEqual([
		{ rootId: null, rootPreview: '' },
		{ rootId: null, rootPreview: '' },
	]);
	await script.adapter.live(said('other', 'elsewhere', { time: now }), said('root', 'the root', { time: now }));
	const messages = await shown();
	const root = messages.find((message) => message.threadSummary !== null);
	expect(root).toMatchObject({ content: text('the root'), threadSummary: { count: 2, lastTime: now } });
	expect(messages.flatMap((message) => message.thread ?? [])).toEqual([
		{ rootId: root?.id, rootPreview: 'the root' },
		{ rootId: root?.id, rootPreview: 'the root' },
	]);
	const thread = await page(root?.id ?? null);
	expect(thread.messages.map((message) => message.content)).toEqual([text('one'), text('two'), text('the root')]);
	await t.engine.stop();
});

test('summary and previews follow edits, removals and hides', async () => {
	const { t, script, client, shown, now } = await start();
	const quote = { replyTo: { ids: [remoteId('server', 'root')], senderName: 'bob', text: 'first words' } };
	await script.adapter.live(
		said('root', 'first words', { time: now }),
		said('x', 'one', { ...inThread, ...quote, time: now + 1 }),
		said('y', 'two', { ...inThread, time: now + 2, sender: actor('eve') }),
	);
	const [root, one, two] = await shown();
	expect(root?.threadSummary).toEqual({ count: 2, lastTime: two?.time, lastSenderName: 'eve' });
	expect(one?.replyTo).toEqual({ messageId: root?.id, senderName: 'bob', preview: 'first words' });
	const change = {
		conversation: room,
		target: [remoteId('server', 'root')],
		sender: actor('bob'),
		own: false,
		time: now + 9,
	};
	await script.adapter.live({ type: 'message-edited', ...change, ids: [], txnId: null, content: text('better words') });
	expect((await shown()).slice(1).map((message) => [message.thread?.rootPreview, message.replyTo?.preview])).toEqual([
		['better words', 'better words'],
		['better words', undefined],
	]);
	await client.rpc.command('message.remove', { messageId: two?.id ?? missing, reason: null, forMe: true });
	expect((await shown())[0]?.threadSummary).toEqual({ count: 1, lastTime: one?.time, lastSenderName: 'bob' });
	await script.adapter.live({ type: 'message-removed', ...change, moderated: false, reason: null, time: now + 10 });
	expect((await shown())[1]).toMatchObject({ thread: { rootPreview: '' }, replyTo: { preview: '' } });
	// Not even the copy that the reply brought along is kept.
	const stored = await t.store.getMessages([one?.id ?? missing]);
	expect(JSON.stringify(stored)).not.toContain('words');
	await t.engine.stop();
});

test('a message into a thread names its root, also when a message of the thread is answered', async () => {
	const { t, script, client, conversationId, shown, now } = await start();
	await script.adapter.live(said('root', 'the root', { time: now }), said('x', 'one', { ...inThread, time: now }));
	const [root, one] = await shown();
	await client.rpc.command('message.send', {
		conversationId,
		content: text('mine'),
		replyTo: null,
		threadRoot: one?.id ?? null,
	});
	await t.advance(100);
	expect(script.performed.findLast((action) => action.type === 'send')).toMatchObject({
		threadRoot: { ids: [remoteId('server', 'root')], text: 'the root' },
	});
	const messages = await shown();
	expect(messages.find((message) => message.own)?.thread).toEqual({ rootId: root?.id, rootPreview: 'the root' });
	expect(messages[0]?.threadSummary?.count).toBe(2);
	script.capabilities = { ...script.capabilities, thread: { level: 'rejected', reason: 'protocol' } };
	await script.adapter.live({
		type: 'conversation-upsert',
		conversation: { remoteId: room, capabilities: script.capabilities },
	});
	await expect(
		client.rpc.command('message.send', {
			conversationId,
			content: text('no'),
			replyTo: null,
			threadRoot: root?.id ?? null,
		}),
	).rejects.toMatchObject({ error: { code: 'unsupported' } });
	await t.engine.stop();
});
