import { describe, expect, test } from 'vitest';
import { chatError } from '../protocols/model/errors.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import { remoteConversationId, remoteUserId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { startTestEngine } from '../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../protocols/testkit/engine-harness.ts';
import { actor, room, said, Script } from '../protocols/testkit/scripted-adapter.ts';
import { typingExpiry } from './ephemeral.ts';

async function setUp(): Promise<{
	t: TestEngine;
	client: TestClient;
	script: Script;
	id: ConversationId;
	account: never;
}> {
	const script = new Script();
	const t = await startTestEngine({ protocols: new Map([['fake', script.factory()]]) });
	const client = await t.connect();
	const account = (await t.addAccount(client, 'me')) as never;
	return { t, client, script, id: await t.conversation(client, 'room'), account };
}
const contact = (name: string, blocked = false) => ({
	remoteId: remoteUserId(name),
	name,
	groups: [],
	subscription: 'both' as const,
	onRoster: true,
	blocked,
});

describe('accounts', () => {
	test('the same address twice is refused, and no secret stays behind', async () => {
		const { t, client } = await setUp();
		const { loginId } = await client.rpc.command('account.loginStart', { protocol: 'fake', flow: 'password' });
		await expect(
			client.rpc.command('account.loginSubmit', { loginId, values: { address: 'me', password: 'x' } }),
		).rejects.toMatchObject({ error: { code: 'bad-input' } });
		expect(t.secrets.size).toBe(1);
	});

	test('logins expire, and unknown protocols and sessions are typed errors', async () => {
		const { t, client } = await setUp();
		await expect(
			client.rpc.command('account.loginStart', { protocol: 'smoke', flow: 'signals' }),
		).rejects.toMatchObject({ error: { code: 'unsupported' } });
		const { loginId } = await client.rpc.command('account.loginStart', { protocol: 'fake', flow: 'password' });
		await t.advance(16 * 60_000);
		await expect(client.rpc.command('account.loginSubmit', { loginId, values: {} })).rejects.toMatchObject({
			error: { code: 'session-expired' },
		});
	});

	test('removal forgets everything', async () => {
		const { t, client, script, account, id } = await setUp();
		await script.adapter.live(said('1', 'x', { time: t.clock.now() }), {
			type: 'contacts-snapshot',
			contacts: [contact('bob')],
		});
		await client.rpc.command('account.remove', { accountId: account });
		const boot = await t.boot(client);
		expect([boot.accounts, boot.conversations, boot.contacts]).toEqual([[], [], []]);
		expect(t.secrets.size).toBe(0);
		await expect(
			client.rpc.query('timeline.page', { conversationId: id, from: { at: 'newest' }, limit: 5 }),
		).rejects.toMatchObject({ error: { code: 'bad-input' } });
		expect(await t.store.load()).toMatchObject({ accounts: [], conversations: [], contacts: [], outbox: [] });
	});

	test('the log keeps what the adapter said, without control characters', async () => {
		const { client, script, account } = await setUp();
		for (let i = 0; i < 3000; i++) script.adapter.context.log.wire('in', `line ${i}\u001b[31m`);
		const { lines } = await client.rpc.query('account.log', { accountId: account, limit: 2000 });
		expect(lines).toHaveLength(2000);
		expect(lines.at(-1)?.text).toBe('line 2999\ufffd[31m');
	});
});

test('settings change only what was named', async () => {
	const { t, client } = await setUp();
	await client.rpc.command('settings.set', { settings: { theme: 'dark', sendTyping: false } });
	await client.rpc.command('settings.set', { settings: { density: 'compact' } });
	expect((await t.boot(client)).settings).toMatchObject({ theme: 'dark', sendTyping: false, density: 'compact' });
});

describe('slash commands', () => {
	const run = async (line: string): Promise<{ result: unknown; actions: unknown[]; sent: string[] }> => {
		const { t, client, script, id, account } = await setUp();
		const result = await client.rpc
			.command('slash.run', { accountId: account, conversationId: id, line })
			.catch((thrown: unknown) => thrown);
		await t.advance(50);
		const actions = script.performed.map((action) =>
			action.type === 'send' ? `${action.content.kind}: ${action.content.body.text}` : action,
		);
		return { result, actions, sent: actions.filter((action) => typeof action === 'string') };
	};
	test.each([
		['/me waves', ['emote: waves']],
		['//slash', ['text: /slash']],
		['/topic new words', [{ type: 'set-topic', conversation: room, topic: 'new words' }]],
		['/cycle now', [{ type: 'slash', name: 'cycle', args: 'now', conversation: room }]],
	])('%s', async (line, actions) => {
		expect(await run(line)).toMatchObject({ result: { show: null, text: null }, actions });
	});
	test.each([
		['/me', 'Usage: /me text', true],
		['/join', 'Usage: /join room [password]', true],
		['/dance', 'There is no command /dance here', true],
		['/help', '/topic [text]', false],
		['/help me', '/me text', false],
		['/topic', 'No topic is set.', false],
	])('%s answers in words', async (line, words, refused) => {
		const { result, actions } = await run(line);
		expect((result as { text: string }).text).toContain(words);
		expect(result).toMatchObject({ refused });
		expect(actions).toEqual([]);
	});
});

