/** What a bouncer does for its people: it stays when they go, and it keeps their files. */
import { afterEach, expect, it } from 'vitest';
import { messageWith } from '../../e2e/peers/peer.ts';
import { WeechatPeer, weechat } from '../../e2e/peers/weechat.ts';
import { ergo } from '../../e2e/servers/ergo.ts';
import { soju } from '../../e2e/servers/soju.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { AdapterAction } from '../adapter/actions.ts';
import { plainBody } from '../model/content.ts';
import { txnId } from '../model/ids.ts';
import { LiveClient } from './testing/live-client.ts';

const clients: LiveClient[] = [];
const peers: WeechatPeer[] = [];
const client = (settings: object, secrets: Record<string, string> = {}): LiveClient => {
	const made = new LiveClient({ tls: false, host: '127.0.0.1', ...settings }, secrets);
	clients.push(made);
	return made;
};
afterEach(async () => {
	for (const made of clients.splice(0)) await made.stop();
});

const mediaOf = (source: string) =>
	({
		kind: 'media',
		mediaKind: 'file',
		name: 'file',
		mime: null,
		size: null,
		width: null,
		height: null,
		durationMs: null,
		source,
		thumbnail: null,
		host: null,
		waveform: null,
		caption: null,
	}) as const;

await describeWithServers('soju', [soju, ergo, weechat], () => {
	it('keeps what was said while away, under the same account on two clients', async () => {
		const upstream = await ergo.start();
		const bouncer = await soju.start();
		await bouncer.createUser('alice', 'secret-of-alice', [{ name: 'net', port: upstream.ports.plain, nick: 'alice' }]);
		const bob = await client({ port: upstream.ports.plain, nick: 'bob' }).online();
		const settings = { port: bouncer.ports['plain'] ?? 0, nick: 'alice', account: 'alice/net', insecurePassword: true };
		const alice = await client(settings, { password: 'secret-of-alice' }).online();
		const room = await alice.join('#via');
		await bob.join('#via');
		await bob.send('#via', 'while here');
		await alice.got(room, 'while here');
		await alice.restart();
		await bob.send('#via', 'while away');
		await bob.send('alice', 'private while away');
		await alice.online();
		await alice.got(room, 'while away');
		await alice.got('bob', 'private while away');
		expect(
			alice.context.messagesOf(room).filter((message) => plainBody(message.content) === 'while here'),
		).toHaveLength(1);
		await alice.stop();
		await bouncer.stop();
		await upstream.stop();
	});

	it('files: up to its file host, spoken of by address to WeeChat too, and down again', async () => {
		const upstream = await ergo.start();
		const bouncer = await soju.start();
		await bouncer.createUser('alice', 'secret-of-alice', [{ name: 'net', port: upstream.ports.plain, nick: 'alice' }]);
		await bouncer.createUser('bob', 'secret-of-bob', [{ name: 'net', port: upstream.ports.plain, nick: 'bob' }]);
		const over = (nick: string, more: object = {}): LiveClient => {
			const settings = { tls: true, host: 'localhost', port: bouncer.ports['tls'], nick, account: `${nick}/net` };
			const made = new LiveClient({ ...settings, ...more }, { password: `secret-of-${nick}` }, [bouncer.certs.ca]);
			clients.push(made);
			return made;
		};
		try {
			const alice = await over('alice').online();
			const bob = await over('bob').online();
			const room = await alice.join('#files');
			await bob.join('#files');
			const wee = await WeechatPeer.connect({ port: upstream.ports.plain, nick: 'weepeer' });
			peers.push(wee);
			await wee.join('#files');
			expect(alice.adapter.capabilities(room).attachments.level).toBe('full');
			const bytes = new TextEncoder().encode('the words of a file\n'.repeat(5000));
			const progress: number[] = [];
			const request = {
				conversation: room,
				name: 'notes of \u00fcmit.txt',
				mime: 'text/plain',
				size: bytes.length,
				open: async function* () {
					yield bytes.subarray(0, 1000);
					yield bytes.subarray(1000);
				},
				progress: (sent: number) => void progress.push(sent),
			};
			const { source } = (await alice.adapter.media?.upload(request, AbortSignal.timeout(10_000))) ?? { source: '' };
			expect(source.startsWith(`https://localhost:${bouncer.ports.https}/uploads/`)).toBe(true);
			expect(progress.at(-1)).toBe(bytes.length);
			const content = { ...mediaOf(source), name: request.name, size: bytes.length };
			const action: AdapterAction = {
				type: 'send-file',
				txnId: txnId('file'),
				conversation: room,
				content,
				replyTo: null,
				threadRoot: null,
			};
			const began = alice.context.clock.now();
			expect((await alice.do(action)).kind).toBe('accepted');
			expect(await alice.adapter.outcomeOf?.(action, began)).toMatchObject({ kind: 'accepted' });
			const message = await bob.context.waitFor('the file', () =>
				bob.context.messagesOf(room).find((candidate) => candidate.content.kind === 'media'),
			);
			expect(message.content).toMatchObject({ kind: 'media', source, host: null, caption: { text: source } });
			const download = await bob.adapter.media?.download(source, AbortSignal.timeout(10_000));
			const got: Uint8Array[] = [];
			for await (const chunk of download?.body ?? []) got.push(chunk);
			expect(Buffer.concat(got).equals(bytes)).toBe(true);
			expect(await wee.waitFor(messageWith(source))).toMatchObject({ from: 'alice', where: '#files' });
			// Whoever says an address of the own file host speaks of a file, whatever their client.
			await wee.say('#files', source);
			const again = await bob.context.waitFor('the file of WeeChat', () =>
				bob.context.messagesOf(room).find((one) => one.content.kind === 'media' && one.sender.name === 'weepeer'),
			);
			expect(again.content).toMatchObject({ kind: 'media', source, host: null });
			// The same server over a link that others can change: no password goes to an address heard there.
			const plainLink = await over('alice', {
				tls: false,
				port: bouncer.ports.plain,
				insecurePassword: true,
			}).online();
			expect(plainLink.adapter.capabilities(room).attachments).toMatchObject({ level: 'rejected', reason: 'server' });
			await expect(plainLink.adapter.media?.upload(request, AbortSignal.timeout(10_000))).rejects.toMatchObject({
				error: { code: 'unsupported' },
			});
		} finally {
			for (const peer of peers.splice(0)) await peer.close();
			for (const made of clients.splice(0)) await made.stop();
			await bouncer.stop();
			await upstream.stop();
		}
	});
});
