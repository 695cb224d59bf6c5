/** Files through the engine: what the window does, over a scripted homeserver. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MediaContent } from '../model/content.ts';
import type { Message } from '../model/entities.ts';
import { type ConversationId, mediaId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { startTestEngine, type TestClient, type TestEngine } from '../testkit/engine-harness.ts';
import { matrixFactory } from './index.ts';
import { MiniHomeserver } from './testing/mini-homeserver.ts';

let server: MiniHomeserver;
let parley: TestEngine;
let client: TestClient;
let room: ConversationId;
let remote: string;
let alice: string;

const upload = mediaId('ab'.repeat(20));
const bytes = Buffer.from('picture '.repeat(30_000));
const bob = '@bob:mini.test';

/** The value, once there is one; engine time moves meanwhile. */
async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
	let found: T | undefined;
	await expect
		.poll(async () => {
			await parley.advance(5);
			found = await find();
			return found === undefined;
		})
		.toBe(false);
	if (found === undefined) throw new Error('unreachable');
	return found;
}
const messages = async (): Promise<readonly Message[]> =>
	(await client.rpc.query('timeline.page', { conversationId: room, from: { at: 'newest' }, limit: 20 })).messages;
const mediaIn = (message: Message | undefined): MediaContent | undefined =>
	message?.content.kind === 'media' ? message.content : undefined;

beforeEach(async () => {
	server = await new MiniHomeserver().start();
	alice = server.addUser('alice', 'pw').userId;
	server.addUser('bob', 'pw');
	remote = server.createRoom(alice, { name: 'Den', visibility: 'public' });
	server.inject(remote, { type: 'm.room.member', sender: bob, state_key: bob, content: { membership: 'join' } });
	await matrixFactory.load?.();
	parley = await startTestEngine({ protocols: new Map([['matrix', matrixFactory]]) });
	client = await parley.connect();
	const { loginId } = await client.rpc.command('account.loginStart', { protocol: 'matrix', flow: 'password' });
	const submit = (values: Record<string, string>) => client.rpc.command('account.loginSubmit', { loginId, values });
	await submit({ address: 'alice', homeserver: server.url });
	await submit({ user: 'alice', password: 'pw' });
	room = await eventually(async () => {
		const { conversations } = await parley.boot(client);
		const den = conversations.find((one) => one.remoteId === remote);
		return den?.capabilities.attachments.level === 'full' ? den.id : undefined;
	});
	await client.rpc.command('conversation.open', { conversationId: room });
});
afterEach(async () => {
	await parley.engine.stop();
	await server.stop();
});

test('a file is uploaded, sent once, and its caption changed; the file stays', async () => {
	parley.media.files.set(upload, bytes);
	const file = {
		id: upload,
		mediaKind: 'image',
		name: 'cat.png',
		mime: 'image/png',
		width: 10,
		height: 20,
		durationMs: null,
		waveform: null,
		caption: plain('frist'),
	} as const;
	await client.rpc.command('message.sendFile', { conversationId: room, file, replyTo: null });
	const sent = await eventually(async () => (await messages()).find((one) => one.send?.kind === 'sent'));
	const wire = server.rooms.get(remote)?.events.filter((event) => event.type === 'm.room.message') ?? [];
	expect(wire.map((event) => event.content)).toMatchObject([
		{ msgtype: 'm.image', body: 'frist', filename: 'cat.png', info: { w: 10, h: 20, size: bytes.length } },
	]);
	expect(server.media.get(String(wire[0]?.content['url']).slice('mxc://'.length))?.bytes.equals(bytes)).toBe(true);

	await client.rpc.command('message.edit', { messageId: sent.id, content: { kind: 'text', body: plain('first') } });
	const edited = await eventually(async () =>
		(await messages()).find((one) => mediaIn(one)?.caption?.text === 'first'),
	);
	expect(edited).toMatchObject({ id: sent.id, content: { kind: 'media', name: 'cat.png' } });
});

test('a file of another is fetched when asked for, its small picture too, and goes with its message', async () => {
	server.media.set('far.example/pic', { bytes, mime: 'image/png', name: 'x' });
	const event = server.inject(remote, {
		type: 'm.room.message',
		sender: bob,
		content: {
			msgtype: 'm.image',
			body: '../../evil.png',
			url: 'mxc://far.example/pic',
			info: { size: bytes.length, mimetype: 'image/png' },
		},
	});
	const message = await eventually(async () => (await messages()).find((one) => mediaIn(one) !== undefined));
	const content = mediaIn(message);
	expect(content?.name).toBe('_.._evil.png');
	expect(JSON.stringify(content)).not.toContain('mxc:');
	expect(server.requests.filter(({ path }) => path.includes('/far.example/'))).toEqual([]);
	for (const [part, expected] of [
		['file', bytes],
		['thumbnail', Buffer.from('a smaller picture')],
	] as const) {
		const { id } = await client.rpc.command('media.fetch', { messageId: message.id, part });
		const stored = await eventually(async () => Promise.resolve(parley.media.files.get(id)));
		expect(Buffer.from(stored).equals(expected)).toBe(true);
	}
	server.inject(remote, { type: 'm.room.redaction', sender: bob, content: {}, redacts: event });
	const removed = await eventually(async () => (await messages()).find((one) => one.removedAt !== null));
	expect(removed).toMatchObject({ id: message.id });
	expect(JSON.stringify(removed)).not.toContain('evil');
});

test('an upgraded room: its continuation is offered, entered, and takes its place', async () => {
	const fresh = server.createRoom(bob, {
		name: 'New den',
		visibility: 'public',
		creation_content: { predecessor: { room_id: remote } },
	});
	server.inject(remote, {
		type: 'm.room.tombstone',
		sender: alice,
		state_key: '',
		content: { body: 'moved', replacement_room: fresh },
	});
	const known = async (where: string) =>
		(await parley.boot(client)).conversations.find((one) => (one.remoteId as string) === where);
	const offered = await eventually(() => known(fresh));
	expect(offered).toMatchObject({ membership: 'invited', name: 'Den', invite: { reason: 'moved' } });
	await client.rpc.command('conversation.answerInvite', { conversationId: offered.id, accept: true });
	await eventually(async () => ((await known(remote))?.archived === true ? true : undefined));
	expect(await known(fresh)).toMatchObject({ id: offered.id, membership: 'joined', name: 'New den', archived: false });
});
