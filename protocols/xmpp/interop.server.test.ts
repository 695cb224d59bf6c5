/** What messages say about each other, with slixmpp on the other side, in both directions. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PythonPeer, slixmpp } from '../../e2e/peers/python-peer.ts';
import { ejabberd, type EjabberdServer } from '../../e2e/servers/ejabberd.ts';
import { prosody } from '../../e2e/servers/prosody.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import type { MessageTarget } from '../adapter/actions.ts';
import type { RemoteMessage } from '../adapter/events.ts';
import { plainBody } from '../model/content.ts';
import { remoteConversationId, remoteUserId, txnId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import { Accounts, type AccountUser, password } from './testing/account-user.ts';

type Server = Awaited<ReturnType<typeof prosody.start>> | EjabberdServer;

for (const { title, kind, start } of [
	{ title: 'XMPP with slixmpp on Prosody 13', kind: prosody, start: () => prosody.start({ hash: 'SHA-256' }) },
	{ title: 'XMPP with slixmpp on ejabberd', kind: ejabberd, start: () => ejabberd.start({}) },
]) {
	await describeWithServers(title, [kind, slixmpp], () => {
		let server: Server;
		const peers: PythonPeer[] = [];
		const accounts = new Accounts(() => server);
		beforeAll(async () => {
			server = await start();
		});
		afterAll(async () => {
			await Promise.all(peers.map((peer) => peer.close()));
			await accounts.stop();
			await server.stop();
		});
		let made = 0;
		const newPeer = async (tag: string): Promise<PythonPeer> => {
			const user = `${tag}${++made}`;
			await server.createUser(user, password);
			const { domain, ports, certs } = server;
			const peer = await PythonPeer.slixmpp({ port: ports.client, domain, user, password, caFile: certs.caFile });
			peers.push(peer);
			return peer;
		};
		const heard = (peer: PythonPeer, line: string): Promise<unknown> =>
			peer.waitFor((event) => event.kind === 'raw' && event.line === line);
		const message = async (user: AccountUser, text: string): Promise<RemoteMessage> =>
			(await user.context.event('message', (event) => plainBody(event.message.content) === text)).message;
		const idOf = (of: RemoteMessage, kindOfId: 'server' | 'origin'): string =>
			String(of.ids.find((id) => id.kind === kindOfId)?.value);
		const targetOf = (of: RemoteMessage): MessageTarget => ({
			ids: of.ids,
			sender: of.sender.remoteId,
			senderName: of.sender.name,
			text: plainBody(of.content),
			time: of.time,
		});

		/** Everything both ways in one conversation. `kindOfId` names targets of replies, reactions and retractions there. */
		async function bothWays(
			user: AccountUser,
			peer: PythonPeer,
			to: string,
			peerTo: string,
			author: string,
			kindOfId: 'server' | 'origin',
		): Promise<void> {
			const conversation = remoteConversationId(to);
			await peer.say(peerTo, 'from the peer 🎉\nsecond line');
			const theirs = await message(user, 'from the peer 🎉\nsecond line');
			const target = targetOf(theirs);
			const id = idOf(theirs, kindOfId);
			const body = (text: string) => ({ kind: 'text', body: plain(text) }) as const;
			const base = { conversation, threadRoot: null };
			await user.must({
				...base,
				type: 'send',
				txnId: txnId(`reply-${to}`),
				content: body('our answer'),
				replyTo: target,
			});
			await heard(peer, `reply ${id} our answer`);
			const keys = ['❤️', '👍'];
			await user.must({
				type: 'react',
				txnId: txnId(`react-${to}`),
				conversation,
				target,
				keys,
				added: '👍',
				removed: null,
			});
			await heard(peer, `react ${id} ❤️ 👍`);
			await user.must({
				type: 'react',
				txnId: txnId(`unreact-${to}`),
				conversation,
				target,
				keys: [],
				added: null,
				removed: { key: '👍', ids: [] },
			});
			await heard(peer, `react ${id}`);
			await user.say(to, 'to be changed', `first-${to}`);
			const ours = await user.context.waitFor('our message with all its ids', () => {
				const found = user.context
					.messagesOf(conversation)
					.find((one) => one.ids.some(({ value }) => value === `first-${to}`));
				return kindOfId === 'server'
					? found
					: (found ??
							({
								ids: [{ kind: 'origin', value: `first-${to}` }],
								content: body('to be changed'),
								time: 0,
								sender: { remoteId: remoteUserId(user.address), name: 'me' },
							} as unknown as RemoteMessage));
			});
			await peer.waitFor((event) => event.kind === 'message' && event.text === 'to be changed');
			const own = targetOf(ours);
			await user.must({
				type: 'edit',
				txnId: txnId(`edit-${to}`),
				conversation,
				target: own,
				content: body('changed'),
			});
			await heard(peer, `edit first-${to} changed`);
			await user.must({ type: 'remove', txnId: txnId(`remove-${to}`), conversation, target: own, reason: null });
			await heard(peer, `retract ${idOf(ours, kindOfId)}`);

			await user.say(to, 'quote me', `second-${to}`);
			await peer.waitFor((event) => event.kind === 'message' && event.text === 'quote me');
			const second =
				kindOfId === 'origin'
					? `second-${to}`
					: idOf(
							await user.context.waitFor('the room shows it', () =>
								user.context.messagesOf(conversation).find((one) => plainBody(one.content) === 'quote me'),
							),
							'server',
						);
			await peer.command('reply', {
				target: peerTo,
				author,
				replies: second,
				quoted: 'quote\nme',
				text: 'their answer',
			});
			const answer = await message(user, 'their answer');
			expect(answer.replyTo?.ids).toEqual([{ kind: kindOfId, value: second }]);
			await peer.command('react', { target: peerTo, to: second, keys: ['❤'] });
			await user.context.event(
				'reaction',
				(event) => event.keys.join() === '❤️' && event.target.some(({ value }) => value === second),
			);
			await peer.command('correct', { target: peerTo, text: 'better answer', replaces: idOf(answer, 'origin') });
			const edited = await user.context.event(
				'message-edited',
				(event) => plainBody(event.content) === 'better answer',
			);
			expect([edited.target, edited.sender.remoteId]).toEqual([
				[{ kind: 'origin', value: idOf(answer, 'origin') }],
				answer.sender.remoteId,
			]);
			await peer.command('retract', { target: peerTo, message: idOf(answer, kindOfId) });
			const removed = await user.context.event(
				'message-removed',
				(event) => event.sender.remoteId === answer.sender.remoteId,
			);
			expect(removed.target).toEqual([{ kind: kindOfId, value: idOf(answer, kindOfId) }]);
			await peer.typing(peerTo, true);
			await user.context.event('typing', (event) => event.conversation === to && event.state === 'active');
			await user.must({ type: 'typing', conversation, state: 'active' });
			await peer.waitFor((event) => event.kind === 'typing' && event.active);
		}

		it('one to one: reply, reaction, edit, retraction, typing, receipt, read marker', async () => {
			const peer = await newPeer('slixdirect');
			const user = await accounts.user('direct');
			// Presence in both directions, so that receipts and markers may be sent.
			await user.must({ type: 'contact-add', user: peer.address, name: null, groups: [], message: null });
			await user.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === peer.address && contact.subscription === 'pending-in'),
			);
			await user.must({ type: 'contact-authorise', user: remoteUserId(peer.address), allow: true });
			await user.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === peer.address && contact.subscription === 'both'),
			);
			await bothWays(user, peer, peer.address, user.address, user.address, 'origin');
			await user.context.event(
				'receipt',
				(event) => event.kind === 'delivered' && event.upTo.some(({ value }) => value === `second-${peer.address}`),
			);
			await peer.waitFor((event) => event.kind === 'receipt');
			await peer.command('displayed', { target: user.address, message: `second-${peer.address}` });
			await user.context.event(
				'receipt',
				(event) => event.kind === 'read' && event.upTo.some(({ value }) => value === `second-${peer.address}`),
			);
			const last = await message(user, 'from the peer 🎉\nsecond line');
			const upTo = targetOf(last);
			await user.must({ type: 'mark-read', conversation: remoteConversationId(peer.address), upTo, visible: true });
			await heard(peer, `displayed ${idOf(last, 'origin')}`);
		});

		it('one to one: who keeps typing and receipts private sends neither, not even with a message', async () => {
			const peer = await newPeer('slixprivate');
			const user = await accounts.user('private');
			await user.must({ type: 'contact-add', user: peer.address, name: null, groups: [], message: null });
			await user.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === peer.address && contact.subscription === 'pending-in'),
			);
			await user.must({ type: 'contact-authorise', user: remoteUserId(peer.address), allow: true });
			await user.context.event('contacts-delta', (event) =>
				event.upsert.some((contact) => contact.remoteId === peer.address && contact.subscription === 'both'),
			);
			const conversation = remoteConversationId(peer.address);
			const told: string[] = [];
			const stop = peer.listen((event) => {
				if (event.kind === 'typing' || event.kind === 'receipt') told.push(event.kind);
			});
			const exchange = async (words: string): Promise<void> => {
				await peer.typing(user.address, true);
				await peer.say(user.address, words);
				await message(user, words);
				await user.must({ type: 'typing', conversation, state: 'active' });
				await user.say(peer.address, `${words} too`);
				await peer.waitFor((event) => event.kind === 'message' && event.text === `${words} too`);
			};
			for (const kindOfFact of ['typing', 'delivery'] as const) user.context.private.add(kindOfFact);
			await exchange('in private');
			expect(told).toEqual([]);
			user.context.private.clear();
			await exchange('in the open');
			await peer.waitFor((event) => event.kind === 'receipt');
			stop();
			expect(new Set(told)).toEqual(new Set(['typing', 'receipt']));
		});

		it('in a room: reply, reaction, edit, retraction, typing', async () => {
			const peer = await newPeer('slixroom');
			const user = await accounts.user('roomer');
			const room = `interop-${accounts.count}@${server.rooms}`;
			await user.must({ type: 'create-room', name: room, topic: null, isPublic: true, invite: [] });
			await peer.join(room);
			await bothWays(user, peer, room, room, `${room}/${user.address.split('@')[0] ?? ''}`, 'server');
		});

		it('a moderator removes what the peer said; others may not', async () => {
			const peer = await newPeer('slixmod');
			const owner = await accounts.user('owner');
			const guest = await accounts.user('guest');
			const room = `moderated-${accounts.count}@${server.rooms}`;
			const conversation = remoteConversationId(room);
			await owner.must({ type: 'create-room', name: room, topic: null, isPublic: true, invite: [] });
			await guest.must({ type: 'join', name: room, password: null });
			await peer.join(room);
			await peer.say(room, 'spam');
			const spam = await message(owner, 'spam');
			expect(owner.adapter.capabilities(conversation).removeAny.level).toBe('full');
			expect(guest.adapter.capabilities(conversation).removeAny.level).toBe('rejected');
			const removal = { type: 'remove', txnId: txnId('moderate'), conversation, target: targetOf(spam) } as const;
			expect(await guest.code({ ...removal, reason: null })).not.toBe('accepted');
			await owner.must({ ...removal, reason: 'no spam' });
			for (const user of [owner, guest]) {
				const removed = await user.context.event('message-removed');
				expect(removed).toMatchObject({
					moderated: true,
					reason: 'no spam',
					target: [{ value: idOf(spam, 'server') }],
				});
			}
		});
	});
}
