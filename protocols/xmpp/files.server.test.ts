/** Files on real servers: up through their upload services, round trips with slixmpp in both directions, limits. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PythonPeer, slixmpp } from '../../e2e/peers/python-peer.ts';
import { ejabberd, type EjabberdServer } from '../../e2e/servers/ejabberd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { prosodyClassic } from '../../e2e/servers/prosody-classic.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { MediaContent } from '../model/content.ts';
import { remoteConversationId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { Accounts, type AccountUser, password } from './testing/account-user.ts';

type Server = Awaited<ReturnType<typeof prosody.start>> | EjabberdServer;
const never = new AbortController().signal;
/** Both recipes take files up to this size. */
const limit = 10 * 1024 * 1024;

const mediaOf = (user: AccountUser) => {
	if (user.adapter.media === undefined) throw new Error('no files');
	return user.adapter.media;
};
async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
	for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
	await Promise.resolve();
}
async function download(user: AccountUser, reference: string): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	const { body } = await mediaOf(user).download(reference, never);
	for await (const chunk of body) chunks.push(chunk);
	return Buffer.concat(chunks);
}
const pictureOf = (source: string, size: number): MediaContent => ({
	kind: 'media',
	mediaKind: 'image',
	name: 'wörds & more.png',
	mime: 'image/png',
	size,
	width: 3,
	height: 2,
	durationMs: null,
	source,
	thumbnail: null,
	host: null,
	waveform: null,
	caption: null,
});

