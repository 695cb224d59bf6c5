/* oxlint-disable max-lines -- one peer and one room for everything a message goes through; each server start costs seconds */
/** Everything a message can go through, there and back, between the adapter and matrix-nio on a real Synapse. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { messageWith, type PeerEvent } from '../../e2e/peers/peer.ts';
import { nio, PythonPeer } from '../../e2e/peers/python-peer.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { synapse, type SynapseServer } from '../../e2e/servers/synapse.ts';
import type { ActionOutcome, AdapterAction, MessageTarget } from '../adapter/actions.ts';
import type { RemoteMessage } from '../adapter/events.ts';
import { type MediaContent, plainBody } from '../model/content.ts';
import { type RemoteConversationId, remoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { plain, type RichText, richText } from '../model/rich-text.ts';
import { PlainClient } from './testing/plain-client.ts';
import { TestSession } from './testing/session-of.ts';

const never = new AbortController().signal;
const lineSchema = z.object({
	from: z.string(),
	where: z.string(),
	id: z.string(),
	type: z.enum(['content', 'reaction', 'redaction']),
	content: z.record(z.string(), z.unknown()).optional(),
	target: z.string().optional(),
	key: z.string().optional(),
	reason: z.string().nullish(),
});
type Line = z.infer<typeof lineSchema>;

function lineOf(event: PeerEvent): Line | null {
	if (event.kind !== 'raw' || !event.line.startsWith('{')) return null;
	return lineSchema.safeParse(JSON.parse(event.line)).data ?? null;
}

await describeWithServers('matrix adapter and matrix-nio', [synapse, nio], () => {
	let server: SynapseServer;
	let alice: TestSession;
	let peer: PythonPeer;
	let second: PlainClient;
	let room: RemoteConversationId;
	let count = 0;

	beforeAll(async () => {
		server = await synapse.start();
		const user = await server.createUser('alice', 'pw');
		await server.createUser('nia', 'pw');
		alice = await new TestSession(server.url, { ...user, token: user.accessToken }).online();
		second = new PlainClient(server.url, user);
		peer = await PythonPeer.nio({ url: server.url, user: 'nia', password: 'pw' });
		const made = await alice.adapter.perform({
			type: 'create-room',
			name: 'Lounge',
			topic: null,
			isPublic: true,
			invite: [],
		});
		room = remoteConversationId((made.kind === 'accepted' && made.conversation) || '');
		await peer.join(room);
		await alice.context.event('members-delta', (event) => event.upsert.some((one) => one.remoteId === peer.address));
	});
	afterAll(async () => {
		await peer.close();
		await alice.stop();
		await server.stop();
	});

	const txn = () => txnId(`t${count++}`);
	const perform = async (action: AdapterAction): Promise<string> => {
		const outcome: ActionOutcome = await alice.adapter.perform(action);
		if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
		return outcome.ids.find((id) => id.kind === 'server')?.value ?? '';
	};
	const say = (
		body: RichText | string,
		over: Partial<Extract<AdapterAction, { type: 'send' }>> = {},
	): Promise<string> => {
		const content = { kind: 'text', body: typeof body === 'string' ? plain(body) : body } as const;
		return perform({
			type: 'send',
			txnId: txn(),
			conversation: room,
			content,
			replyTo: null,
			threadRoot: null,
			...over,
		});
	};
	const target = (id: string, sender: string, text = ''): MessageTarget => ({
		ids: [remoteId('server', id)],
		sender: remoteUserId(sender),
		senderName: 'name',
		text,
		time: 0,
	});
	const mine = (id: string, text = ''): MessageTarget => target(id, alice.context.address, text);
	const theirs = (id: string): MessageTarget => target(id, peer.address);
	const put = async (content: object, type?: string): Promise<string> =>
		String((await peer.command('put', { room, content, ...(type === undefined ? {} : { type }) }))['sent']);
	const theySay = (text: string, more: object = {}): Promise<string> => put({ msgtype: 'm.text', body: text, ...more });
	const heard = (id: string): Promise<RemoteMessage> =>
		alice.context.waitFor(id, () =>
			alice.context.messagesOf(room).find((message) => message.ids.some((one) => one.value === id)),
		);
	const line = async (fits: (line: Line) => boolean): Promise<Line> => {
		const found = lineOf(
			await peer.waitFor((event) => {
				const one = lineOf(event);
				return one !== null && fits(one);
			}),
		);
		if (found === null) throw new Error('unreachable');
		return found;
	};
	/** Both sides have seen everything up to here. */
	const level = async (): Promise<void> => {
		const text = `level ${count++}`;
		await heard(await theySay(text));
	};
	const serverId = (id: string) => ({ kind: 'server', value: id }) as const;

	test('replies: no fallback goes out, the fallback of others is taken off', async () => {
		const one = await say('question');
		await peer.waitFor(messageWith('question'));
		const answer = await theySay(`> <${alice.context.address}> question\n\nanswer`, {
			format: 'org.matrix.custom.html',
			formatted_body: '<mx-reply><blockquote>question</blockquote></mx-reply><em>answer</em>',
			'm.relates_to': { 'm.in_reply_to': { event_id: one } },
		});
		expect(await heard(answer)).toMatchObject({
			content: { kind: 'text', body: { text: 'answer', spans: [{ kind: 'italic' }] } },
			replyTo: { ids: [serverId(one)] },
		});
		const back = await say('thanks', { replyTo: theirs(answer) });
		expect((await line((found) => found.id === back)).content).toEqual({
			msgtype: 'm.text',
			body: 'thanks',
			'm.mentions': { user_ids: [peer.address] },
			'm.relates_to': { 'm.in_reply_to': { event_id: answer } },
		});
	});

	test('threads: both sides stay in them, old clients see replies', async () => {
		const root = await say('root');
		await peer.waitFor(messageWith('root'));
		const thread = { rel_type: 'm.thread', event_id: root };
		const first = await theySay('first in thread', {
			'm.relates_to': { ...thread, is_falling_back: true, 'm.in_reply_to': { event_id: root } },
		});
		expect(await heard(first)).toMatchObject({ replyTo: null, threadRoot: [serverId(root)] });
		const second = await say('second in thread', { threadRoot: mine(root) });
		expect((await line((found) => found.id === second)).content?.['m.relates_to']).toEqual({
			...thread,
			is_falling_back: true,
			'm.in_reply_to': { event_id: first },
		});
		const reply = await say('reply in thread', { threadRoot: mine(root), replyTo: theirs(first) });
		expect((await line((found) => found.id === reply)).content?.['m.relates_to']).toEqual({
			...thread,
			is_falling_back: false,
			'm.in_reply_to': { event_id: first },
		});
		// A thread cannot hang on a message in a thread; Synapse refuses it, so nothing may arrive.
		await expect(theySay('nested', { 'm.relates_to': { rel_type: 'm.thread', event_id: first } })).rejects.toThrow();
	});

	test('reactions: added, spelled otherwise, there already, taken back', async () => {
		const one = await say('react to me');
		await peer.waitFor(messageWith('react to me'));
		const annotate = (id: string, key: string) => ({
			'm.relates_to': { rel_type: 'm.annotation', event_id: id, key },
		});
		const heart = await put(annotate(one, '\u2764'), 'm.reaction');
		expect(await alice.context.event('reaction', (event) => event.ids[0]?.value === heart)).toMatchObject({
			target: [serverId(one)],
			op: 'add',
			keys: ['\u2764\ufe0f'],
			own: false,
			sender: { remoteId: peer.address },
		});
		await peer.command('redact', { room, message: heart });
		await alice.context.event('message-removed', (event) => event.target[0]?.value === heart);

		const theirsOne = await theySay('react to this');
		await heard(theirsOne);
		const base = { type: 'react', conversation: room, target: theirs(theirsOne) } as const;
		const added = await perform({ ...base, txnId: txn(), keys: ['👍'], added: '👍', removed: null });
		expect(await line((found) => found.id === added)).toMatchObject({ type: 'reaction', target: theirsOne, key: '👍' });
		expect(await perform({ ...base, txnId: txn(), keys: ['👍'], added: '👍', removed: null })).toBe(added);
		await perform({ ...base, txnId: txn(), keys: [], added: null, removed: { key: '👍', ids: [] } });
		await line((found) => found.type === 'redaction' && found.target === added);
	});

	test('edits: in place, with history, only by the author', async () => {
		const one = await theySay('frist');
		await heard(one);
		const change = (id: string, text: string) => ({
			msgtype: 'm.text',
			body: `* ${text}`,
			'm.new_content': { msgtype: 'm.text', body: text },
			'm.relates_to': { rel_type: 'm.replace', event_id: id },
		});
		const edit = await put(change(one, 'first'));
		expect(await alice.context.event('message-edited', (event) => event.ids[0]?.value === edit)).toMatchObject({
			target: [serverId(one)],
			own: false,
			content: { kind: 'text', body: { text: 'first' } },
		});
		// A page of old messages brings the newest edit along.
		const page = await alice.adapter.history.page(
			{ conversation: room, direction: 'backward', token: null, anchor: null, limit: 50 },
			never,
		);
		const about = page.events.filter(
			(event) =>
				(event.type === 'message' && event.message.ids[0]?.value === one) ||
				(event.type === 'message-edited' && event.target[0]?.value === one),
		);
		expect(about.map((event) => event.type)).toEqual(expect.arrayContaining(['message', 'message-edited']));

		const own = await say('secnod');
		await peer.waitFor(messageWith('secnod'));
		const content = { kind: 'text', body: plain('second') } as const;
		const ours = await perform({
			type: 'edit',
			txnId: txn(),
			conversation: room,
			target: mine(own, 'secnod'),
			content,
		});
		expect((await line((found) => found.id === ours)).content).toMatchObject({
			body: '* second',
			'm.new_content': { msgtype: 'm.text', body: 'second' },
			'm.relates_to': { rel_type: 'm.replace', event_id: own },
		});
		// Gajim CVE-2022-39835: whatever the server lets through, another's edit of our message does not count.
		const forged = await put(change(own, 'forged')).catch(() => null);
		await level();
		expect(alice.context.of('message-edited').filter((event) => event.ids[0]?.value === forged)).toEqual([]);
	});

	test('removals: own ones, by a moderator with a reason, and not by just anybody', async () => {
		const one = await theySay('never mind');
		await heard(one);
		await peer.command('redact', { room, message: one, reason: 'typo' });
		expect(await alice.context.event('message-removed', (event) => event.target[0]?.value === one)).toMatchObject({
			sender: { remoteId: peer.address },
			own: false,
			reason: 'typo',
		});
		const two = await theySay('spam');
		await heard(two);
		await perform({ type: 'remove', txnId: txn(), conversation: room, target: theirs(two), reason: 'no spam' });
		expect(await line((found) => found.type === 'redaction' && found.target === two)).toMatchObject({
			from: alice.context.address,
			reason: 'no spam',
		});
		const three = await say('mine');
		await peer.waitFor(messageWith('mine'));
		await expect(peer.command('redact', { room, message: three })).rejects.toThrow(/M_FORBIDDEN|permission/);
		await perform({ type: 'remove', txnId: txn(), conversation: room, target: mine(three), reason: null });
		await line((found) => found.type === 'redaction' && found.target === three);
		const page = await alice.adapter.history.page(
			{ conversation: room, direction: 'backward', token: null, anchor: null, limit: 20 },
			never,
		);
		expect(
			page.events.flatMap((event) => (event.type === 'message' ? [plainBody(event.message.content)] : [])),
		).not.toContain('spam');
	});

	test('receipts: public ones both ways, private ones only to ourselves', async () => {
		const one = await say('read me');
		const id = await peer.waitFor(messageWith('read me'));
		expect(id).toMatchObject({ id: one });
		await peer.command('read', { room, message: one });
		await alice.context.event('receipt', (event) => event.reader === peer.address && event.upTo[0]?.value === one);

		const tom = new PlainClient(server.url, await server.createUser('tom', 'pw'));
		await tom.join(room);
		const reply = await theySay('in a thread', { 'm.relates_to': { rel_type: 'm.thread', event_id: one } });
		const receipt = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/receipt/m.read/${encodeURIComponent(reply)}`;
		await tom.call('POST', receipt, { thread_id: one });
		const told = await alice.context.event('receipt', (event) => event.reader === tom.userId);
		expect(told).toMatchObject({ kind: 'read', upTo: [serverId(reply)], time: expect.any(Number) as number });

		const hidden = await theySay('read in secret');
		const shown = await theySay('read openly');
		await heard(shown);
		const mark = (event: string, visible: boolean): AdapterAction => ({
			type: 'mark-read',
			conversation: room,
			upTo: theirs(event),
			visible,
		});
		await perform(mark(hidden, false));
		await alice.context.event('read-marker', (event) => event.upTo[0]?.value === hidden);
		const receipts: string[] = [];
		const stop = peer.listen((event) => {
			if (event.kind === 'receipt') receipts.push(event.id);
		});
		await perform(mark(shown, true));
		await peer.waitFor((event) => event.kind === 'receipt' && event.id === shown);
		stop();
		expect(receipts).not.toContain(hidden);
	});

	test('one receipt reads the threads too, as other clients count', async () => {
		const root = await say('a root to count');
		await peer.waitFor(messageWith('a root to count'));
		const thread = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } };
		const inside = await theySay('inside', { ...thread, 'm.mentions': { user_ids: [alice.context.address] } });
		const outside = await theySay('outside');
		await heard(outside);
		// What another client of ours is told that separates threads.
		const counts = async (): Promise<unknown> => {
			const filter = JSON.stringify({ room: { timeline: { unread_thread_notifications: true } } });
			const sync = await second.call('GET', `/_matrix/client/v3/sync?filter=${encodeURIComponent(filter)}`);
			const rooms = sync['rooms'] as { join: Record<string, Record<string, unknown>> };
			return rooms.join[room]?.['unread_thread_notifications'] ?? {};
		};
		expect(await counts()).toMatchObject({ [root]: { highlight_count: 1 } });
		await perform({ type: 'mark-read', conversation: room, upTo: theirs(outside), visible: true });
		await peer.waitFor((event) => event.kind === 'receipt' && event.id === outside);
		await expect.poll(counts).toEqual({});
		expect(inside).not.toBe(outside);
		expect(
			await second.call(
				'GET',
				`/_matrix/client/v3/user/${encodeURIComponent(alice.context.address)}/rooms/${encodeURIComponent(room)}/account_data/m.fully_read`,
			),
		).toEqual({ event_id: outside });
	});

	test('files: theirs with a caption comes down, ours with a small copy goes up, in a thread, as an answer', async () => {
		const picture = Buffer.from(
			'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
			'base64',
		);
		const upload = { data: picture.toString('base64'), mime: 'image/png', name: 'dot.png' };
		const uri = String((await peer.command('upload', upload))['uri']);
		const info = { mimetype: 'image/png', size: picture.length, w: 1, h: 1 };
		const theirOne = await put({ msgtype: 'm.image', body: 'a dot', filename: 'dot.png', url: uri, info });
		const { content } = await heard(theirOne);
		expect(content).toMatchObject({
			kind: 'media',
			mediaKind: 'image',
			name: 'dot.png',
			caption: { text: 'a dot' },
			width: 1,
		});
		const fetched = async (reference: string): Promise<Buffer> => {
			const { size, body } = await alice.adapter.media.download(reference, never);
			const chunks: Uint8Array[] = [];
			for await (const chunk of body) chunks.push(chunk);
			const all = Buffer.concat(chunks);
			expect(size ?? all.length).toBe(all.length);
			return all;
		};
		expect((await fetched(uri)).equals(picture)).toBe(true);
		expect((await fetched(`thumbnail:${uri}`)).subarray(1, 4).toString()).toBe('PNG');
		await expect(alice.adapter.media.download(`${uri}x`, never)).rejects.toMatchObject({
			error: { code: 'server-error', retry: 'never' },
		});

		const limit = alice.adapter.capabilities(room).attachments.maxBytes;
		expect(limit).toBeGreaterThan(1000);
		const sound = Buffer.alloc(300_000, 'parley');
		let told = 0;
		async function* open(): AsyncIterable<Uint8Array> {
			for (let at = 0; at < sound.length; at += 65_536) yield sound.subarray(at, at + 65_536);
			await Promise.resolve();
		}
		const base = { conversation: room, name: 'wörds.ogg', mime: 'audio/ogg', open };
		const uploaded = await alice.adapter.media.upload(
			{ ...base, size: sound.length, progress: (sent) => (told = sent) },
			never,
		);
		expect(told).toBe(sound.length);
		const file: MediaContent = {
			kind: 'media',
			mediaKind: 'audio',
			name: 'wörds.ogg',
			mime: 'audio/ogg',
			size: sound.length,
			width: null,
			height: null,
			durationMs: 1200,
			source: uploaded.source,
			thumbnail: null,
			host: null,
			waveform: [0, 700, 1024],
			caption: plain('listen'),
		};
		const action = { type: 'send-file', txnId: txn(), conversation: room, content: file } as const;
		const sent = await perform({ ...action, replyTo: theirs(theirOne), threadRoot: theirs(theirOne) });
		const seen = (await line((found) => found.id === sent)).content;
		expect(seen).toMatchObject({
			msgtype: 'm.audio',
			body: 'listen',
			filename: 'wörds.ogg',
			info: { duration: 1200, size: sound.length },
			'org.matrix.msc1767.audio': { waveform: [0, 700, 1024] },
			'm.relates_to': { rel_type: 'm.thread', event_id: theirOne, 'm.in_reply_to': { event_id: theirOne } },
		});
		const downloaded = await peer.command('download', { uri: String(seen?.['url']) });
		expect(downloaded['mime']).toBe('audio/ogg');
		expect(Buffer.from(String(downloaded['data']), 'base64').equals(sound)).toBe(true);
		expect((await heard(sent)).content).toEqual(file);

		const edited = { kind: 'text', body: plain('listen!') } as const;
		const edit = await perform({ type: 'edit', txnId: txn(), conversation: room, target: mine(sent), content: edited });
		expect((await line((found) => found.id === edit)).content).toMatchObject({
			'm.new_content': { msgtype: 'm.audio', body: 'listen!', filename: 'wörds.ogg', url: uploaded.source },
		});
		await perform({ type: 'remove', txnId: txn(), conversation: room, target: mine(sent), reason: null });
		await alice.context.event('message-removed', (event) => event.target[0]?.value === sent);
		const tooBig = { ...base, size: (limit ?? 0) + 1, progress: () => undefined };
		await expect(alice.adapter.media.upload(tooBig, never)).rejects.toMatchObject({ error: { code: 'oversized' } });
	});

	test('typing, both ways, beginning and end', async () => {
		await peer.typing(room, true);
		await alice.context.event('typing', (event) => event.user.remoteId === peer.address && event.state === 'active');
		await peer.typing(room, false);
		await alice.context.event('typing', (event) => event.user.remoteId === peer.address && event.state === 'done');
		for (const state of ['active', 'done'] as const) {
			await perform({ type: 'typing', conversation: room, state });
			await peer.waitFor(
				(event) =>
					event.kind === 'typing' && event.from === alice.context.address && event.active === (state === 'active'),
			);
		}
	});

	test('actions, notices, spoilers and mentions', async () => {
		const emote = await put({ msgtype: 'm.emote', body: 'waves' });
		expect(await heard(emote)).toMatchObject({ content: { kind: 'emote', body: { text: 'waves' } } });
		const notice = await put({ msgtype: 'm.notice', body: 'beep' });
		expect(await heard(notice)).toMatchObject({ content: { kind: 'notice' }, mention: false });
		const named = await theySay('look', { 'm.mentions': { user_ids: [alice.context.address] } });
		expect(await heard(named)).toMatchObject({ mention: true });
		const unnamed = await theySay('alice is only a word here', { 'm.mentions': {} });
		expect(await heard(unnamed)).toMatchObject({ mention: false });
		const spoiler = await theySay('x', {
			format: 'org.matrix.custom.html',
			formatted_body: 'it was <span data-mx-spoiler="end">the butler</span>',
		});
		expect(await heard(spoiler)).toMatchObject({
			content: { body: { text: 'it was the butler', spans: [{ kind: 'spoiler', reason: 'end', start: 7, end: 17 }] } },
		});
		const sent = await say(
			richText('Nia: the butler', [
				{ kind: 'mention', user: remoteUserId(peer.address), room: false, start: 0, end: 3 },
				{ kind: 'spoiler', reason: null, start: 5, end: 15 },
			]),
		);
		expect((await line((found) => found.id === sent)).content).toEqual({
			msgtype: 'm.text',
			body: 'Nia: ||the butler||',
			format: 'org.matrix.custom.html',
			formatted_body: `<a href="https://matrix.to/#/${encodeURIComponent(peer.address)}">Nia</a>: <span data-mx-spoiler="">the butler</span>`,
			'm.mentions': { user_ids: [peer.address] },
		});
		const me = await say('', { content: { kind: 'emote', body: plain('bows') } });
		expect((await line((found) => found.id === me)).content).toMatchObject({ msgtype: 'm.emote', body: 'bows' });
	});
});
