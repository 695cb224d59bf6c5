import { describe, expect, test } from 'vitest';
import type { AdapterAction, MessageTarget } from '../adapter/actions.ts';
import type { UploadRequest } from '../adapter/adapter.ts';
import type { MediaContent } from '../model/content.ts';
import { ChatException } from '../model/errors.ts';
import { remoteConversationId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { HomeserverHttp } from './http.ts';
import { mediaOf } from './media.ts';
import type { Session } from './session.ts';
import { create, scripted, wireSends } from './testing/scripted.ts';
import type { TestSession } from './testing/session-of.ts';

const place = scripted();
const never = new AbortController().signal;

const bytes = Buffer.from('0123456789'.repeat(5000));
async function* pieces(): AsyncIterable<Uint8Array> {
	for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
	await Promise.resolve();
}
const request = (room: string, over: Partial<UploadRequest> = {}): UploadRequest => ({
	conversation: remoteConversationId(room),
	name: 'numbers & more.txt',
	mime: 'text/plain',
	size: bytes.length,
	open: pieces,
	progress: () => undefined,
	...over,
});
const codeOf = (thrown: unknown): unknown => (thrown instanceof ChatException ? thrown.error.code : thrown);
const fails = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no failure', codeOf);
async function fetched(client: TestSession, reference: string) {
	const { size, body } = await client.adapter.media.download(reference, never);
	const chunks: Uint8Array[] = [];
	for await (const chunk of body) chunks.push(chunk);
	return { size, text: Buffer.concat(chunks).toString() };
}
const content = (source: string, over: Partial<MediaContent> = {}): MediaContent => ({
	kind: 'media',
	mediaKind: 'file',
	name: 'numbers.txt',
	mime: 'text/plain',
	size: bytes.length,
	width: null,
	height: null,
	durationMs: null,
	source,
	thumbnail: null,
	host: null,
	waveform: null,
	caption: null,
	...over,
});
const sendFile = (room: string, file: MediaContent, txn = 'f'): AdapterAction => ({
	type: 'send-file',
	txnId: txnId(txn),
	conversation: remoteConversationId(room),
	content: file,
	replyTo: null,
	threadRoot: null,
});

/** What the room takes, once its state is there. */
const attachments = (client: TestSession, room: string): Promise<unknown> =>
	client.context.waitFor('the state of the room', () => {
		const { attachments: feature } = client.adapter.capabilities(remoteConversationId(room));
		return feature.level === 'full' ? feature : undefined;
	});

describe('files', () => {
	test('go up as they come, with the token, and come down again', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const told: number[] = [];
		const { source, thumbnail } = await client.adapter.media.upload(
			request(room, { progress: (sent) => told.push(sent) }),
			never,
		);
		expect(thumbnail).toBeNull();
		expect(told).toEqual([16_384, 32_768, 49_152, bytes.length]);
		const stored = place.server.media.get(source.slice('mxc://'.length));
		expect(stored).toMatchObject({ mime: 'text/plain', name: 'numbers & more.txt' });
		expect(stored?.bytes.equals(bytes)).toBe(true);
		expect(await fetched(client, source)).toEqual({ size: bytes.length, text: bytes.toString() });
		expect(await fetched(client, `thumbnail:${source}`)).toMatchObject({ text: 'a smaller picture' });
		const asked = place.server.requests.filter(({ path }) => path.includes('/thumbnail/'));
		expect(Object.fromEntries(asked[0]?.query ?? [])).toMatchObject({ width: '800', height: '600', method: 'scale' });
		for (const { authorization } of place.server.requests.filter(({ path }) => path.includes('/media/')))
			expect(authorization).toBe(`Bearer ${place.alice.token}`);
		expect(JSON.stringify(client.context.logLines)).not.toContain(place.alice.token);
	});

	test('from a server before version 1.11 come without the token', async () => {
		place.server.legacyMedia = true;
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const { source } = await client.adapter.media.upload(request(room), never);
		expect((await fetched(client, source)).text).toBe(bytes.toString());
		const last = place.server.requests.at(-1);
		expect(last).toMatchObject({ authorization: '' });
		expect(last?.path).toContain('/_matrix/media/v3/download/');
		expect(await attachments(client, room)).toMatchObject({ maxBytes: 10_000_000 });
	});

	test('a file that is gone is not looked for the old way', async () => {
		const client = await place.session(place.alice).online();
		const thrown: unknown = await client.adapter.media
			.download('mxc://mini.test/gone', never)
			.catch((error: unknown) => error);
		expect(thrown).toMatchObject({ error: { code: 'server-error', retry: 'never' } });
		expect(place.server.requests.filter(({ path }) => path.includes('/gone'))).toHaveLength(1);
	});

	test('nothing but a reference of ours is fetched', async () => {
		const client = await place.session(place.alice).online();
		const before = place.server.requests.length;
		for (const reference of ['https://example.org/x', 'mxc://../x', 'mxc://hs/a/../b', ''])
			expect(await fails(client.adapter.media.download(reference, never))).toBe('bad-input');
		expect(place.server.requests.slice(before).filter(({ path }) => path.includes('/media/'))).toEqual([]);
	});

	test('what the server refuses has its reason', async () => {
		place.server.uploadLimit = null;
		const client = await place.session(place.alice).online();
		const room = await create(client);
		expect(await attachments(client, room)).toEqual({ level: 'full', reason: null, maxBytes: null });
		place.server.uploadLimit = 100;
		expect(await fails(client.adapter.media.upload(request(room), never))).toBe('oversized');
		place.server.fault('POST', /upload/, { kind: 'answer', status: 403, body: { errcode: 'M_FORBIDDEN' } });
		expect(await fails(client.adapter.media.upload(request(room), never))).toBe('not-allowed');
		place.server.fault('POST', /upload/, { kind: 'answer', status: 200, body: { content_uri: 'https://evil/x' } });
		expect(await fails(client.adapter.media.upload(request(room), never))).toBe('protocol-violation');
		place.server.fault('GET', /download/, { kind: 'answer', status: 504, body: { errcode: 'M_NOT_YET_UPLOADED' } });
		expect(await fails(client.adapter.media.download('mxc://hs/a', never))).toBe('server-error');
	});

	test.each([
		['http://files.example.org/a', 'bad-address'],
		['https://127.0.0.1/a', 'not-allowed'],
		['https://[::ffff:10.0.0.1]/a', 'not-allowed'],
		['/_matrix/elsewhere', 'bad-address'],
		['https://', 'protocol-violation'],
	])('sent on to %s, a download goes nowhere', async (location, code) => {
		const client = await place.session(place.alice).online();
		place.server.fault('GET', /download/, { kind: 'answer', status: 307, body: {}, headers: { location } });
		expect(await fails(client.adapter.media.download('mxc://hs/a', never))).toBe(code);
		expect(place.server.requests.filter(({ path }) => path.includes('elsewhere'))).toEqual([]);
	});

	test('sent on to another place, it is asked there instead, with nothing of the account', async () => {
		const { server, alice } = place;
		const { clock, log } = place.session(alice).context;
		const tokens = { access: alice.token, refresh: null };
		const tls = { extraCa: [], pinned: null };
		const http = new HomeserverHttp({ baseUrl: server.url, tls, clock, log, userAgent: 'test', tokens });
		const location = 'https://files.example.org/a?signed=1';
		server.fault('GET', /download/, { kind: 'answer', status: 308, body: {}, headers: { location } });
		const session = { http, context: { clock }, signal: never } as unknown as Session;
		const asked: string[] = [];
		const media = mediaOf(
			() => session,
			(address) => {
				asked.push(address);
				return Promise.resolve({ size: 3, body: pieces() });
			},
		);
		expect(await media.download('mxc://hs/a', never)).toMatchObject({ size: 3 });
		expect(asked).toEqual([location]);
		http.close();
	});

	test('a known limit is kept before a byte is sent', async () => {
		place.server.uploadLimit = 100;
		const client = await place.session(place.alice).online();
		const room = await create(client);
		expect(await attachments(client, room)).toMatchObject({ maxBytes: 100 });
		expect(await fails(client.adapter.media.upload(request(room), never))).toBe('oversized');
		expect(place.server.requests.filter(({ path }) => path.endsWith('/upload'))).toEqual([]);
	});

	test('a rate limit is waited out with the file from its start', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const body = { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 5 };
		place.server.fault('POST', /upload/, { kind: 'answer', status: 429, body });
		const { source } = await client.adapter.media.upload(request(room), never);
		expect((await fetched(client, source)).text).toBe(bytes.toString());
	});

	test('an upload can be cancelled in the middle; a broken one says so', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		const abort = new AbortController();
		async function* endless(): AsyncIterable<Uint8Array> {
			yield bytes.subarray(0, 1000);
			abort.abort();
			await new Promise(() => undefined);
		}
		expect(await fails(client.adapter.media.upload(request(room, { open: endless }), abort.signal))).toBe('cancelled');
		place.server.fault('POST', /upload/, { kind: 'close', after: 'nothing' });
		expect(await fails(client.adapter.media.upload(request(room), never))).toBe('connection-lost');
	});

	test('never go into an encrypted room', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.inject(room, {
			type: 'm.room.encryption',
			sender: place.alice.userId,
			state_key: '',
			content: { algorithm: 'm.megolm.v1.aes-sha2' },
		});
		await client.context.event(
			'conversation-upsert',
			(event) => event.conversation.capabilities?.attachments.reason === 'encrypted',
		);
		expect(await fails(client.adapter.media.upload(request(room), never))).toBe('encryption-unavailable');
		expect(await client.adapter.perform(sendFile(room, content('mxc://mini.test/a')))).toMatchObject({
			kind: 'rejected',
			error: { code: 'encryption-unavailable' },
		});
		expect(place.server.requests.filter(({ path }) => path.endsWith('/upload'))).toEqual([]);
		expect(wireSends(place.server, room)).toEqual([]);
	});

	test('a message with a file arrives, and its caption can be changed later, also after a restart', async () => {
		const client = await place.session(place.alice).online();
		const room = remoteConversationId(await create(client));
		const sent = await client.adapter.perform(
			sendFile(room, content('mxc://mini.test/a', { caption: plain('frist') })),
		);
		if (sent.kind !== 'accepted') throw new Error(JSON.stringify(sent));
		await client.context.waitFor('the echo', () =>
			client.context.messagesOf(room).find((one) => one.content.kind === 'media' && one.txnId === 'f'),
		);
		const target: MessageTarget = {
			ids: sent.ids,
			sender: remoteUserId(place.alice.userId),
			senderName: 'alice',
			text: 'frist',
			time: 0,
		};
		const edit = (text: string): AdapterAction => ({
			type: 'edit',
			txnId: txnId(text),
			conversation: room,
			target,
			content: { kind: 'text', body: plain(text) },
		});
		expect(await client.adapter.perform(edit('first'))).toMatchObject({ kind: 'accepted' });
		await client.context.event(
			'message-edited',
			(event) => event.content.kind === 'media' && event.content.caption?.text === 'first',
		);
		await client.stop();
		const later = await place.session(place.alice, client).online();
		expect(await later.adapter.perform(edit('First'))).toMatchObject({ kind: 'accepted' });
		expect(wireSends(place.server, room).at(-1)?.body).toMatchObject({
			'm.new_content': { msgtype: 'm.file', body: 'First', filename: 'numbers.txt', url: 'mxc://mini.test/a' },
		});
	});

	test('an answer that gets lost is uncertain, and the repeat doubles nothing', async () => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		place.server.fault('PUT', /\/send\//, { kind: 'swallow' });
		const action = sendFile(room, content('mxc://mini.test/a'));
		expect(await client.adapter.perform(action)).toMatchObject({ kind: 'uncertain' });
		expect(await client.adapter.outcomeOf(action, client.context.clock.now())).toBe('resend-safe');
		expect(await client.adapter.perform(action)).toMatchObject({ kind: 'accepted' });
		expect(place.server.rooms.get(room)?.events.filter((event) => event.type === 'm.room.message')).toHaveLength(1);
	});
});