describe('attention', () => {
	const mention = { mention: true };
	test.each([
		['a message in a group', 'all' as const, {}, false, 1],
		['only mentions wanted, none', 'mentions' as const, {}, false, 0],
		['only mentions wanted, one', 'mentions' as const, mention, false, 1],
		['nothing wanted', 'none' as const, mention, false, 0],
		['looked at', 'all' as const, mention, true, 0],
	])('%s', async (_name, notify, over, looking, expected) => {
		const { t, client, script, id } = await setUp();
		await client.rpc.command('conversation.update', { conversationId: id, notify });
		await client.rpc.command('client.activity', { focused: looking, visible: id });
		await script.adapter.live(said('1', 'psst', { time: t.clock.now(), ...over }));
		expect(t.notifications).toHaveLength(expected);
	});

	test('blocked people, busy users and switched off notifications stay silent; previews can be withheld', async () => {
		const { t, client, script, account } = await setUp();
		await script.adapter.live({ type: 'contacts-snapshot', contacts: [contact('eve', true)] });
		await script.adapter.live(said('1', 'a', { sender: actor('eve'), time: t.clock.now() }));
		await client.rpc.command('presence.set', {
			accountId: account,
			presence: { availability: 'busy', statusText: '' },
		});
		await script.adapter.live(said('2', 'b', { time: t.clock.now() }));
		await client.rpc.command('presence.set', {
			accountId: account,
			presence: { availability: 'available', statusText: '' },
		});
		await client.rpc.command('settings.set', { settings: { notifications: false } });
		await script.adapter.live(said('3', 'c', { time: t.clock.now() }));
		expect(t.notifications).toEqual([]);
		await client.rpc.command('settings.set', { settings: { notifications: true, notificationPreview: false } });
		await script.adapter.live(said('4', 'secret', { time: t.clock.now() }));
		expect(t.notifications.map(({ title, body }) => [title, body])).toEqual([['bob · room', '']]);
	});

	test('the badge counts, and reading takes the notification back', async () => {
		const { t, client, script, id } = await setUp();
		await script.adapter.live(
			said('1', 'x', { time: t.clock.now(), mention: true }),
			said('2', 'y', { time: t.clock.now() }),
		);
		expect(t.badges.at(-1)).toEqual({ attention: 1, unread: 2 });
		const { messages } = await client.rpc.query('timeline.page', {
			conversationId: id,
			from: { at: 'newest' },
			limit: 5,
		});
		await client.rpc.command('conversation.markRead', { conversationId: id, messageId: messages.at(-1)?.id as never });
		expect(t.badges.at(-1)).toEqual({ attention: 0, unread: 0 });
		expect(t.cleared).toEqual([id]);
	});
});

