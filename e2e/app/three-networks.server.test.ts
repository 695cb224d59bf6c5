/**
 * The whole program but the window: the browser host as a process, its three adapters, real servers, and independent
 * clients on the other side. What is promised: a message reaches the other client and its answer arrives; a restart or
 * a power cut of Parley, and a restart of each server, loses nothing and doubles nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountId, ConversationId } from '../../protocols/model/ids.ts';
import { IrcClient } from '../peers/irc-client.ts';
import { MatrixClient } from '../peers/matrix-client.ts';
import { messageWith, type Peer } from '../peers/peer.ts';
import { XmppClient } from '../peers/xmpp-client.ts';
import { ergo } from '../servers/ergo.ts';
import { prosody } from '../servers/prosody.ts';
import { describeWithServers } from '../servers/suite.ts';
import { synapse } from '../servers/synapse.ts';
import { Parley } from './parley.ts';

interface Place {
	readonly title: string;
	readonly conversation: ConversationId;
	readonly account: AccountId;
	readonly peer: Peer;
	/** Where the peer talks to reach us. */
	readonly target: string;
	/** Restarts the server; resolves when it listens again. The peer is connected again afterwards. */
	restartServer(): Promise<Peer>;
}

const once = (texts: readonly string[], text: string): boolean => texts.filter((one) => one === text).length === 1;

