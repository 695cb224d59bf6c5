import { describe, expect, test } from 'vitest';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteId } from '../model/ids.ts';
import type { MiniHomeserver } from './testing/mini-homeserver.ts';
import { create, scripted, send, text } from './testing/scripted.ts';

const place = scripted();

describe('sync', () => {
	test('a restart resumes from the saved token, without a full sync, and tells rooms again as replay', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'one'));
		await text(client, room, 'one');
		await client.stop();
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.alice.userId,
			content: { msgtype: 'm.text', body: 'meanwhile' },
		});
		const before = place.server.requests.length;
		const again = await place.session(place.alice, client).online();
		await text(again, room, 'meanwhile');
		expect(again.context.of('message').map((event) => plainBody(event.message.content))).toEqual(['meanwhile']);
		expect(
			again.context.batches.find((batch) => batch.origin === 'replay')?.events.map((event) => event.type),
		).toContain('conversation-upsert');
		expect(
			place.server.requests
				.slice(before)
				.find(({ path }) => path.endsWith('/sync'))
				?.query.get('since'),
		).toMatch(/^s\d+$/);
		expect(again.adapter.capabilities(remoteConversationId(room)).text.send.level).toBe('full');
	});

	test('nothing is saved before the engine has committed', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'kept'));
		await text(client, room, 'kept');
		client.context.failCommits = true;
		const before = place.server.position;
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.alice.userId,
			content: { msgtype: 'm.text', body: 'not committed' },
		});
		expect(await client.ended).toMatchObject({ kind: 'failed', error: { code: 'storage-failed' } });
		const saved: unknown = JSON.parse(new TextDecoder().decode(client.remains.kv.get('sync/token')));
		expect(Number(String(saved).slice(1))).toBeLessThanOrEqual(before);
		const again = await place.session(place.alice, client).online();
		await text(again, room, 'not committed');
	});

	test('a limited timeline leaves a gap with the token to fill it', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'old'));
		await text(client, room, 'old');
		await client.stop();
		for (let index = 0; index < 50; index++)
			place.server.inject(room, {
				type: 'm.room.message',
				sender: place.alice.userId,
				content: { msgtype: 'm.text', body: `missed ${index}` },
			});
		const again = await place.session(place.alice, client).online();
		const gap = await again.context.event('gap');
		expect(gap).toMatchObject({ conversation: room, fillable: true });
		const page = await again.adapter.history.page(
			{ conversation: remoteConversationId(room), direction: 'backward', token: gap.token, anchor: null, limit: 100 },
			AbortSignal.timeout(5000),
		);
		const texts = page.events.flatMap((event) =>
			event.type === 'message' && event.message.content.kind === 'text' ? [plainBody(event.message.content)] : [],
		);
		expect(texts).toEqual(['old', ...Array.from({ length: 30 }, (_, index) => `missed ${index}`)]);
		expect(page.reachedEnd).toBe(true);
	});

	test('history starts at a known message too', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const ids = ['a', 'b', 'c'].map((body) =>
			place.server.inject(room, {
				type: 'm.room.message',
				sender: place.alice.userId,
				content: { msgtype: 'm.text', body },
			}),
		);
		const page = await client.adapter.history.page(
			{
				conversation: remoteConversationId(room),
				direction: 'backward',
				token: null,
				anchor: { ids: [remoteId('server', ids[2] ?? '')], time: 0 },
				limit: 2,
			},
			AbortSignal.timeout(5000),
		);
		expect(page.events.map((event) => event.type === 'message' && plainBody(event.message.content))).toEqual([
			'a',
			'b',
		]);
	});

	const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
	test.each<[string, (room: string) => unknown]>([
		['rooms of the wrong type', () => ({ rooms: 7, presence: 'x', account_data: [], to_device: null })],
		[
			'events that are no objects',
			(room) => ({
				rooms: {
					join: { [room]: { timeline: { events: [1, null, 'x', [], { type: 5 }, {}] }, state: { events: {} } } },
				},
			}),
		],
		[
			'deep nesting',
			(room) => ({
				rooms: {
					join: {
						[room]: {
							state: {
								events: [{ type: 'm.room.topic', state_key: '', sender: '@a:b', event_id: '$d', content: deep(1500) }],
							},
							timeline: { events: [{ type: 'm.room.message', sender: '@a:b', event_id: '$d2', content: deep(1500) }] },
						},
					},
				},
			}),
		],
		[
			'negative and absurd numbers',
			(room) => ({
				rooms: {
					join: {
						[room]: {
							summary: { 'm.joined_member_count': -5, 'm.heroes': [{}, 5] },
							timeline: {
								events: [
									{
										type: 'm.room.message',
										sender: '@a:b',
										event_id: '$n',
										origin_server_ts: -9e300,
										content: { msgtype: 'm.text', body: 'n' },
									},
								],
								limited: 'yes',
								prev_batch: 9,
							},
						},
					},
				},
			}),
		],
		[
			'prototype keys everywhere',
			() =>
				JSON.parse(
					'{"rooms":{"join":{"__proto__":{"timeline":{"events":[]}},"!constructor":{"state":{"events":[{"type":"__proto__","state_key":"__proto__","sender":"@a:b","event_id":"$p","content":{"__proto__":{"polluted":1}}},{"type":"m.room.member","state_key":"constructor","sender":"@a:b","event_id":"$q","content":{"membership":"join","displayname":"__proto__"}}]},"timeline":{"events":[{"type":"m.reaction","sender":"@a:b","event_id":"$r","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"__proto__"}}}]}}}},"account_data":{"events":[{"type":"m.direct","content":{"__proto__":["!x:y"],"constructor":["!x:y"]}}]}}',
				),
		],
		[
			'state with wrong content',
			(room) => ({
				rooms: {
					join: {
						[room]: {
							state: {
								events: [
									'm.room.member',
									'm.room.name',
									'm.room.topic',
									'm.room.power_levels',
									'm.room.create',
									'm.room.canonical_alias',
									'm.room.join_rules',
									'm.room.tombstone',
									'm.space.child',
									'm.room.avatar',
									'm.beacon_info',
								].map((type, index) => ({
									type,
									state_key: type === 'm.room.member' ? '@evil:b' : '',
									sender: '@a:b',
									event_id: `$s${index}`,
									content: {
										membership: 5,
										name: {},
										topic: [],
										users: 'x',
										creator: 7,
										alias: {},
										join_rule: null,
										displayname: { toString: 1 },
										url: 5,
									},
								})),
							},
						},
					},
				},
			}),
		],
		[
			'reference cycles',
			(room) => ({
				rooms: {
					join: {
						[room]: {
							timeline: {
								events: [
									{
										type: 'm.room.message',
										sender: '@a:b',
										event_id: '$c1',
										content: {
											msgtype: 'm.text',
											body: 'c1',
											'm.relates_to': { 'm.in_reply_to': { event_id: '$c1' }, rel_type: 'm.replace', event_id: '$c1' },
										},
									},
									{ type: 'm.room.redaction', sender: '@a:b', event_id: '$c2', redacts: '$c2', content: {} },
									{
										type: 'm.room.tombstone',
										state_key: '',
										sender: '@a:b',
										event_id: '$c3',
										content: { replacement_room: room },
									},
								],
							},
						},
					},
				},
			}),
		],
		[
			'hostile receipts and typing',
			(room) => ({
				rooms: {
					join: {
						[room]: {
							ephemeral: {
								events: [
									{ type: 'm.typing', content: { user_ids: [5, '__proto__', '@x:y'] } },
									{ type: 'm.receipt', content: { $a: { 'm.read': { '@x:y': 'now', __proto__: {} } }, b: 7 } },
								],
							},
						},
					},
				},
			}),
		],
	])('survives %s', async (_name, body) => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'before'));
		await place.server.patchSync(place.alice.userId, (answer) => ({
			...(body(room) as object),
			next_batch: answer['next_batch'],
		}));
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.bob.userId,
			content: { msgtype: 'm.text', body: 'still here' },
		});
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.bob.userId,
			content: { msgtype: 'm.text', body: 'and here' },
		});
		await text(client, room, 'and here');
		expect(({} as { polluted?: number }).polluted).toBeUndefined();
		expect(await client.adapter.perform(send(room, 'after'))).toMatchObject({ kind: 'accepted' });
	});

	test.each<[string, Parameters<MiniHomeserver['fault']>[2]]>([
		['the connection breaks before the answer', { kind: 'close', after: 'nothing' }],
		['the connection breaks inside the answer', { kind: 'close', after: 'half' }],
		['the answer is no JSON', { kind: 'raw', status: 200, text: '<html>gateway</html>' }],
		['the answer is no sync answer', { kind: 'answer', status: 200, body: [] }],
		['the server is broken', { kind: 'answer', status: 502, body: 'bad gateway' }],
	])('recovers when %s', async (_name, fault) => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.fault('GET', /\/sync$/, fault);
		const degraded = await client.context.event('connection', (event) => event.state.kind === 'degraded');
		expect(degraded).toMatchObject({ state: { error: { retry: expect.stringMatching(/now|later/) as unknown } } });
		expect(await client.adapter.perform(send(room, 'offline'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'connection-lost' },
		});
		const seen = client.context.events.length;
		client.adapter.signal('wake');
		await client.context.waitFor('online again', () =>
			client.context.events.slice(seen).some((event) => event.type === 'connection' && event.state.kind === 'online'),
		);
		expect(await client.adapter.perform(send(room, 'back'))).toMatchObject({ kind: 'accepted' });
	});
});
