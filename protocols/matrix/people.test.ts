import { describe, expect, test } from 'vitest';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import { create, scripted, text } from './testing/scripted.ts';

const place = scripted();

describe('people and rooms', () => {
	test('an invitation is told with who and why, and can be refused', async () => {
		const other = await place.session(place.bob).online();
		const client = await place.session(place.alice).online();
		const room = await create(other, 'Secret garden');
		await other.adapter.perform({
			type: 'invite',
			conversation: remoteConversationId(room),
			user: place.alice.userId,
			reason: 'come in',
		});
		const { conversation } = await client.context.event(
			'conversation-upsert',
			(event) => event.conversation.membership === 'invited',
		);
		expect(conversation).toMatchObject({
			remoteId: room,
			name: 'Secret garden',
			invite: { from: `bob (${place.bob.userId})`, reason: 'come in' },
		});
		await client.adapter.perform({ type: 'answer-invite', conversation: conversation.remoteId, accept: false });
		await client.context.event('conversation-removed', (event) => event.conversation === room);
	});

	test('presence is unknown, not offline, where the server has none', async () => {
		place.server.fault(
			'GET',
			/\/presence\/.*\/status$/,
			{ kind: 'answer', status: 200, body: { presence: 'offline' } },
			99,
		);
		const client = await place.session(place.alice).online();
		await client.context.event(
			'account-capabilities',
			(event) => event.capabilities.contactPresence.level === 'rejected',
		);
		await place.server.patchSync(place.alice.userId, (answer) => ({
			...answer,
			presence: { events: [{ type: 'm.presence', sender: place.bob.userId, content: { presence: 'offline' } }] },
		}));
		expect(
			await client.context.event(
				'presence',
				(event) => event.user === place.bob.userId && event.availability !== 'available',
			),
		).toMatchObject({ availability: 'unknown' });
	});

	test('blocked people disappear and are listed as blocked', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform({ type: 'block', user: remoteUserId(place.bob.userId) });
		await client.context.event('contacts-snapshot', (event) =>
			event.contacts.some((contact) => contact.remoteId === place.bob.userId && contact.blocked),
		);
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.bob.userId,
			content: { msgtype: 'm.text', body: 'spam' },
		});
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.alice.userId,
			content: { msgtype: 'm.text', body: 'fine' },
		});
		await text(client, room, 'fine');
		expect(client.context.of('message').some((event) => plainBody(event.message.content) === 'spam')).toBe(false);
	});

	test('own messages and read positions of other devices arrive', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const id = place.server.inject(room, {
			type: 'm.room.message',
			sender: place.alice.userId,
			content: { msgtype: 'm.text', body: 'from my phone' },
		});
		await text(client, room, 'from my phone');
		expect(
			client.context.of('message').find((event) => plainBody(event.message.content) === 'from my phone')?.message,
		).toMatchObject({ own: true, txnId: null });
		await place.server.patchSync(place.alice.userId, (answer) => ({
			...answer,
			rooms: { join: { [room]: { account_data: { events: [{ type: 'm.fully_read', content: { event_id: id } }] } } } },
		}));
		expect((await client.context.event('read-marker')).upTo).toEqual([{ kind: 'server', value: id }]);
	});

	test('a ban is told as one, with its reason', async () => {
		const other = await place.session(place.bob).online();
		const client = await place.session(place.alice).online();
		const room = await create(other);
		await client.adapter.perform({ type: 'join', name: room, password: null });
		await client.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === room && event.conversation.membership === 'joined',
		);
		await other.adapter.perform({
			type: 'ban',
			conversation: remoteConversationId(room),
			user: place.alice.userId,
			reason: 'rude',
		});
		const { conversation } = await client.context.event(
			'conversation-upsert',
			(event) => event.conversation.membership === 'banned',
		);
		expect(conversation.error).toMatchObject({ code: 'banned', detail: 'rude' });
		expect(await client.adapter.perform({ type: 'join', name: room, password: null })).toMatchObject({
			kind: 'rejected',
			error: { code: 'banned' },
		});
	});
});
