import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErgoServer, ergo } from '../servers/ergo.ts';
import { prosody } from '../servers/prosody.ts';
import type { ProsodyServer } from '../servers/prosody-recipe.ts';
import { describeWithServers } from '../servers/suite.ts';
import { type SynapseServer, synapse } from '../servers/synapse.ts';
import { IrcClient } from './irc-client.ts';
import { MatrixClient } from './matrix-client.ts';
import { messageWith, type Peer } from './peer.ts';
import { XmppClient } from './xmpp-client.ts';

/** Room and one-to-one talk, typing and leaving, as both sides see it. */
async function expectTalk(one: Peer, other: Peer, rooms: { one: string; other: string }): Promise<void> {
	await one.say(rooms.one, 'hello from one');
	const heard = await other.waitFor(messageWith('hello from one'));
	expect(heard).toMatchObject({ where: rooms.other, inRoom: true });
	await other.typing(rooms.other, true);
	await one.waitFor((event) => event.kind === 'typing' && event.where === rooms.one && event.active);
	await other.say(rooms.other, 'hello from other');
	expect(await one.waitFor(messageWith('hello from other'))).toMatchObject({ where: rooms.one, inRoom: true });
	await one.say(other.address, 'between us, ümläut 🎈');
	const whispered = await other.waitFor(messageWith('between us, ümläut 🎈'));
	expect(whispered.inRoom).toBe(false);
	await other.say(whispered.where, 'understood');
	expect(await one.waitFor(messageWith('understood'))).toMatchObject({ inRoom: false });
	await other.close();
	const gone = (event: { kind: string }): boolean => event.kind === 'left' || event.kind === 'presence';
	if (one.name !== 'matrix-client') await one.waitFor(gone);
	await one.close();
}

await describeWithServers('plain IRC client', [ergo], () => {
	let server: ErgoServer;
	beforeAll(async () => {
		server = await ergo.start();
		await server.createUser('ada', 'secret');
	});
	afterAll(() => server.stop());

	test('two of them talk', async () => {
		const ada = await IrcClient.connect({
			port: server.ports.tls,
			ca: server.certs.ca,
			nick: 'ada',
			password: 'secret',
		});
		const bob = await IrcClient.connect({ port: server.ports.plain, nick: 'bob' });
		await ada.join('#room');
		await bob.join('#room');
		bob.setAway('lunch');
		await ada.waitFor((event) => event.kind === 'presence' && event.from === 'bob' && event.status === 'lunch');
		await expectTalk(ada, bob, { one: '#room', other: '#room' });
	});

	test('a wrong password is said clearly', async () => {
		const wrong = IrcClient.connect({ port: server.ports.plain, nick: 'ada', password: 'wrong' });
		await expect(wrong).rejects.toThrow(/refused the account ada/);
	});
});

await describeWithServers('plain XMPP client', [prosody], () => {
	let server: ProsodyServer;
	beforeAll(async () => {
		server = await prosody.start();
		await Promise.all([server.createUser('ada', 'secret'), server.createUser('bob', 'secret')]);
	});
	afterAll(() => server.stop());

	test('two of them talk', async () => {
		const common = { port: server.ports.clientTls, ca: server.certs.ca, domain: server.domain, password: 'secret' };
		const ada = await XmppClient.connect({ ...common, user: 'ada' });
		const bob = await XmppClient.connect({ ...common, user: 'bob', nick: 'Bobby' });
		const room = `lounge@${server.rooms}`;
		await ada.join(room);
		await ada.configureRoom(room, 'Lounge');
		await bob.join(room);
		await ada.addContact(bob.address);
		await bob.addContact(ada.address);
		bob.setPresence('away', 'lunch');
		await ada.waitFor((event) => event.kind === 'presence' && event.from === bob.address && event.status === 'lunch');
		await expectTalk(ada, bob, { one: room, other: room });
	});

	test('a wrong password is said clearly', async () => {
		const { certs, domain, ports } = server;
		const wrong = XmppClient.connect({ port: ports.clientTls, ca: certs.ca, domain, user: 'ada', password: 'wrong' });
		await expect(wrong).rejects.toThrow(/refused ada@xmpp.test/);
	});
});

await describeWithServers('plain Matrix client', [synapse], () => {
	let server: SynapseServer;
	beforeAll(async () => {
		server = await synapse.start();
		await Promise.all([server.createUser('ada', 'secret'), server.createUser('bob', 'secret')]);
	});
	afterAll(() => server.stop());

	test('two of them talk', async () => {
		const ada = await MatrixClient.connect({ url: server.url, user: 'ada', password: 'secret', displayName: 'Ada' });
		const bob = await MatrixClient.connect({ url: server.url, user: 'bob', password: 'secret' });
		const room = await ada.createRoom({ name: 'Lounge', alias: 'lounge' });
		expect(await bob.enter(`#lounge:${server.serverName}`)).toBe(room);
		await ada.waitFor((event) => event.kind === 'joined' && event.from === bob.address);
		await bob.setPresence('unavailable', 'lunch');
		await ada.waitFor((event) => event.kind === 'presence' && event.from === bob.address && event.status === 'lunch');
		await expectTalk(ada, bob, { one: room, other: room });
	});

	test('a wrong password is said clearly', async () => {
		const wrong = MatrixClient.connect({ url: server.url, user: 'ada', password: 'wrong' });
		await expect(wrong).rejects.toThrow(/403/);
	});
});
