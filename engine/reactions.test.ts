import { expect, test } from 'vitest';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';

test('one emoji is one reaction, however it is spelled', async () => {
	const parley = await startTestEngine();
	const client = await parley.connect();
	parley.network.addUser('me', 'pw');
	parley.network.addUser('bob', 'pw');
	parley.network.addRoom('den', 'bob', { isPublic: true }).members.set('me', 'member');
	await parley.addAccount(client, 'me');
	const conversationId = await parley.conversation(client, 'den');
	parley.network.say('den', 'bob', 'hello');
	await parley.advance(100);
	const newest = async () =>
		(await client.rpc.query('timeline.page', { conversationId, from: { at: 'newest' }, limit: 1 })).messages[0];
	const messageId = (await newest())?.id ?? expect.fail('no message');
	const react = (key: string): Promise<unknown> => client.rpc.command('message.react', { messageId, key, on: true });
	await react('\u2764');
	await react('\u2764\ufe0f');
	expect((await newest())?.reactions.map(({ key }) => key)).toEqual(['\u2764\ufe0f']);
	await expect(react('\ufe0f')).rejects.toMatchObject({ error: { code: 'bad-input' } });
});
