import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { IrcClient } from '../../../e2e/peers/irc-client.ts';
import { MatrixClient } from '../../../e2e/peers/matrix-client.ts';
import { messageWith, type Peer } from '../../../e2e/peers/peer.ts';
import { XmppClient } from '../../../e2e/peers/xmpp-client.ts';
import { ergo } from '../../../e2e/servers/ergo.ts';
import { prosody } from '../../../e2e/servers/prosody.ts';
import { ProsodyServer } from '../../../e2e/servers/prosody-recipe.ts';
import { describeWithServers } from '../../../e2e/servers/suite.ts';
import { SynapseServer, synapse } from '../../../e2e/servers/synapse.ts';
import { castMember } from '../cast.ts';
import type { Pace } from '../pace.ts';
import { openIrcStage } from './irc-stage.ts';
import { openMatrixStage } from './matrix-stage.ts';
import { type Stage, VISITOR } from './stage.ts';
import { Troupe } from './troupe.ts';
import { openXmppStage } from './xmpp-stage.ts';

const hasty: Pace = { wait: () => new Promise((resolve) => setImmediate(resolve)), random: () => 0 };

/** Plays a stage for a visitor with a plain client: both have to be answered, in a room and in private. */
async function expectLife(
	open: (dir: string) => Promise<Stage>,
	visit: (stage: Stage) => Promise<{ peer: Peer; address: (id: 'yuki' | 'pell') => string }>,
): Promise<void> {
	const dir = await mkdtemp(path.join(tmpdir(), 'parley-stage-'));
	const stage = await open(dir);
	const ending = new AbortController();
	const errors: unknown[] = [];
	const troupe = new Troupe({
		stage,
		pace: hasty,
		signal: ending.signal,
		talkative: false,
		onError: (error) => errors.push(error),
	});
	await troupe.recallBacklog();
	const performance = troupe.perform();
	const { peer, address } = await visit(stage);
	const room = stage.rooms[0]?.address ?? '';
	if (stage.key !== 'matrix') await peer.join(room);
	await peer.say(room, 'Hello, Yuki!');
	await peer.waitFor((event) => event.kind === 'typing' && event.where === room && event.active);
	expect(await peer.waitFor(messageWith(castMember('yuki').hello))).toMatchObject({ where: room, inRoom: true });
	await peer.say(address('pell'), 'hello');
	expect(await peer.waitFor(messageWith(castMember('pell').hello))).toMatchObject({ inRoom: false });
	await peer.close();
	ending.abort();
	await performance;
	await stage.stop();
	await rm(dir, { recursive: true });
	expect(errors).toEqual([]);
}

await describeWithServers('demo on IRC', [ergo], () => {
	test('the people answer', () =>
		expectLife(openIrcStage, async (stage) => {
			const { ports } = stage.server;
			const peer = await IrcClient.connect({
				port: ports['plain'] ?? 0,
				nick: VISITOR.id,
				password: VISITOR.password,
			});
			return { peer, address: (id) => id };
		}));
});

await describeWithServers('demo on XMPP', [prosody], () => {
	test('the people answer and are contacts', () =>
		expectLife(openXmppStage, async ({ server }) => {
			if (!(server instanceof ProsodyServer)) throw new Error('not a Prosody');
			const peer = await XmppClient.connect({
				port: server.ports.clientTls,
				ca: server.certs.ca,
				domain: server.domain,
				user: VISITOR.id,
				password: VISITOR.password,
			});
			const ingrid = `ingrid@${server.domain}`;
			await peer.waitFor((event) => event.kind === 'presence' && event.from === ingrid && event.available);
			return { peer, address: (id) => `${id}@${server.domain}` };
		}));
});

await describeWithServers('demo on Matrix', [synapse], () => {
	test('the people answer, and the visitor is in the rooms', () =>
		expectLife(openMatrixStage, async ({ server, rooms }) => {
			if (!(server instanceof SynapseServer)) throw new Error('not a Synapse');
			const peer = await MatrixClient.connect({ url: server.url, user: VISITOR.id, password: VISITOR.password });
			const joined = await peer.call('GET', 'v3/joined_rooms');
			expect(joined).toEqual({ joined_rooms: expect.arrayContaining(rooms.map(({ address }) => address)) as unknown });
			return { peer, address: (id) => `@${id}:${server.serverName}` };
		}));
});
