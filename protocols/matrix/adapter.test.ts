import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AdapterAction } from '../adapter/actions.ts';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { MiniHomeserver } from './testing/mini-homeserver.ts';
import { type Credentials, TestSession } from './testing/session-of.ts';

let server: MiniHomeserver;
let alice: Credentials;
let bob: Credentials;
const sessions: TestSession[] = [];

beforeEach(async () => {
	server = await new MiniHomeserver().start();
	alice = server.addUser('alice', 'pw');
	bob = server.addUser('bob', 'pw');
});

afterEach(async () => {
	await Promise.all(sessions.splice(0).map((session) => session.stop()));
	await server.stop();
});

const session = (user: Credentials, from?: TestSession): TestSession => {
	const made = new TestSession(server.url, user, from?.remains);
	sessions.push(made);
	return made;
};

const send = (room: string, text: string, txn = `t-${text}`): AdapterAction => ({
	type: 'send',
	txnId: txnId(txn),
	conversation: remoteConversationId(room),
	content: { kind: 'text', body: plain(text) },
	replyTo: null,
	threadRoot: null,
});

const create = async (client: TestSession, name = 'Room'): Promise<string> => {
	const outcome = await client.adapter.perform({ type: 'create-room', name, topic: null, isPublic: true, invite: [] });
	if (outcome.kind !== 'accepted' || outcome.conversation === undefined) throw new Error(JSON.stringify(outcome));
	return outcome.conversation;
};

const text = (client: TestSession, room: string, wanted: string): Promise<unknown> =>
	client.context.waitFor(wanted, () =>
		client.context.messagesOf(remoteConversationId(room)).find((message) => plainBody(message.content) === wanted),
	);

const wireSends = (room: string): readonly { readonly path: string; readonly body: unknown }[] =>
	server.requests.filter(
		({ method, path }) => method === 'PUT' && path.includes(`/rooms/${encodeURIComponent(room)}/send/`),
	);

describe('sending', () => {
	test('the same transaction id gives the same event, once', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		const first = await client.adapter.perform(send(room, 'once', 'txn-1'));
		const again = await client.adapter.perform(send(room, 'once', 'txn-1'));
		expect(again).toEqual(first);
		expect(server.rooms.get(room)?.events.filter((event) => event.content['body'] === 'once')).toHaveLength(1);
	});

	test('an answer that gets lost is uncertain, and the repeat doubles nothing', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		server.fault('PUT', /\/send\//, { kind: 'swallow' });
		const lost = await client.adapter.perform(send(room, 'lost', 'txn-2'));
		expect(lost).toMatchObject({ kind: 'uncertain', error: { code: 'connection-lost' } });
		expect(await client.adapter.outcomeOf(send(room, 'lost', 'txn-2'), client.context.clock.now())).toBe('resend-safe');
		expect(await client.adapter.perform(send(room, 'lost', 'txn-2'))).toMatchObject({ kind: 'accepted' });
		expect(server.rooms.get(room)?.events.filter((event) => event.content['body'] === 'lost')).toHaveLength(1);
	});

	test('a short rate limit is waited out, a long one is handed back with its time', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status: 429,
			body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 20 },
		});
		expect(await client.adapter.perform(send(room, 'soon'))).toMatchObject({ kind: 'accepted' });
		server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status: 429,
			body: { errcode: 'M_LIMIT_EXCEEDED' },
			headers: { 'Retry-After': '90' },
		});
		expect(await client.adapter.perform(send(room, 'later'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'rate-limited', retry: 'after', retryAfterMs: 90_000 },
		});
		server.fault('PUT', /\/state\//, {
			kind: 'answer',
			status: 429,
			body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 10 },
		});
		expect(
			await client.adapter.perform({ type: 'set-topic', conversation: remoteConversationId(room), topic: 'x' }),
		).toMatchObject({ kind: 'accepted' });
	});

	test.each([
		[403, { errcode: 'M_FORBIDDEN', error: 'no' }, 'not-allowed', 'rejected'],
		[413, { errcode: 'M_TOO_LARGE' }, 'message-too-long', 'rejected'],
		[500, { errcode: 'M_UNKNOWN' }, 'server-error', 'uncertain'],
		[302, {}, 'protocol-violation', 'rejected'],
	])('HTTP %i is typed', async (status, body, code, kind) => {
		const client = await session(alice).online();
		const room = await create(client);
		server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status,
			body,
			headers: { Location: 'https://example.org/steal' },
		});
		expect(await client.adapter.perform(send(room, 'x'))).toMatchObject({ kind, error: { code } });
	});

	test('too long a message is refused before it is sent', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'first'));
		expect(await client.adapter.perform(send(room, 'x'.repeat(70_000), 'long'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'message-too-long' },
		});
		expect(wireSends(room)).toHaveLength(1);
	});

	test('edits, replies, reactions and removals have the shape of the specification', async () => {
		const client = await session(alice).online();
		const room = remoteConversationId(await create(client));
		const sent = await client.adapter.perform(send(room, 'one'));
		if (sent.kind !== 'accepted') throw new Error('not sent');
		const target = { ids: sent.ids, sender: remoteUserId(alice.userId), senderName: 'alice', text: 'one', time: 0 };
		const id = sent.ids[0]?.value;
		await client.adapter.perform({
			type: 'edit',
			txnId: txnId('e'),
			conversation: room,
			target,
			content: { kind: 'text', body: plain('two') },
		});
		await client.adapter.perform({
			type: 'send',
			txnId: txnId('r'),
			conversation: room,
			content: { kind: 'text', body: plain('re') },
			replyTo: target,
			threadRoot: null,
		});
		const reacted = await client.adapter.perform({
			type: 'react',
			txnId: txnId('k'),
			conversation: room,
			target,
			keys: ['👍'],
			added: '👍',
			removed: null,
		});
		const bodies = wireSends(room).map(({ body }) => body);
		expect(bodies[1]).toMatchObject({
			body: '* two',
			'm.new_content': { body: 'two', msgtype: 'm.text' },
			'm.relates_to': { rel_type: 'm.replace', event_id: id },
		});
		expect(bodies[2]).toMatchObject({
			body: 're',
			'm.relates_to': { 'm.in_reply_to': { event_id: id } },
			'm.mentions': { user_ids: [alice.userId] },
		});
		expect(bodies[3]).toEqual({ 'm.relates_to': { rel_type: 'm.annotation', event_id: id, key: '👍' } });
		if (reacted.kind !== 'accepted') throw new Error('no reaction');
		await client.adapter.perform({
			type: 'react',
			txnId: txnId('k2'),
			conversation: room,
			target,
			keys: [],
			added: null,
			removed: { key: '👍', ids: reacted.ids },
		});
		await client.adapter.perform({ type: 'remove', txnId: txnId('d'), conversation: room, target, reason: 'oops' });
		expect(server.requests.filter(({ path }) => path.includes('/redact/')).map(({ body }) => body)).toEqual([
			{},
			{ reason: 'oops' },
		]);
		await client.context.event('message-removed', (event) => event.reason === 'oops');
		expect(client.context.of('message-edited')[0]).toMatchObject({
			own: true,
			txnId: 'e',
			content: { kind: 'text', body: { text: 'two' } },
		});
		expect(client.context.of('reaction')[0]).toMatchObject({ op: 'add', keys: ['👍'], own: true });
	});
});

