import { beforeEach, describe, expect, test } from 'vitest';
import type { PatchOp } from '../contract/patches.ts';
import type { MediaContent } from '../../protocols/model/content.ts';
import type { Message } from '../../protocols/model/entities.ts';
import type { ConversationId, MediaId } from '../../protocols/model/ids.ts';
import { mediaId } from '../../protocols/model/ids.ts';
import { drain, startTestEngine } from '../../protocols/testkit/engine-harness.ts';
import type { TestClient, TestEngine } from '../../protocols/testkit/engine-harness.ts';
import { downloadLimits } from './downloads.ts';

const upload = mediaId('ab'.repeat(20));
const bytes = new TextEncoder().encode('picture '.repeat(1000));
const file = {
	id: upload,
	mediaKind: 'image',
	name: '../cat\u202egpj.png',
	mime: 'image/png',
	width: 10,
	height: 20,
	durationMs: null,
	waveform: null,
	caption: null,
} as const;

let parley: TestEngine;
let client: TestClient;
let room: ConversationId;

async function start(options: Parameters<typeof startTestEngine>[0] = {}): Promise<void> {
	parley = await startTestEngine(options);
	client = await parley.connect();
}

beforeEach(async () => {
	await start();
	parley.network.addUser('me', 'pw');
	parley.network.addUser('bob', 'pw');
	parley.network.addRoom('den', 'bob', { isPublic: true }).members.set('me', 'member');
	await parley.addAccount(client, 'me');
	room = await parley.conversation(client, 'den');
	await client.rpc.command('conversation.open', { conversationId: room });
	parley.media.files.set(upload, bytes);
});

const newest = async (): Promise<Message | undefined> =>
	(await client.rpc.query('timeline.page', { conversationId: room, from: { at: 'newest' }, limit: 10 })).messages.at(
		-1,
	);
const contentOf = (message: Message | undefined): MediaContent => {
	if (message?.content.kind !== 'media') throw new Error('no file');
	return message.content;
};
const send = (): Promise<unknown> =>
	client.rpc.command('message.sendFile', { conversationId: room, file, replyTo: null });
const statesOf = (id: MediaId): string[] =>
	client.ops.flatMap((op: PatchOp) => (op.op === 'media.put' && op.media.id === id ? [op.media.state.kind] : []));

function hold(): () => void {
	const gate = Promise.withResolvers<void>();
	parley.network.media.gate = gate.promise;
	return gate.resolve;
}

describe('sending', () => {
	test('uploads first, then sends; the other side gets the file, we keep it', async () => {
		const release = hold();
		await send();
		await parley.advance(100);
		expect((await newest())?.send?.kind).toBe('sending');
		expect(contentOf(await newest())).toMatchObject({ name: '_cat_gpj.png', source: upload, size: bytes.length });
		expect(parley.network.rooms.get('den')?.log.some((entry) => entry.kind === 'message')).toBe(false);
		release();
		await parley.advance(100);
		const message = await newest();
		expect(message?.send?.kind).toBe('sent');
		expect(parley.network.media.files.get('fake:1')).toEqual(Buffer.from(bytes));
		// The window gets an id, never the reference, and what we sent need not be fetched.
		const { source } = contentOf(message);
		expect(source).toMatch(/^[0-9a-f]{40}$/);
		expect(parley.media.files.get(mediaId(source))).toEqual(bytes);
		expect(statesOf(upload)[0]).toBe('moving');
	});

	test('words overtake a file that is still going up', async () => {
		const release = hold();
		await send();
		await client.rpc.command('message.send', {
			conversationId: room,
			content: { kind: 'text', body: { text: 'look', spans: [] } },
			replyTo: null,
		});
		await parley.advance(100);
		expect((await newest())?.send?.kind).toBe('sent');
		release();
		await parley.advance(100);
		const log = parley.network.rooms.get('den')?.log.filter((entry) => entry.kind === 'message');
		expect(log?.map((entry) => (entry.kind === 'message' ? entry.content.kind : ''))).toEqual(['text', 'media']);
	});

	test('can be cancelled while it goes up: nothing was sent, nothing remains', async () => {
		const release = hold();
		await send();
		await parley.advance(100);
		const message = await newest();
		if (message === undefined) throw new Error('no message');
		await client.rpc.command('message.cancel', { messageId: message.id });
		release();
		await parley.advance(1000);
		expect((await newest())?.content.kind).not.toBe('media');
		expect(parley.network.media.files.size).toBe(0);
		expect(parley.network.rooms.get('den')?.log.some((entry) => entry.kind === 'message')).toBe(false);
	});

	test('a refused upload is shown, and can be retried', async () => {
		parley.network.media.nextError = 'not-allowed';
		await send();
		await parley.advance(100);
		const message = await newest();
		expect(message?.send).toMatchObject({ kind: 'failed', error: { code: 'not-allowed' } });
		if (message === undefined) throw new Error('no message');
		await client.rpc.command('message.retry', { messageId: message.id });
		await parley.advance(100);
		expect((await newest())?.send?.kind).toBe('sent');
	});

	test('an upload cut off by a lost link starts over on the next, and the message is sent once', async () => {
		hold();
		await send();
		await parley.advance(100);
		parley.network.media.gate = Promise.resolve();
		parley.network.cut('me');
		await parley.advance(60_000);
		expect((await newest())?.send?.kind).toBe('sent');
		expect(parley.network.media.uploads).toBe(2);
		expect(parley.network.rooms.get('den')?.log.filter((entry) => entry.kind === 'message')).toHaveLength(1);
	});

	test('an upload cut off by the end of Parley starts over in the next run', async () => {
		hold();
		await send();
		await parley.advance(100);
		const { store, secrets, network, media, clock } = parley;
		network.media.gate = Promise.resolve();
		await start({ store, secrets, network, media, clock });
		await parley.advance(60_000);
		expect((await newest())?.send?.kind).toBe('sent');
		expect(network.rooms.get('den')?.log.filter((entry) => entry.kind === 'message')).toHaveLength(1);
	});

	test('a file that is too large is refused before it moves', async () => {
		parley.media.files.set(upload, new Uint8Array(10_000_001));
		await expect(send()).rejects.toMatchObject({ error: { code: 'oversized', params: { limit: '10000000' } } });
		expect(parley.network.media.uploads).toBe(0);
	});

	test('a file that was never taken in is refused', async () => {
		parley.media.files.clear();
		await expect(send()).rejects.toMatchObject({ error: { code: 'bad-input' } });
	});

	test('what is still to be sent is kept when the cache makes room', async () => {
		hold();
		await send();
		const { store, secrets, network, media, clock } = parley;
		await start({ store, secrets, network, media, clock });
		expect([...media.kept]).toEqual([upload]);
	});
});

