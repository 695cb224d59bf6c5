/** Parley and clients written by others, over Ergo: every relation in both directions. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { IrcClient } from '../../e2e/peers/irc-client.ts';
import type { Peer } from '../../e2e/peers/peer.ts';
import { WeechatPeer, weechat } from '../../e2e/peers/weechat.ts';
import { type ErgoServer, ergo } from '../../e2e/servers/ergo.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { AdapterAction, MessageTarget } from '../adapter/actions.ts';
import type { RemoteMessage } from '../adapter/events.ts';
import { plainBody } from '../model/content.ts';
import { type RemoteConversationId, remoteId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { LiveClient } from './testing/live-client.ts';

const targetOf = (message: RemoteMessage): MessageTarget => ({
	ids: message.ids,
	sender: message.sender.remoteId,
	senderName: message.sender.name,
	text: plainBody(message.content),
	time: message.time,
});
const serverIdOf = (message: RemoteMessage): string =>
	message.ids.find((id) => id.kind === 'server')?.value ?? expect.fail('a message without msgid');

await describeWithServers('Parley and other IRC clients', [ergo, weechat], () => {
	let server: ErgoServer;
	let count = 0;
	const open: { close(): Promise<void> }[] = [];
	beforeAll(async () => {
		server = await ergo.start();
		for (const name of ['alice', 'bob']) await server.createUser(name, `secret-of-${name}`);
	});
	afterAll(() => server.stop());
	afterEach(async () => {
		for (const made of open.splice(0)) await made.close();
	});

	const online = async (): Promise<LiveClient> => {
		const settings = { tls: false, host: '127.0.0.1', port: server.ports.plain, nick: 'alice', account: 'alice' };
		const alice = new LiveClient({ ...settings, insecurePassword: true }, { password: 'secret-of-alice' });
		open.push({ close: () => alice.stop() });
		return alice.online();
	};
	/** Parley and a peer in a fresh room. */
	const meet = async <P extends Peer>(connect: (port: number) => Promise<P>) => {
		const alice = await online();
		const peer = await connect(server.ports.plain);
		open.push(peer);
		const room = `#interop${count++}`;
		const id = await alice.join(room);
		await peer.join(room);
		return { alice, peer, room, id };
	};
	const reaction = (alice: LiveClient, op: 'add' | 'remove') =>
		alice.context.event('reaction', (event) => event.op === op && !event.own);

	const actions = (alice: LiveClient, id: RemoteConversationId) => {
		const run = async (action: AdapterAction): Promise<void> =>
			expect(await alice.do(action)).toMatchObject({ kind: 'accepted' });
		const base = (tag: string) => ({ txnId: txnId(tag), conversation: id });
		return {
			reply: (to: RemoteMessage, text: string) =>
				run({
					...base('reply'),
					type: 'send',
					content: { kind: 'text', body: plain(text) },
					replyTo: targetOf(to),
					threadRoot: null,
				}),
			react: (to: RemoteMessage, key: string) =>
				run({ ...base('react'), type: 'react', target: targetOf(to), keys: [key], added: key, removed: null }),
			unreact: (to: RemoteMessage, key: string) =>
				run({
					...base('unreact'),
					type: 'react',
					target: targetOf(to),
					keys: [],
					added: null,
					removed: { key, ids: [] },
				}),
			remove: (target: MessageTarget, reason: string) => run({ ...base('remove'), type: 'remove', target, reason }),
			typing: (state: 'active' | 'done') => run({ type: 'typing', conversation: id, state }),
			markRead: (upTo: RemoteMessage) =>
				run({ type: 'mark-read', conversation: id, upTo: targetOf(upTo), visible: true }),
		};
	};

	it('WeeChat: reply, reaction and its end, typing, in both directions', async () => {
		const { alice, peer, room, id } = await meet((port) => WeechatPeer.connect({ port, nick: 'weepeer' }));
		const act = actions(alice, id);

		await peer.say(room, 'which way?');
		const question = await alice.got(room, 'which way?');
		const msgid = serverIdOf(question);
		await act.reply(question, 'that way');
		await peer.line(new RegExp(`^.*@\\S*\\+(?:draft/)?reply=${msgid}\\S* :alice!\\S+ PRIVMSG ${room} :?that way`));
		await act.react(question, '👍');
		await peer.line(
			new RegExp(`@(?=\\S*\\+draft/react=👍)(?=\\S*\\+(?:draft/)?reply=${msgid})\\S+ :alice!\\S+ TAGMSG`),
		);
		await act.unreact(question, '👍');
		await peer.line(
			new RegExp(`@(?=\\S*\\+draft/unreact=👍)(?=\\S*\\+(?:draft/)?reply=${msgid})\\S+ :alice!\\S+ TAGMSG`),
		);

		// What WeeChat made of it, in its own list of those who type.
		await act.typing('active');
		await peer.waitFor((event) => event.kind === 'raw' && /typing 0x[0-9a-f]+;typing;alice$/.test(event.line));
		await act.typing('done');
		await peer.waitFor((event) => event.kind === 'raw' && /typing 0x[0-9a-f]+;off;alice$/.test(event.line));

		await peer.quote(`@+draft/reply=${msgid} PRIVMSG ${room} :never mind`);
		expect((await alice.got(room, 'never mind')).replyTo?.ids).toEqual(question.ids);
		await peer.quote(`@+draft/reply=${msgid};+draft/react=🎉 TAGMSG ${room}`);
		expect(await reaction(alice, 'add')).toMatchObject({ keys: ['🎉'], target: question.ids });
		await peer.quote(`@+draft/reply=${msgid};+draft/unreact=🎉 TAGMSG ${room}`);
		expect(await reaction(alice, 'remove')).toMatchObject({ keys: ['🎉'], target: question.ids });
		// Keys pressed, nothing sent: WeeChat itself tells.
		await peer.type(room, 'let me thi');
		await alice.context.event('typing', (event) => event.conversation === id && event.state === 'active');
	});

	it('WeeChat: what Parley removes is told to it, and what it removes is gone', async () => {
		const { alice, peer, room, id } = await meet((port) =>
			WeechatPeer.connect({ port, nick: 'bob', password: 'secret-of-bob' }),
		);
		await peer.say(room, 'oops');
		const oops = await alice.got(room, 'oops');
		await peer.quote(`REDACT ${room} ${serverIdOf(oops)} :typo`);
		expect(await alice.context.event('message-removed')).toMatchObject({
			target: oops.ids,
			reason: 'typo',
			moderated: false,
		});
		const outcome = await alice.send(room, 'my own slip');
		await peer.waitFor((event) => event.kind === 'message' && event.text === 'my own slip');
		const ids = outcome.kind === 'accepted' ? outcome.ids : expect.fail(outcome.kind);
		const target = { ids, sender: remoteUserId('alice'), senderName: 'alice', text: 'my own slip', time: 0 };
		await actions(alice, id).remove(target, 'mine');
		// WeeChat 3.8 does not ask for redaction: the message stays there, and the room keeps working for both.
		await peer.say(room, 'still here');
		await alice.got(room, 'still here');
	});

	it('a client with redaction and read markers: delete and typing in both directions', async () => {
		const { alice, peer, room, id } = await meet((port) =>
			IrcClient.connect({ port, nick: 'bob', password: 'secret-of-bob', capabilities: ['draft/message-redaction'] }),
		);
		const act = actions(alice, id);
		const outcome = await alice.send(room, 'secret, sorry');
		const said = await peer.waitFor((event) => event.kind === 'message' && event.text === 'secret, sorry');
		const ids = outcome.kind === 'accepted' ? outcome.ids : [];
		expect(ids).toContainEqual(remoteId('server', said.kind === 'message' ? (said.id ?? '') : ''));
		await act.remove(
			{ ids, sender: remoteUserId('alice'), senderName: 'alice', text: 'secret, sorry', time: 0 },
			'not for here',
		);
		await peer.line(new RegExp(`^:alice!\\S+ REDACT ${room} ${ids[0]?.value ?? ''} :not for here$`));
		await peer.say(room, 'mine too');
		const mine = await alice.got(room, 'mine too');
		peer.send(`REDACT ${room} ${serverIdOf(mine)}`);
		expect(await alice.context.event('message-removed', (event) => !event.own)).toMatchObject({
			target: mine.ids,
			reason: null,
		});
		await act.typing('active');
		await peer.waitFor((event) => event.kind === 'typing' && event.from === 'alice' && event.active);
		await act.typing('done');
		await peer.waitFor((event) => event.kind === 'typing' && event.from === 'alice' && !event.active);
		await peer.typing(room, true);
		await alice.context.event('typing', (event) => event.user.name === 'bob' && event.state === 'active');
		await peer.typing(room, false);
		await alice.context.event('typing', (event) => event.user.name === 'bob' && event.state === 'done');
	});

	it('two connections of one account tell each other how far was read', async () => {
		const alice = await online();
		const phone = await IrcClient.connect({
			port: server.ports.plain,
			nick: 'alice',
			account: 'alice',
			password: 'secret-of-alice',
			capabilities: ['draft/read-marker'],
		});
		open.push(phone);
		const bob = await IrcClient.connect({ port: server.ports.plain, nick: 'bob' });
		open.push(bob);
		const room = `#interop${count++}`;
		const id = await alice.join(room);
		await bob.join(room);
		await bob.say(room, 'first');
		await bob.say(room, 'second');
		const [first, second] = [await alice.got(room, 'first'), await alice.got(room, 'second')];
		const stamp = (message: RemoteMessage): string => new Date(message.time).toISOString();
		await actions(alice, id).markRead(first);
		await phone.line(new RegExp(`MARKREAD ${room} :?timestamp=${stamp(first)}`));
		phone.send(`MARKREAD ${room} timestamp=${stamp(second)}`);
		const marker = await alice.context.event(
			'read-marker',
			(event) => event.conversation === id && event.time === second.time,
		);
		expect(marker.time).toBe(second.time);
	});
});