describe('encrypted rooms', () => {
	const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

	test('nothing readable is ever sent, at once, after switching on, and after a restart', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		expect(await client.adapter.perform(send(room, 'before'))).toMatchObject({ kind: 'accepted' });
		server.inject(room, { ...encryption, sender: alice.userId });
		await client.context.waitFor(
			'capabilities',
			() => client.adapter.capabilities(remoteConversationId(room)).encryption === 'required',
		);
		expect(client.adapter.capabilities(remoteConversationId(room)).text.send).toEqual({
			level: 'rejected',
			reason: 'encrypted',
		});
		expect(await client.adapter.perform(send(room, 'after'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'encryption-unavailable' },
		});
		await client.stop();
		// The server now pretends that the room was never encrypted, to a client whose saved sync is gone.
		server.rooms.get(room)?.state.delete('m.room.encryption|');
		const events = server.rooms.get(room)?.events;
		events?.splice(
			events.findIndex((event) => event.type === 'm.room.encryption'),
			1,
		);
		for (const key of client.remains.kv.keys()) if (key.startsWith('sync/')) client.remains.kv.delete(key);
		const again = await session(alice, client).online();
		expect(await again.adapter.perform(send(room, 'again'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'encryption-unavailable' },
		});
		expect(wireSends(room).map(({ body }) => (body as { body?: string }).body)).toEqual(['before']);
	});

	test('a send right after joining waits for the state of the room', async () => {
		const other = await session(bob).online();
		const room = await create(other);
		server.inject(room, { ...encryption, sender: bob.userId });
		const client = await session(alice).online();
		// The join is answered before sync tells anything about the room.
		const joined = client.adapter.perform({ type: 'join', name: room, password: null });
		const outcome = await joined.then(() => client.adapter.perform(send(room, 'too early')));
		expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'encryption-unavailable' } });
		expect(wireSends(room)).toHaveLength(0);
	});

	test("messages are shown as undecryptable, without the network's words", async () => {
		const client = await session(alice).online();
		const room = await create(client);
		server.inject(room, {
			type: 'm.room.encrypted',
			sender: bob.userId,
			content: { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'xyz', body: 'fake' },
		});
		const { message } = await client.context.event('message', (event) => event.message.encrypted);
		expect(message.content).toEqual({ kind: 'undecryptable', reason: null });
		// Ciphertext alone proves encryption too.
		expect(await client.adapter.perform(send(room, 'x'))).toMatchObject({ error: { code: 'encryption-unavailable' } });
	});
});