await describeWithServers('three networks', [ergo, prosody, synapse], () => {
	let dir: string;
	let parley: Parley;
	const places = new Map<string, Place>();
	const stops: (() => Promise<unknown>)[] = [];
	const place = (name: string): Place => {
		const found = places.get(name);
		if (found === undefined) throw new Error(`no place ${name}`);
		return found;
	};

	const irc = async (): Promise<void> => {
		const server = await ergo.start({ dir: join(dir, 'ergo') });
		stops.push(() => server.stop());
		await server.createUser('vera', 'vera-secret');
		const connect = async (): Promise<IrcClient> => {
			const peer = await IrcClient.connect({ port: server.ports.tls, ca: server.certs.ca, nick: 'wim' });
			await peer.join('#garden');
			return peer;
		};
		const peer = await connect();
		stops.push(() => peer.close());
		const account = await parley.addAccount('irc', {
			address: `ircs://localhost:${server.ports.tls}`,
			nick: 'vera',
			account: 'vera',
			password: 'vera-secret',
			ca: server.certs.ca,
		});
		const { conversationId } = await parley.client.command('conversation.join', {
			accountId: account,
			name: '#garden',
			password: null,
		});
		const restartServer = async (): Promise<Peer> => {
			await peer.close();
			await server.restart();
			const again = await connect();
			stops.push(() => again.close());
			return again;
		};
		places.set('irc', {
			title: 'IRC channel',
			conversation: conversationId,
			account,
			peer,
			target: '#garden',
			restartServer,
		});
	};

	const xmpp = async (): Promise<void> => {
		const server = await prosody.start({ dir: join(dir, 'prosody') });
		stops.push(() => server.stop());
		await server.createUser('vera', 'vera-secret');
		await server.createUser('wim', 'wim-secret');
		const room = `garden@${server.rooms}`;
		const connect = async (): Promise<XmppClient> => {
			const peer = await XmppClient.connect({
				domain: server.domain,
				port: server.ports.clientTls,
				ca: server.certs.ca,
				user: 'wim',
				password: 'wim-secret',
			});
			await peer.join(room);
			return peer;
		};
		const peer = await connect();
		await peer.configureRoom(room, 'Garden');
		stops.push(() => peer.close());
		const account = await parley.addAccount('xmpp', {
			address: `vera@${server.domain}`,
			password: 'vera-secret',
			host: '127.0.0.1',
			port: String(server.ports.client),
			ca: server.certs.ca,
		});
		const { conversationId } = await parley.client.command('conversation.join', {
			accountId: account,
			name: room,
			password: null,
		});
		const direct = await parley.client.command('conversation.direct', {
			accountId: account,
			user: `wim@${server.domain}`,
		});
		const restartServer = async (): Promise<Peer> => {
			await peer.close();
			await server.restart();
			const again = await connect();
			stops.push(() => again.close());
			return again;
		};
		places.set('xmpp', {
			title: 'XMPP room',
			conversation: conversationId,
			account,
			peer,
			target: room,
			restartServer,
		});
		places.set('xmpp-direct', {
			title: 'XMPP one to one',
			conversation: direct.conversationId,
			account,
			peer,
			target: `vera@${server.domain}`,
			restartServer,
		});
	};

	const matrix = async (): Promise<void> => {
		const server = await synapse.start({ dir: join(dir, 'synapse') });
		stops.push(() => server.stop());
		await server.createUser('vera', 'vera-secret');
		await server.createUser('wim', 'wim-secret');
		const peer = await MatrixClient.connect({
			url: server.url,
			user: 'wim',
			password: 'wim-secret',
			displayName: 'Wim',
		});
		stops.push(() => peer.close());
		const room = await peer.createRoom({ name: 'Garden', topic: '', alias: 'garden' });
		const account = await parley.addAccount('matrix', {
			address: `@vera:${server.serverName}`,
			homeserver: server.url,
			user: `@vera:${server.serverName}`,
			password: 'vera-secret',
		});
		const { conversationId } = await parley.client.command('conversation.join', {
			accountId: account,
			name: `#garden:${server.serverName}`,
			password: null,
		});
		const restartServer = async (): Promise<Peer> => {
			await server.restart();
			return peer;
		};
		places.set('matrix', {
			title: 'Matrix room',
			conversation: conversationId,
			account,
			peer,
			target: room,
			restartServer,
		});
	};

	beforeAll(async () => {
		dir = await mkdtemp(join(tmpdir(), 'parley-stack-'));
		parley = await new Parley(join(dir, 'profile')).start();
		await irc();
		await xmpp();
		await matrix();
	});

	afterAll(async () => {
		await parley?.stop();
		for (const stop of stops.reverse()) await stop().catch(() => undefined);
		await rm(dir, { recursive: true, force: true });
	});

	describe.each(['irc', 'xmpp', 'xmpp-direct', 'matrix'])('%s', (name) => {
		test('a message reaches the independent client and its answer arrives, each once', async () => {
			const { conversation, peer, target } = place(name);
			const hello = `hello over ${name} — größe 👋`;
			await parley.send(conversation, hello);
			await peer.waitFor(messageWith(hello));
			await peer.say(target, `answer over ${name}`);
			await parley.expectTexts(conversation, (texts) => once(texts, hello) && once(texts, `answer over ${name}`));
			await parley.settled(conversation);
		});
	});

	test('a restart of Parley loses and doubles nothing, and what was said meanwhile arrives', async () => {
		const before = new Map<string, readonly string[]>();
		for (const [name, { conversation }] of places) before.set(name, await parley.texts(conversation));
		await parley.stop();
		for (const [name, { peer, target }] of places) await peer.say(target, `while stopped ${name}`);
		await parley.start();
		for (const [name, { account, conversation }] of places) {
			await parley.online(account);
			const known = before.get(name) ?? [];
			await parley.expectTexts(
				conversation,
				(texts) => JSON.stringify(texts) === JSON.stringify([...known, `while stopped ${name}`]),
			);
			expect(await parley.texts(conversation)).toEqual([...known, `while stopped ${name}`]);
		}
	});

	test('a power cut in the middle of sending loses and doubles nothing', async () => {
		for (const [name, { conversation }] of places) {
			await parley.send(conversation, `cut one ${name}`);
			await parley.send(conversation, `cut two ${name}`);
		}
		await parley.kill();
		await parley.start();
		for (const [name, { account, conversation, peer }] of places) {
			await parley.online(account);
			await parley.settled(conversation, ['sent', 'delivered', 'read', 'unconfirmed', 'uncertain']);
			await parley.expectTexts(
				conversation,
				(texts) => once(texts, `cut one ${name}`) && once(texts, `cut two ${name}`),
			);
			const own = (await parley.messages(conversation)).filter((one) => one.send?.kind === 'uncertain');
			// Only what may have been lost is uncertain; everything else reached the other side.
			if (own.length === 0) {
				await peer.waitFor(messageWith(`cut one ${name}`));
				await peer.waitFor(messageWith(`cut two ${name}`));
			}
		}
	});

	test.each(['irc', 'xmpp', 'matrix'])('a restart of the server of %s loses and doubles nothing', async (name) => {
		const { conversation, account, target, restartServer } = place(name);
		const known = await parley.texts(conversation);
		const peer = await restartServer();
		await parley.send(conversation, `written during the outage of ${name}`);
		await parley.client.command('account.connect', { accountId: account }).catch(() => undefined);
		await parley.online(account);
		await peer.waitFor(messageWith(`written during the outage of ${name}`), 60_000);
		await peer.say(target, `after the restart of ${name}`);
		await parley.expectTexts(conversation, (texts) => once(texts, `after the restart of ${name}`), 60_000);
		const texts = await parley.texts(conversation);
		expect(texts.filter((text) => known.includes(text))).toEqual(known);
		expect(once(texts, `written during the outage of ${name}`)).toBe(true);
		await parley.settled(conversation);
	});
});