describe('receiving', () => {
	const reference = 'fake:secret-key';

	async function receive(over: Partial<MediaContent> = {}): Promise<Message> {
		parley.network.media.files.set(reference, bytes);
		parley.network.append({
			kind: 'message',
			room: 'den',
			from: 'bob',
			id: `file-${parley.network.seq}`,
			txn: null,
			replyTo: null,
			content: {
				...file,
				kind: 'media',
				name: 'cat.png',
				size: 8000,
				source: reference,
				thumbnail: null,
				host: null,
				...over,
			},
		});
		await parley.advance(100);
		const message = await newest();
		if (message === undefined) throw new Error('no message');
		return message;
	}
	const fetch = (message: Message, part: 'file' | 'thumbnail' = 'file') =>
		client.rpc.command('media.fetch', { messageId: message.id, part });

	test('nothing is fetched before somebody asks; then it comes with progress', async () => {
		const message = await receive();
		expect(parley.network.media.downloads).toBe(0);
		const release = hold();
		const { id, state } = await fetch(message);
		expect(id).toBe(contentOf(message).source);
		expect(state).toEqual({ kind: 'moving', done: 0, total: null });
		release();
		await parley.advance(100);
		expect(statesOf(id).at(-1)).toBe('ready');
		expect(Buffer.from(parley.media.files.get(id) ?? [])).toEqual(Buffer.from(bytes));
		expect(await fetch(message)).toEqual({ id, state: { kind: 'ready', size: bytes.length } });
		expect(parley.network.media.downloads).toBe(1);
	});

	test('the reference never crosses the contract', async () => {
		await receive({ thumbnail: 'fake:secret-key-too' });
		expect(JSON.stringify(client.ops)).not.toContain('secret-key');
	});

	test('two askers cause one download', async () => {
		const message = await receive();
		const release = hold();
		await Promise.all([fetch(message), fetch(message)]);
		release();
		await parley.advance(100);
		expect(parley.network.media.downloads).toBe(1);
	});

	test('a few at a time, the rest in turn', async () => {
		const release = hold();
		for (let n = 0; n < 10; n++) {
			parley.network.media.files.set(`fake:${n}`, bytes);
			await fetch(await receive({ source: `fake:${n}` }));
		}
		await drain();
		expect(parley.network.media.downloads).toBe(downloadLimits.parallel);
		release();
		await parley.advance(500);
		expect(parley.network.media.downloads).toBe(10);
		expect(parley.media.files.size).toBe(11);
	});

	test('a cancelled download leaves nothing', async () => {
		const message = await receive();
		hold();
		const { id } = await fetch(message);
		await client.rpc.command('media.cancel', { messageId: message.id, part: 'file' });
		await parley.advance(100);
		expect(statesOf(id).at(-1)).toBe('absent');
		expect(parley.media.files.has(id)).toBe(false);
	});

	test('a failure says why, and the next request tries again', async () => {
		const message = await receive();
		parley.network.media.nextError = 'not-allowed';
		const { id } = await fetch(message);
		await parley.advance(100);
		const failed = client.ops.findLast((op) => op.op === 'media.put');
		expect(failed).toMatchObject({ media: { id, state: { kind: 'failed', error: { code: 'not-allowed' } } } });
		await fetch(message);
		await parley.advance(100);
		expect(statesOf(id).at(-1)).toBe('ready');
	});

	test('a server that falls silent is given up', async () => {
		const message = await receive();
		hold();
		await fetch(message);
		await parley.advance(downloadLimits.stallMs + 1000);
		expect(client.ops.findLast((op) => op.op === 'media.put')).toMatchObject({
			media: { state: { kind: 'failed', error: { code: 'timeout' } } },
		});
	});

	test('offline: an error, no wait without end', async () => {
		const message = await receive();
		parley.network.reachable = false;
		parley.network.cut('me');
		await parley.advance(10);
		await fetch(message);
		await parley.advance(10);
		expect(client.ops.findLast((op) => op.op === 'media.put')).toMatchObject({
			media: { state: { kind: 'failed', error: { code: 'connection-lost' } } },
		});
	});

	test('there is no thumbnail where none was offered', async () => {
		await expect(fetch(await receive(), 'thumbnail')).rejects.toMatchObject({ error: { code: 'bad-input' } });
	});
});