describe('people', () => {
	test('typing ends by itself, by a message of its author, or by word', async () => {
		const { t, client, script } = await setUp();
		const typing = async (): Promise<number> => (await t.boot(client)).typing.length;
		const say = (state: 'active' | 'paused' | 'done', expiresMs?: number) =>
			script.adapter.live({
				type: 'typing',
				conversation: room,
				user: actor('bob'),
				state,
				...(expiresMs === undefined ? {} : { expiresMs }),
			});
		await say('active');
		await t.advance(typingExpiry.activeMs - 10);
		expect(await typing()).toBe(1);
		await t.advance(20);
		expect(await typing()).toBe(0);
		await say('active', 30_000);
		await t.advance(20_000);
		expect(await typing()).toBe(1);
		await script.adapter.live(said('1', 'done', { time: t.clock.now() }));
		expect(await typing()).toBe(0);
		await say('active');
		await say('paused');
		expect(await typing()).toBe(0);
	});

	test('ten thousand members: a bounded first page, paging, filters and completion', async () => {
		const { t, client, script, id } = await setUp();
		await client.rpc.command('conversation.open', { conversationId: id });
		const members = Array.from({ length: 10_000 }, (_, i) => ({
			remoteId: remoteUserId(`u${i}`),
			name: `user${String(i).padStart(5, '0')}`,
			role: i === 7 ? ('owner' as const) : ('member' as const),
			address: null,
			availability: 'unknown' as const,
			self: false,
		}));
		await script.adapter.live({ type: 'members-snapshot', conversation: room, members, complete: true });
		await t.advance(50);
		const reset = client.ops.filter((op) => op.op === 'members.reset').at(-1);
		expect([reset?.members.length, reset?.total, reset?.complete, reset?.members[0]?.name]).toEqual([
			500,
			10_000,
			true,
			'user00007',
		]);
		const page = await client.rpc.query('members.page', {
			conversationId: id,
			filter: 'user0999',
			offset: 5,
			limit: 50,
		});
		expect([page.total, page.members.length]).toEqual([10, 5]);
		await script.adapter.live(
			said('1', 'hi', {
				sender: { remoteId: remoteUserId('u42'), name: 'user00042', strength: 'session' },
				time: t.clock.now(),
			}),
		);
		const { members: names } = await client.rpc.query('members.complete', {
			conversationId: id,
			prefix: 'USER0',
			limit: 3,
		});
		expect(names.map((member) => member.name)).toEqual(['user00042', 'user00007', 'user00000']);
		script.adapter.end({ kind: 'failed', error: chatError('connection-refused') });
		await t.advance(10);
		expect(
			(await client.rpc.query('members.page', { conversationId: id, filter: '', offset: 0, limit: 5 })).total,
		).toBe(0);
	});

	test('persons are merged, split and fall apart when one contact is left', async () => {
		const { t, client, script } = await setUp();
		await script.adapter.live({ type: 'contacts-snapshot', contacts: ['a', 'b', 'c'].map((name) => contact(name)) });
		const ids = (await t.boot(client)).contacts.map((one) => one.id);
		const { personId } = await client.rpc.command('person.merge', { contactIds: ids, name: 'Abc' });
		await client.rpc.command('person.rename', { personId, name: 'ABC' });
		expect((await t.boot(client)).persons).toMatchObject([{ name: 'ABC', contactIds: ids }]);
		await client.rpc.command('person.split', { personId, contactId: ids[0] ?? null });
		expect((await t.boot(client)).persons[0]?.contactIds).toEqual(ids.slice(1));
		await script.adapter.live({ type: 'contacts-delta', upsert: [], remove: [remoteUserId('b')] });
		const boot = await t.boot(client);
		expect(boot.persons).toEqual([]);
		expect(boot.contacts.map((one) => one.personId)).toEqual([null, null]);
	});

	test('a name without identity cannot change what somebody else said under it in an earlier session', async () => {
		const { t, client, script, id } = await setUp();
		const bob = actor('bob', 'session');
		const edit = (target: string) => ({
			type: 'message-edited' as const,
			conversation: room,
			target: [{ kind: 'server' as const, value: target as never }],
			ids: [],
			sender: bob,
			own: false,
			txnId: null,
			content: { kind: 'text' as const, body: plain('forged') },
			time: t.clock.now(),
		});
		await script.adapter.live(said('1', 'honest', { sender: bob, time: t.clock.now() }));
		await script.adapter.live(edit('1'));
		const words = async (): Promise<string[]> =>
			(await client.rpc.query('timeline.page', { conversationId: id, from: { at: 'newest' }, limit: 9 })).messages.map(
				(message) => (message.content.kind === 'text' ? message.content.body.text : ''),
			);
		expect(await words()).toEqual(['forged']);
		await script.adapter.live(said('2', 'kept', { sender: bob, time: t.clock.now() }));
		script.adapter.end({ kind: 'failed', error: chatError('connection-lost') });
		await t.advance(120_000);
		await script.adapter.live(edit('2'));
		expect(await words()).toEqual(['forged', 'kept']);
	});
});

test('a conversation renamed onto another goes on there; its own history is put away', async () => {
	const { t, client, script } = await setUp();
	const [from, to] = [remoteConversationId('old'), remoteConversationId('new')];
	await script.adapter.live(
		{ ...said('1', 'a', { time: t.clock.now() }), conversation: from },
		{ type: 'conversation-renamed', from, to, name: 'New' },
	);
	expect((await t.boot(client)).conversations.map((one) => one.remoteId).sort()).toEqual(['new', 'room']);
	await script.adapter.live(
		{ ...said('2', 'b', { time: t.clock.now() }), conversation: from },
		{ type: 'conversation-renamed', from, to, name: 'New' },
	);
	const both = (await t.boot(client)).conversations.filter((one) => one.name !== 'room');
	expect(both.map((one) => `${one.remoteId} ${one.archived}`).sort()).toEqual(['new false', 'old true']);
});
