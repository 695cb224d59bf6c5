/** Where rooms stand and where they go: spaces and upgrades, over a scripted homeserver. */
import { describe, expect, test } from 'vitest';
import { remoteConversationId } from '../model/ids.ts';
import { roomOfText, viaOf } from './room-actions.ts';
import { create, scripted, send } from './testing/scripted.ts';
import type { TestSession } from './testing/session-of.ts';

const place = scripted();
const state = (room: string, type: string, stateKey: string, content: Record<string, unknown>): void => {
	place.server.inject(room, { type, sender: place.alice.userId, state_key: stateKey, content });
};
const via = { via: ['mini.test'] };
const upserts = (client: TestSession, room: string) =>
	client.context.of('conversation-upsert').filter((event) => event.conversation.remoteId === room);
const stands = (client: TestSession, room: string, parent: string | null): Promise<unknown> =>
	client.context.waitFor(`${room} under ${parent}`, () => upserts(client, room).at(-1)?.conversation.parent === parent);

describe('spaces', () => {
	test('a room stands in the space that names it, until it is taken out; the space is told first', async () => {
		const space = place.server.createRoom(place.alice.userId, { creation_content: { type: 'm.space' }, name: 'Space' });
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.context.event('conversation-upsert', (event) => event.conversation.remoteId === room);
		state(space, 'm.space.child', room, via);
		await stands(client, room, space);
		expect(upserts(client, space).at(-1)?.conversation).toMatchObject({ kind: 'space', parent: null });
		await client.stop();

		const again = await place.session(place.alice, client).online();
		await stands(again, room, space);
		const order = again.context.of('conversation-upsert').map((event) => event.conversation.remoteId);
		expect(order.indexOf(remoteConversationId(space))).toBeLessThan(order.indexOf(remoteConversationId(room)));
		state(space, 'm.space.child', room, {});
		await stands(again, room, null);
	});

	test('a room cannot put itself into a space whose rooms it may not choose', async () => {
		const space = place.server.createRoom(place.alice.userId, { creation_content: { type: 'm.space' } });
		const client = await place.session(place.alice).online();
		const room = place.server.createRoom(place.alice.userId, { visibility: 'public' });
		const claim = { type: 'm.space.parent', state_key: space, content: via };
		place.server.inject(room, { ...claim, sender: place.bob.userId });
		state(room, 'm.room.topic', '', { topic: 'claimed' });
		await client.context.waitFor('the topic', () => upserts(client, room).at(-1)?.conversation.topic === 'claimed');
		expect(upserts(client, room).at(-1)?.conversation.parent).toBeNull();
		place.server.inject(room, { ...claim, sender: place.alice.userId });
		await stands(client, room, space);
	});
});

describe('upgrades', () => {
	const upgrade = (old: string, over: Record<string, unknown> = {}): string => {
		const fresh = place.server.createRoom(place.bob.userId, {
			visibility: 'public',
			name: 'New place',
			creation_content: { predecessor: { room_id: old }, ...over },
		});
		state(old, 'm.room.tombstone', '', { body: 'moved', replacement_room: fresh });
		return fresh;
	};
	const offered = (client: TestSession, room: string) =>
		client.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === room && event.conversation.membership === 'invited',
		);

	test('the new room is offered, entered with a server that knows it, and takes the place of the old one', async () => {
		const client = await place.session(place.alice).online();
		const old = await create(client, 'Old place');
		await client.context.event('conversation-upsert', (event) => event.conversation.name === 'Old place');
		const fresh = upgrade(old);
		expect((await offered(client, fresh)).conversation).toMatchObject({
			name: 'Old place',
			invite: { reason: 'moved' },
		});
		expect(client.adapter.capabilities(remoteConversationId(old)).text.send).toEqual({
			level: 'rejected',
			reason: 'room',
		});
		expect(client.context.of('conversation-renamed')).toEqual([]);
		const conversation = remoteConversationId(fresh);
		expect(await client.adapter.perform({ type: 'answer-invite', conversation, accept: true })).toMatchObject({
			kind: 'accepted',
			conversation,
		});
		const join = place.server.requests.find(({ path }) => path.endsWith(`/join/${encodeURIComponent(fresh)}`));
		expect(join?.query.getAll('via')).toEqual(['mini.test']);
		expect(await client.context.event('conversation-renamed')).toMatchObject({
			from: old,
			to: fresh,
			name: 'New place',
		});
		await client.stop();

		const again = await place.session(place.alice, client).online();
		expect(await again.adapter.perform(send(fresh, 'here'))).toMatchObject({ kind: 'accepted' });
		expect(upserts(again, old)).toEqual([]);
		expect(again.context.of('conversation-renamed')).toEqual([]);
	});

	test('an offer that is not taken goes away', async () => {
		const client = await place.session(place.alice).online();
		const fresh = remoteConversationId(upgrade(await create(client)));
		await offered(client, fresh);
		await client.adapter.perform({ type: 'answer-invite', conversation: fresh, accept: false });
		await client.context.event('conversation-removed', (event) => event.conversation === fresh);
		expect(place.server.requests.filter(({ path }) => path.endsWith('/leave'))).toEqual([]);
	});

	test('a room that only claims to continue another one does not take its place', async () => {
		const client = await place.session(place.alice).online();
		const mine = await create(client, 'Mine');
		await client.context.event('conversation-upsert', (event) => event.conversation.name === 'Mine');
		const claims = place.server.createRoom(place.bob.userId, {
			visibility: 'public',
			creation_content: { predecessor: { room_id: mine } },
		});
		await client.adapter.perform({ type: 'join', name: claims, password: null });
		const other = upgrade(mine, { predecessor: { room_id: '!elsewhere:mini.test' } });
		await client.adapter.perform({ type: 'join', name: other, password: null });
		await client.adapter.perform(send(other, 'level'));
		await client.context.waitFor(
			'the message',
			() => client.context.messagesOf(remoteConversationId(other)).length > 0,
		);
		expect(client.context.of('conversation-renamed')).toEqual([]);
	});
});

test.each([
	[
		'https://matrix.to/#/!room:hs?via=one.example&via=two.example:8448',
		'!room:hs',
		['one.example', 'two.example:8448'],
	],
	['matrix:roomid/room:hs?action=join&via=one.example', '!room:hs', ['one.example']],
	['https://matrix.to/#/%21room%3Ahs?via=a%2Fb&via=c%20d', '!room:hs', []],
	['#room:hs', '#room:hs', []],
])('the way to %s', (text, room, servers) => {
	expect(roomOfText(text, '@me:hs')).toBe(room);
	expect(viaOf(text)).toEqual(servers);
});
