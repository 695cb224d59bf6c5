import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ergo } from '../../e2e/servers/ergo.ts';
import { poll } from '../../e2e/servers/poll.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { synapse } from '../../e2e/servers/synapse.ts';
import type { BootState } from '../../engine/contract/queries.ts';
import type { Conversation, Message } from '../../protocols/model/entities.ts';
import type { ConversationId } from '../../protocols/model/ids.ts';
import { castMember } from './cast.ts';
import { type Show, startShow } from './show.ts';

const TALK = { timeout: 30_000, interval: 100 } as const;

await describeWithServers('the whole demo', [ergo, prosody, synapse], () => {
	let dir: string;
	let show: Show;
	const fatal: Error[] = [];

	beforeAll(async () => {
		dir = await mkdtemp(path.join(tmpdir(), 'parley-show-'));
		const options = { networks: ['irc', 'xmpp', 'matrix'], talkative: false, open: false, help: false } as const;
		show = await startShow(
			options,
			dir,
			() => undefined,
			(error) => fatal.push(error),
			{ wait: () => new Promise((resolve) => setImmediate(resolve)), random: () => 0 },
		);
	});
	afterAll(async () => {
		await show.stop();
		await rm(dir, { recursive: true, force: true });
		if (fatal.length > 0) throw new AggregateError(fatal, 'Parley gave up during the demo');
	});

	const boot = (): Promise<BootState> => show.window.client.query('boot', {});
	const newest = async (conversationId: ConversationId): Promise<readonly Message[]> => {
		const from = { at: 'newest' } as const;
		return (await show.window.client.query('timeline.page', { conversationId, from, limit: 50 })).messages;
	};
	const textOf = ({ content }: Message): string => (content.kind === 'text' ? content.body.text : '');
	const send = (conversationId: ConversationId, text: string): Promise<unknown> =>
		show.window.client.command('message.send', {
			conversationId,
			content: { kind: 'text', body: { text, spans: [] } },
			replyTo: null,
		});
	const untilSaid = (conversationId: ConversationId, text: string): Promise<unknown> =>
		poll(async () => (await newest(conversationId)).some((one) => textOf(one) === text), { ...TALK, what: text });

	test('all accounts are online, and every room has its name and topic', async () => {
		expect(show.missing).toEqual([]);
		const { accounts } = await boot();
		expect(accounts.map((one) => one.connection.kind)).toEqual(['online', 'online', 'online']);
		for (const { script } of show.stages.flatMap((stage) => stage.rooms)) {
			const find = async (): Promise<Conversation | undefined> =>
				(await boot()).conversations.find((one) => one.topic === script.topic);
			const found = await poll(find, { ...TALK, what: script.topic });
			expect(found.name.replace('#', '')).toBe(script.title);
		}
	});

	test('contacts of every account that has some are shown as present', async () => {
		const present = async (): Promise<boolean> => {
			const { contacts } = await boot();
			const friends = contacts.filter((one) => one.subscription === 'both');
			return contacts.every((one) => one.availability === 'available') && contacts.length >= 10 && friends.length >= 5;
		};
		expect(await poll(present, { ...TALK, what: 'everybody to be present' })).toBe(true);
	});

	test.each(['harbour', 'kitchen', 'observatory'])('somebody answers in the room %s', async (key) => {
		const script = show.stages.flatMap((stage) => stage.rooms).find((one) => one.script.key === key)?.script;
		const room = (await boot()).conversations.find((one) => one.topic === script?.topic);
		if (room === undefined) throw new Error(`there is no room ${key}`);
		await show.window.client.command('conversation.open', { conversationId: room.id });
		await send(room.id, 'Hello, Yuki!');
		await untilSaid(room.id, castMember('yuki').hello);
		const own = (await newest(room.id)).find((one) => textOf(one) === 'Hello, Yuki!');
		expect(own?.send?.kind).toBe('sent');
	});

	test.each(['irc', 'xmpp', 'matrix'])('somebody answers in private on %s', async (key) => {
		const stage = show.stages.find((one) => one.key === key);
		const account = (await boot()).accounts.find((one) => one.protocol === key);
		const user = stage?.people.find(({ member }) => member.id === 'pell')?.peer.address;
		if (account === undefined || user === undefined) throw new Error(`nobody is on ${key}`);
		const { conversationId } = await show.window.client.command('conversation.direct', { accountId: account.id, user });
		await send(conversationId, 'Hello!');
		await untilSaid(conversationId, castMember('pell').hello);
		const said = (await newest(conversationId)).map(textOf).filter((text) => text !== '');
		expect(said).toEqual(['Hello!', castMember('pell').hello]);
	});
});
