import { describe, expect, test } from 'vitest';
import type { Message } from '../protocols/model/entities.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../protocols/testkit/engine-harness.ts';

const text = (words: string) => ({ kind: 'text' as const, body: plain(words) });

/** One account, `ada`, in a room with `bob`. */
async function inRoom(): Promise<{ t: TestEngine; client: TestClient }> {
	const t = await startTestEngine();
	t.network.addUser('ada', 'pw', 'Ada');
	t.network.addUser('bob', 'pw', 'Bob');
	t.network.addRoom('lobby', 'bob').members.set('ada', 'member');
	const client = await t.connect();
	await t.addAccount(client, 'ada');
	return { t, client };
}

const shown = (client: TestClient): Message[] => {
	const byId = new Map<number, Message>();
	for (const op of client.ops) {
		if (op.op === 'timeline.put') for (const message of op.messages) byId.set(message.id, message);
		if (op.op === 'timeline.remove') for (const id of op.ids) byId.delete(id);
	}
	return [...byId.values()].sort((a, b) => a.sort.ts - b.sort.ts || a.sort.seq - b.sort.seq);
};
const words = (message: Message): string =>
	message.content.kind === 'text' ? message.content.body.text : message.content.kind;

describe('the journey of a message', () => {
	test('login connects the account and shows its rooms', async () => {
		const { t, client } = await inRoom();
		const boot = await t.boot(client);
		expect(boot.accounts.map((account) => [account.address, account.connection.kind])).toEqual([['ada', 'online']]);
		expect(boot.conversations.map((conversation) => [conversation.remoteId, conversation.membership])).toEqual([
			['lobby', 'joined'],
		]);
		expect(t.problems).toEqual([]);
	});

	test('send shows at once, becomes sent on the same row, and reaches the network once', async () => {
		const { t, client } = await inRoom();
		const conversationId = await t.conversation(client, 'lobby');
		await client.rpc.command('conversation.open', { conversationId });
		const { messageId } = await client.rpc.command('message.send', {
			conversationId,
			content: text('hello'),
			replyTo: null,
		});
		await t.advance(100);
		const timeline = shown(client);
		expect(timeline.map((message) => [message.id, words(message), message.send?.kind])).toEqual([
			[messageId, 'hello', 'sent'],
		]);
		expect(t.network.rooms.get('lobby')?.log.filter((entry) => entry.kind === 'message')).toHaveLength(1);
		const page = await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 50 });
		expect(page.messages).toEqual(timeline);
		expect(t.problems).toEqual([]);
	});

	test('a message of somebody else arrives, counts and notifies', async () => {
		const { t, client } = await inRoom();
		const conversationId = await t.conversation(client, 'lobby');
		await client.rpc.command('conversation.open', { conversationId });
		t.network.say('lobby', 'bob', 'hi Ada');
		await t.advance(100);
		expect(shown(client).map(words)).toEqual(['hi Ada']);
		const [conversation] = (await t.boot(client)).conversations;
		expect([conversation?.unread, conversation?.mentions, conversation?.last?.preview]).toEqual([1, 1, 'hi Ada']);
		expect(t.notifications.map((notification) => [notification.title, notification.body])).toEqual([
			['Bob · lobby', 'hi Ada'],
		]);
		const [message] = shown(client);
		if (message === undefined) throw new Error('no message');
		await client.rpc.command('conversation.markRead', { conversationId, messageId: message.id });
		await t.advance(100);
		expect((await t.boot(client)).conversations[0]?.unread).toBe(0);
	});
});
