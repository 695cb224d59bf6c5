import { describe, expect, test } from 'vitest';
import { remoteConversationId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { create, scripted, send, wireSends } from './testing/scripted.ts';

const place = scripted();

describe('sending', () => {
	test('the same transaction id gives the same event, once', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const first = await client.adapter.perform(send(room, 'once', 'txn-1'));
		const again = await client.adapter.perform(send(room, 'once', 'txn-1'));
		expect(again).toEqual(first);
		expect(place.server.rooms.get(room)?.events.filter((event) => event.content['body'] === 'once')).toHaveLength(1);
	});

	test('an answer that gets lost is uncertain, and the repeat doubles nothing', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.fault('PUT', /\/send\//, { kind: 'swallow' });
		const lost = await client.adapter.perform(send(room, 'lost', 'txn-2'));
		expect(lost).toMatchObject({ kind: 'uncertain', error: { code: 'connection-lost' } });
		expect(await client.adapter.outcomeOf(send(room, 'lost', 'txn-2'), client.context.clock.now())).toBe('resend-safe');
		expect(await client.adapter.perform(send(room, 'lost', 'txn-2'))).toMatchObject({ kind: 'accepted' });
		expect(place.server.rooms.get(room)?.events.filter((event) => event.content['body'] === 'lost')).toHaveLength(1);
	});

	test('a short rate limit is waited out, a long one is handed back with its time', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status: 429,
			body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 20 },
		});
		expect(await client.adapter.perform(send(room, 'soon'))).toMatchObject({ kind: 'accepted' });
		place.server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status: 429,
			body: { errcode: 'M_LIMIT_EXCEEDED' },
			headers: { 'Retry-After': '90' },
		});
		expect(await client.adapter.perform(send(room, 'later'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'rate-limited', retry: 'after', retryAfterMs: 90_000 },
		});
		place.server.fault('PUT', /\/state\//, {
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
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status,
			body,
			headers: { Location: 'https://example.org/steal' },
		});
		expect(await client.adapter.perform(send(room, 'x'))).toMatchObject({ kind, error: { code } });
	});

	test('too long a message is refused before it is sent', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'first'));
		expect(await client.adapter.perform(send(room, 'x'.repeat(70_000), 'long'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'message-too-long' },
		});
		expect(wireSends(place.server, room)).toHaveLength(1);
	});

	test('edits, replies, reactions and removals have the shape of the specification', async () => {
		const client = await place.session(place.alice).online();
		const room = remoteConversationId(await create(client));
		const sent = await client.adapter.perform(send(room, 'one'));
		if (sent.kind !== 'accepted') throw new Error('not sent');
		const target = {
			ids: sent.ids,
			sender: remoteUserId(place.alice.userId),
			senderName: 'alice',
			text: 'one',
			time: 0,
		};
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
		const bodies = wireSends(place.server, room).map(({ body }) => body);
		expect(bodies[1]).toMatchObject({
			body: '* two',
			'm.new_content': { body: 'two', msgtype: 'm.text' },
			'm.relates_to': { rel_type: 'm.replace', event_id: id },
		});
		expect(bodies[2]).toMatchObject({
			body: 're',
			'm.relates_to': { 'm.in_reply_to': { event_id: id } },
			// Nobody is told about a reply to themselves.
			'm.mentions': {},
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
		expect(place.server.requests.filter(({ path }) => path.includes('/redact/')).map(({ body }) => body)).toEqual([
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

	test('a reaction that is there already is what was wanted; it is found again however it is spelled', async () => {
		const client = await place.session(place.alice).online();
		const room = remoteConversationId(await create(client));
		const sent = await client.adapter.perform(send(room, 'one'));
		if (sent.kind !== 'accepted') throw new Error('not sent');
		const target = { ids: sent.ids, sender: remoteUserId(place.alice.userId), senderName: 'a', text: 'one', time: 0 };
		const base = { type: 'react', conversation: room, target } as const;
		const body = { errcode: 'M_DUPLICATE_ANNOTATION', error: "Can't send same reaction twice" };
		place.server.fault('PUT', /m\.reaction/, { kind: 'answer', status: 400, body });
		const event = sent.ids[0]?.value;
		const relates = { rel_type: 'm.annotation', event_id: event, key: '\u2764' };
		const chunk = [
			{ event_id: '$other', sender: place.bob.userId, content: { 'm.relates_to': relates } },
			{ event_id: '$mine', sender: place.alice.userId, content: { 'm.relates_to': relates } },
		];
		place.server.fault('GET', /\/relations\//, { kind: 'answer', status: 200, body: { chunk } }, 2);
		expect(
			await client.adapter.perform({ ...base, txnId: txnId('k'), keys: ['\u2764'], added: '\u2764', removed: null }),
		).toEqual({ kind: 'accepted', ids: [{ kind: 'server', value: '$mine' }], time: null });
		const removed = { key: '\u2764\ufe0f', ids: [] };
		await client.adapter.perform({ ...base, txnId: txnId('u'), keys: [], added: null, removed });
		expect(
			place.server.requests.map(({ path }) => path).filter((path) => path.includes('/redact/%24mine/')),
		).toHaveLength(1);
	});
});