describe('sync', () => {
	test('a restart resumes from the saved token, without a full sync, and tells rooms again as replay', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'one'));
		await text(client, room, 'one');
		await client.stop();
		server.inject(room, {
			type: 'm.room.message',
			sender: alice.userId,
			content: { msgtype: 'm.text', body: 'meanwhile' },
		});
		const before = server.requests.length;
		const again = await session(alice, client).online();
		await text(again, room, 'meanwhile');
		expect(again.context.of('message').map((event) => plainBody(event.message.content))).toEqual(['meanwhile']);
		expect(
			again.context.batches.find((batch) => batch.origin === 'replay')?.events.map((event) => event.type),
		).toContain('conversation-upsert');
		expect(
			server.requests
				.slice(before)
				.find(({ path }) => path.endsWith('/sync'))
				?.query.get('since'),
		).toMatch(/^s\d+$/);
		expect(again.adapter.capabilities(remoteConversationId(room)).text.send.level).toBe('full');
	});

	test('nothing is saved before the engine has committed', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'kept'));
		await text(client, room, 'kept');
		client.context.failCommits = true;
		const before = server.position;
		server.inject(room, {
			type: 'm.room.message',
			sender: alice.userId,
			content: { msgtype: 'm.text', body: 'not committed' },
		});
		expect(await client.ended).toMatchObject({ kind: 'failed', error: { code: 'storage-failed' } });
		const saved: unknown = JSON.parse(new TextDecoder().decode(client.remains.kv.get('sync/token')));
		expect(Number(String(saved).slice(1))).toBeLessThanOrEqual(before);
		const again = await session(alice, client).online();
		await text(again, room, 'not committed');
	});

	test('a limited timeline leaves a gap with the token to fill it', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'old'));
		await text(client, room, 'old');
		await client.stop();
		for (let index = 0; index < 50; index++)
			server.inject(room, {
				type: 'm.room.message',
				sender: alice.userId,
				content: { msgtype: 'm.text', body: `missed ${index}` },
			});
		const again = await session(alice, client).online();
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
		const client = await session(alice).online();
		const room = await create(client);
		const ids = ['a', 'b', 'c'].map((body) =>
			server.inject(room, { type: 'm.room.message', sender: alice.userId, content: { msgtype: 'm.text', body } }),
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
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'before'));
		await server.patchSync(alice.userId, (answer) => ({ ...(body(room) as object), next_batch: answer['next_batch'] }));
		server.inject(room, {
			type: 'm.room.message',
			sender: bob.userId,
			content: { msgtype: 'm.text', body: 'still here' },
		});
		server.inject(room, {
			type: 'm.room.message',
			sender: bob.userId,
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
		const client = await session(alice).online();
		const room = await create(client);
		server.fault('GET', /\/sync$/, fault);
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

describe('the end of a session', () => {
	test.each([
		['soft', true],
		['hard', false],
	])('%s logout asks for the password and goes on', async (_name, soft) => {
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'one'));
		await text(client, room, 'one');
		server.fault('GET', /\/sync$/, {
			kind: 'answer',
			status: 401,
			body: { errcode: 'M_UNKNOWN_TOKEN', error: 'expired', soft_logout: soft },
		});
		const wrong = await client.context.event('decision-needed');
		expect(wrong.question).toMatchObject({ kind: 'login', error: { code: 'session-expired' } });
		await client.adapter.perform({
			type: 'answer-decision',
			decision: wrong.id,
			answer: { kind: 'login', secret: 'not it' },
		});
		const right = await client.context.event('decision-needed', (event) => event.id !== wrong.id);
		expect(right.question).toMatchObject({ error: { code: 'auth-failed' } });
		await client.adapter.perform({
			type: 'answer-decision',
			decision: right.id,
			answer: { kind: 'login', secret: 'pw' },
		});
		expect(await client.ended).toEqual({ kind: 'restart' });
		const again = server.requests.findLast(({ path }) => path.endsWith('/login'));
		expect((again?.body as { device_id?: string }).device_id).toBe(soft ? alice.deviceId : undefined);
		client.context.events.length = 0;
		await client.online();
		expect(client.remains.settings['deviceId'] === alice.deviceId).toBe(soft);
		server.inject(room, { type: 'm.room.message', sender: bob.userId, content: { msgtype: 'm.text', body: 'after' } });
		await text(client, room, 'after');
	});

	test('a refused token at the start asks too, and stopping answers nothing', async () => {
		server.revoke(alice.token);
		const client = session(alice).run();
		await client.context.event('decision-needed', (event) => event.question.kind === 'login');
		await client.adapter.stop('user');
		expect(await client.ended).toEqual({ kind: 'stopped' });
		expect(client.context.of('decision-withdrawn')).toHaveLength(1);
	});

	test('a token of somebody else is refused', async () => {
		const client = session({ ...alice, token: bob.token }).run();
		expect(await client.ended).toMatchObject({ kind: 'failed', error: { code: 'auth-failed', retry: 'never' } });
	});

	test('an expired token is swapped once where the server forces expiry', async () => {
		const client = session(alice);
		client.remains.secrets.set('refresh-token', 'refresh-secret');
		await client.online();
		const fresh = server.addUser('alice', 'pw');
		server.fault('POST', /\/refresh$/, {
			kind: 'answer',
			status: 200,
			body: { access_token: fresh.token, refresh_token: 'refresh-2' },
		});
		server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status: 401,
			body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: true },
		});
		const room = await create(client);
		expect(await client.adapter.perform(send(room, 'x'))).toMatchObject({ kind: 'accepted' });
		expect(client.remains.secrets.get('token')).toBe(fresh.token);
		expect(client.remains.secrets.get('refresh-token')).toBe('refresh-2');
		expect(client.context.logLines.some((line) => /secret/.test(line.text))).toBe(false);
	});
});

