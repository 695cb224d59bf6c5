import { expect, test } from 'vitest';
import { ejabberd } from '../servers/ejabberd.ts';
import { prosody } from '../servers/prosody.ts';
import { prosodyClassic } from '../servers/prosody-classic.ts';
import { describeWithServers } from '../servers/suite.ts';
import { synapse } from '../servers/synapse.ts';
import { MatrixClient } from './matrix-client.ts';
import { messageWith, type Peer } from './peer.ts';
import { nio, PythonPeer, slixmpp } from './python-peer.ts';
import { XmppClient } from './xmpp-client.ts';

async function expectBothWays(peer: Peer, plain: Peer, room: string): Promise<void> {
	await plain.waitFor((event) => event.kind === 'joined' && peer.address.includes(event.from));
	await plain.say(room, 'hello, peer');
	expect(await peer.waitFor(messageWith('hello, peer'))).toMatchObject({ where: room, inRoom: true });
	await peer.typing(room, true);
	await plain.waitFor((event) => event.kind === 'typing' && event.where === room && event.active);
	await peer.say(room, 'hello, plain 🎈');
	expect(await plain.waitFor(messageWith('hello, plain 🎈'))).toMatchObject({ where: room, inRoom: true });
	await plain.say(peer.address, 'in private');
	const heard = await peer.waitFor(messageWith('in private'));
	expect(heard).toMatchObject({ from: plain.address, inRoom: false });
	await peer.say(plain.address, 'answered');
	expect(await plain.waitFor(messageWith('answered'))).toMatchObject({ from: peer.address, inRoom: false });
}

for (const definition of [prosody, prosodyClassic, ejabberd]) {
	await describeWithServers(`slixmpp on ${definition.name}`, [definition, slixmpp], () => {
		test('talks in rooms and in private, shows presence and receipts', async () => {
			const server = await definition.start();
			await Promise.all([server.createUser('ada', 'secret'), server.createUser('slix', 'secret')]);
			const { ports, certs, domain } = server;
			const common = { domain, password: 'secret' };
			const ada = await XmppClient.connect({ ...common, port: ports.clientTls, ca: certs.ca, user: 'ada' });
			const room = `lounge@${server.rooms}`;
			await ada.join(room);
			await ada.configureRoom(room, 'Lounge');
			const peer = await PythonPeer.slixmpp({ ...common, port: ports.client, user: 'slix', caFile: certs.caFile });
			await peer.join(room);
			await expectBothWays(peer, ada, room);
			await peer.waitFor((event) => event.kind === 'receipt' && event.from === ada.address);
			await ada.addContact(peer.address);
			await peer.setPresence('away', 'tea');
			await ada.waitFor((event) => event.kind === 'presence' && event.from === peer.address && event.status === 'tea');
			await peer.close();
			await ada.close();
			await server.stop();
		});

		test('a wrong password is said clearly', async () => {
			const server = await definition.start();
			await server.createUser('slix', 'secret');
			const { ports, certs, domain } = server;
			const options = { port: ports.client, domain, user: 'slix', caFile: certs.caFile };
			await expect(PythonPeer.slixmpp({ ...options, password: 'wrong' })).rejects.toThrow('refused the password');
			await server.stop();
		});
	});
}

await describeWithServers('matrix-nio on Synapse', [synapse, nio], () => {
	test('talks in rooms and in private, also encrypted between its own kind', async () => {
		const server = await synapse.start();
		await Promise.all(['ada', 'nia', 'nio'].map((user) => server.createUser(user, 'secret')));
		const { url } = server;
		const ada = await MatrixClient.connect({ url, user: 'ada', password: 'secret' });
		const peer = await PythonPeer.nio({ url, user: 'nio', password: 'secret' });
		const room = await ada.createRoom({ name: 'Lounge', alias: 'lounge' });
		await peer.join(`#lounge:${server.serverName}`);
		await expectBothWays(peer, ada, room);
		await expect(peer.join('!nowhere:matrix.test')).rejects.toThrow(/nio/);

		const other = await PythonPeer.nio({ url, user: 'nia', password: 'secret' });
		const { room: secret } = await peer.command('create', { encrypted: true, invite: [other.address] });
		const encrypted = String(secret);
		await peer.waitFor((event) => event.kind === 'joined' && event.from === other.address && event.where === encrypted);
		await peer.say(encrypted, 'nobody else reads this');
		await other.waitFor(messageWith('nobody else reads this'));
		await Promise.all([peer.close(), other.close(), ada.close()]);
		await server.stop();
	});
});