for (const { title, kind, start } of [
	{ title: 'XMPP files on Prosody 13', kind: prosody, start: () => prosody.start({ hash: 'SHA-256' }) },
	{ title: 'XMPP files on Prosody 0.12', kind: prosodyClassic, start: () => prosodyClassic.start({}) },
	{ title: 'XMPP files on ejabberd', kind: ejabberd, start: () => ejabberd.start({}) },
]) {
	await describeWithServers(title, [kind, slixmpp], () => {
		let server: Server;
		let ann: AccountUser;
		let peer: PythonPeer | undefined;
		const accounts = new Accounts(() => server);
		beforeAll(async () => {
			server = await start();
			ann = await accounts.user('ann');
			await server.createUser('peer', password);
			const { domain, ports, certs } = server;
			peer = await PythonPeer.slixmpp({ port: ports.client, domain, user: 'peer', password, caFile: certs.caFile });
		});
		afterAll(async () => {
			await peer?.close();
			await accounts.stop();
			await server.stop();
		});
		const command = (name: string, fields: Readonly<Record<string, unknown>>) => {
			if (peer === undefined) throw new Error('no peer');
			return peer.command(name, fields);
		};
		const upload = (user: AccountUser, to: string, bytes: Buffer, progress: (sent: number) => void = () => undefined) =>
			mediaOf(user).upload(
				{
					conversation: remoteConversationId(to),
					name: 'wörds & more.png',
					mime: 'image/png',
					size: bytes.length,
					open: () => pieces(bytes),
					progress,
				},
				never,
			);
		const fileOf = async (user: AccountUser, ours: (content: MediaContent) => boolean): Promise<MediaContent> => {
			const found = await user.context.event(
				'message',
				({ message: { content } }) => content.kind === 'media' && ours(content),
			);
			if (found.message.content.kind !== 'media') throw new Error('no file');
			return found.message.content;
		};

		it('says what it takes', async () => {
			const bob = await accounts.user('bob');
			expect(ann.adapter.capabilities(remoteConversationId(bob.address)).attachments).toEqual({
				level: 'full',
				reason: null,
				maxBytes: limit,
			});
		});

		it('from us to slixmpp, with a caption and without, and it fetches what we sent', async () => {
			const to = peer?.address ?? '';
			const bytes = randomBytes(120_000);
			const told: number[] = [];
			const { source } = await upload(ann, to, bytes, (sent) => told.push(sent));
			expect(told).toEqual([50_000, 100_000, 120_000]);
			const base = {
				type: 'send-file',
				conversation: remoteConversationId(to),
				replyTo: null,
				threadRoot: null,
			} as const;
			const content = pictureOf(source, bytes.length);
			await ann.must({ ...base, txnId: txnId('file-plain'), content });
			const address = source.split('#')[0] ?? '';
			await peer?.waitFor(
				(event) =>
					event.kind === 'raw' && event.line === `file ${address} ${address} image/png 120000 wörds & more.png`,
			);
			await peer?.waitFor((event) => event.kind === 'message' && event.text === address);
			await ann.must({ ...base, txnId: txnId('file-words'), content: { ...content, caption: plain('look here') } });
			await peer?.waitFor((event) => event.kind === 'message' && event.text === `look here\n${address}`);
			const got = await command('download', { url: address });
			expect(Buffer.from(String(got['data']), 'base64').equals(bytes)).toBe(true);
		});

		it('from slixmpp to us, as out-of-band data and as a shared file', async () => {
			const bytes = randomBytes(70_000);
			const fields = { data: bytes.toString('base64'), mime: 'image/png', name: 'from slixmpp.png' };
			const { url, sha256 } = await command('upload', fields);
			await command('share', { target: ann.address, url });
			const plainly = await fileOf(ann, ({ source }) => source === url);
			expect(plainly).toMatchObject({ mediaKind: 'image', host: null, caption: null, mime: null });
			expect((await download(ann, plainly.source)).equals(bytes)).toBe(true);
			await command('share', { target: ann.address, url, sha256, name: 'x.png', mime: 'image/png', text: 'words' });
			const shared = await fileOf(ann, ({ source }) => source === `${String(url)}#sha-256=${String(sha256)}`);
			expect(shared).toMatchObject({ name: 'x.png', mime: 'image/png', host: null, caption: plain('words') });
			expect((await download(ann, shared.source)).equals(bytes)).toBe(true);
			const forged = `${String(url)}#sha-256=${randomBytes(32).toString('base64')}`;
			await expect(download(ann, forged)).rejects.toMatchObject({ error: { code: 'protocol-violation' } });
		});

		it('between two accounts of ours, removed afterwards; a stranger of the local network is not asked', async () => {
			const [carl, dora] = [await accounts.user('carl'), await accounts.user('dora')];
			const bytes = randomBytes(1000);
			const { source } = await upload(carl, dora.address, bytes);
			const conversation = remoteConversationId(dora.address);
			const content = pictureOf(source, bytes.length);
			const txn = txnId('file-between-us');
			await carl.must({ type: 'send-file', txnId: txn, conversation, content, replyTo: null, threadRoot: null });
			const got = await fileOf(dora, () => true);
			expect(got).toEqual(content);
			expect((await download(dora, got.source)).equals(bytes)).toBe(true);
			const sent = (await dora.context.event('message', ({ message }) => message.content.kind === 'media')).message;
			const target = { ids: sent.ids, sender: sent.sender.remoteId, senderName: '', text: '', time: sent.time };
			await carl.must({ type: 'remove', txnId: txnId('file-removed'), conversation, target, reason: null });
			await dora.context.event('message-removed', (event) => event.target.some(({ value }) => value === String(txn)));
			await expect(download(dora, 'https://127.0.0.1:8443/')).rejects.toMatchObject({ error: { code: 'not-allowed' } });
			await expect(download(dora, new URL('/nowhere', source).href)).rejects.toMatchObject({
				error: { code: expect.stringMatching(/^(server-error|not-allowed)$/) as string },
			});
		});

		it('what is too large is refused before it is sent; a cancelled one stops', async () => {
			const media = mediaOf(ann);
			const base = {
				conversation: remoteConversationId(peer?.address ?? ''),
				name: 'big.bin',
				mime: 'application/octet-stream',
				open: () => pieces(new Uint8Array(limit + 1)),
				progress: () => undefined,
			};
			await expect(media.upload({ ...base, size: limit + 1 }, never)).rejects.toMatchObject({
				error: { code: 'oversized', params: { limit: String(limit) } },
			});
			const abort = new AbortController();
			const cancelled = media.upload({ ...base, size: limit, progress: () => abort.abort() }, abort.signal);
			await expect(cancelled).rejects.toMatchObject({ error: { code: 'cancelled' } });
		});
	});
}