describe('people and rooms', () => {
	test('an invitation is told with who and why, and can be refused', async () => {
		const other = await session(bob).online();
		const client = await session(alice).online();
		const room = await create(other, 'Secret garden');
		await other.adapter.perform({
			type: 'invite',
			conversation: remoteConversationId(room),
			user: alice.userId,
			reason: 'come in',
		});
		const { conversation } = await client.context.event(
			'conversation-upsert',
			(event) => event.conversation.membership === 'invited',
		);
		expect(conversation).toMatchObject({
			remoteId: room,
			name: 'Secret garden',
			invite: { from: `bob (${bob.userId})`, reason: 'come in' },
		});
		await client.adapter.perform({ type: 'answer-invite', conversation: conversation.remoteId, accept: false });
		await client.context.event('conversation-removed', (event) => event.conversation === room);
	});

	test('presence is unknown, not offline, where the server has none', async () => {
		server.fault('GET', /\/presence\/.*\/status$/, { kind: 'answer', status: 200, body: { presence: 'offline' } }, 99);
		const client = await session(alice).online();
		await client.context.event(
			'account-capabilities',
			(event) => event.capabilities.contactPresence.level === 'rejected',
		);
		await server.patchSync(alice.userId, (answer) => ({
			...answer,
			presence: { events: [{ type: 'm.presence', sender: bob.userId, content: { presence: 'offline' } }] },
		}));
		expect(
			await client.context.event(
				'presence',
				(event) => event.user === bob.userId && event.availability !== 'available',
			),
		).toMatchObject({ availability: 'unknown' });
	});

	test('blocked people disappear and are listed as blocked', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		await client.adapter.perform({ type: 'block', user: remoteUserId(bob.userId) });
		await client.context.event('contacts-snapshot', (event) =>
			event.contacts.some((contact) => contact.remoteId === bob.userId && contact.blocked),
		);
		server.inject(room, { type: 'm.room.message', sender: bob.userId, content: { msgtype: 'm.text', body: 'spam' } });
		server.inject(room, { type: 'm.room.message', sender: alice.userId, content: { msgtype: 'm.text', body: 'fine' } });
		await text(client, room, 'fine');
		expect(client.context.of('message').some((event) => plainBody(event.message.content) === 'spam')).toBe(false);
	});

	test('own messages and read positions of other devices arrive', async () => {
		const client = await session(alice).online();
		const room = await create(client);
		const id = server.inject(room, {
			type: 'm.room.message',
			sender: alice.userId,
			content: { msgtype: 'm.text', body: 'from my phone' },
		});
		await text(client, room, 'from my phone');
		expect(
			client.context.of('message').find((event) => plainBody(event.message.content) === 'from my phone')?.message,
		).toMatchObject({ own: true, txnId: null });
		await server.patchSync(alice.userId, (answer) => ({
			...answer,
			rooms: { join: { [room]: { account_data: { events: [{ type: 'm.fully_read', content: { event_id: id } }] } } } },
		}));
		expect((await client.context.event('read-marker')).upTo).toEqual([{ kind: 'server', value: id }]);
	});

	test('a ban is told as one, with its reason', async () => {
		const other = await session(bob).online();
		const client = await session(alice).online();
		const room = await create(other);
		await client.adapter.perform({ type: 'join', name: room, password: null });
		await client.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === room && event.conversation.membership === 'joined',
		);
		await other.adapter.perform({
			type: 'ban',
			conversation: remoteConversationId(room),
			user: alice.userId,
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
