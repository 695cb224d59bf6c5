import { describe, expect, test } from 'vitest';
import { remoteConversationId } from '../model/ids.ts';
import { create, scripted, send, wireSends } from './testing/scripted.ts';

const place = scripted();

describe('encrypted rooms', () => {
	const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

	test('nothing readable is ever sent, at once, after switching on, and after a restart', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		expect(await client.adapter.perform(send(room, 'before'))).toMatchObject({ kind: 'accepted' });
		place.server.inject(room, { ...encryption, sender: place.alice.userId });
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
		place.server.rooms.get(room)?.state.delete('m.room.encryption|');
		const events = place.server.rooms.get(room)?.events;
		events?.splice(
			events.findIndex((event) => event.type === 'm.room.encryption'),
			1,
		);
		for (const key of client.remains.kv.keys()) if (key.startsWith('sync/')) client.remains.kv.delete(key);
		const again = await place.session(place.alice, client).online();
		expect(await again.adapter.perform(send(room, 'again'))).toMatchObject({
			kind: 'rejected',
			error: { code: 'encryption-unavailable' },
		});
		expect(wireSends(place.server, room).map(({ body }) => (body as { body?: string }).body)).toEqual(['before']);
	});

	test('a send right after joining waits for the state of the room', async () => {
		const other = await place.session(place.bob).online();
		const room = await create(other);
		place.server.inject(room, { ...encryption, sender: place.bob.userId });
		const client = await place.session(place.alice).online();
		// The join is answered before sync tells anything about the room.
		const joined = client.adapter.perform({ type: 'join', name: room, password: null });
		const outcome = await joined.then(() => client.adapter.perform(send(room, 'too early')));
		expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'encryption-unavailable' } });
		expect(wireSends(place.server, room)).toHaveLength(0);
	});

	test("messages are shown as undecryptable, without the network's words", async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.inject(room, {
			type: 'm.room.encrypted',
			sender: place.bob.userId,
			content: { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'xyz', body: 'fake' },
		});
		const { message } = await client.context.event('message', (event) => event.message.encrypted);
		expect(message.content).toEqual({ kind: 'undecryptable', reason: null });
		// Ciphertext alone proves encryption too.
		expect(await client.adapter.perform(send(room, 'x'))).toMatchObject({ error: { code: 'encryption-unavailable' } });
	});
});
