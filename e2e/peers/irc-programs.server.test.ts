import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErgoServer, ergo } from '../servers/ergo.ts';
import { describeWithServers } from '../servers/suite.ts';
import { IiPeer, ii } from './ii.ts';
import { IrcClient } from './irc-client.ts';
import { messageWith, type Peer } from './peer.ts';
import { WeechatPeer, weechat } from './weechat.ts';

/** The program and a plain client understand each other, in a room and in private. */
async function expectBothWays(program: Peer, plain: IrcClient): Promise<void> {
	await plain.join('#room');
	await program.join('#room');
	await plain.waitFor((event) => event.kind === 'joined' && event.from === program.address);
	await plain.say('#room', 'hello, program');
	expect(await program.waitFor(messageWith('hello, program'))).toMatchObject({ from: 'plain', where: '#room' });
	await program.say('#room', 'hello, plain 🎈');
	expect(await plain.waitFor(messageWith('hello, plain 🎈'))).toMatchObject({ from: program.address, where: '#room' });
	await plain.say(program.address, 'in private');
	expect(await program.waitFor(messageWith('in private'))).toMatchObject({ where: 'plain', inRoom: false });
	await program.say('plain', 'answered');
	expect(await plain.waitFor(messageWith('answered'))).toMatchObject({ where: program.address, inRoom: false });
	await program.close();
	await plain.waitFor((event) => event.kind === 'presence' && event.from === program.address && !event.available);
	await plain.close();
}

await describeWithServers('IRC programs as peers', [ergo, weechat, ii], () => {
	let server: ErgoServer;
	beforeAll(async () => {
		server = await ergo.start();
	});
	afterAll(() => server.stop());

	test('WeeChat', async () => {
		const port = server.ports.plain;
		const program = await WeechatPeer.connect({ port, nick: 'weepeer' });
		const plain = await IrcClient.connect({ port, nick: 'plain' });
		await plain.join('#typing');
		await program.join('#typing');
		await program.typing('#typing', true);
		await plain.waitFor((event) => event.kind === 'typing' && event.from === 'weepeer' && event.active);
		await expectBothWays(program, plain);
	});

	test('ii', async () => {
		const port = server.ports.plain;
		const program = await IiPeer.connect({ port, nick: 'iipeer' });
		await expectBothWays(program, await IrcClient.connect({ port, nick: 'plain' }));
	});
});
