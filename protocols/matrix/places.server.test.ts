/** Spaces and room upgrades as a real Synapse does them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { synapse, type SynapseServer } from '../../e2e/servers/synapse.ts';
import { plainBody } from '../model/content.ts';
import { remoteConversationId } from '../model/ids.ts';
import { PlainClient } from './testing/plain-client.ts';
import { send, text } from './testing/scripted.ts';
import { TestSession } from './testing/session-of.ts';

const client = '/_matrix/client/v3';
const at = (room: string, rest: string): string => `${client}/rooms/${encodeURIComponent(room)}/${rest}`;

await describeWithServers('matrix rooms and their places', [synapse], () => {
	let server: SynapseServer;
	let alice: TestSession;
	/** Another client of hers. */
	let second: PlainClient;
	let bob: PlainClient;

	beforeAll(async () => {
		server = await synapse.start();
		const user = await server.createUser('alice', 'pw');
		second = new PlainClient(server.url, user);
		bob = new PlainClient(server.url, await server.createUser('bob', 'pw'));
		alice = await new TestSession(server.url, { ...user, token: user.accessToken }).online();
	});
	afterAll(async () => {
		await alice.stop();
		await server.stop();
	});

	const parentOf = (room: string): unknown =>
		alice.context
			.of('conversation-upsert')
			.findLast((event) => event.conversation.remoteId === room && event.conversation.parent !== undefined)
			?.conversation.parent;

	test('a room stands in its space, a space in another, until it is taken out', async () => {
		const outer = await second.createRoom({ name: 'Outer', creation_content: { type: 'm.space' } });
		const inner = await second.createRoom({ name: 'Inner', creation_content: { type: 'm.space' } });
		const room = await second.createRoom({ name: 'Room' });
		const adopt = (space: string, child: string, content: object): Promise<unknown> =>
			second.call('PUT', at(space, `state/m.space.child/${encodeURIComponent(child)}`), content);
		const via = { via: [server.serverName] };
		await adopt(outer, inner, via);
		await adopt(inner, room, via);
		await expect.poll(() => [parentOf(inner), parentOf(room)]).toEqual([outer, inner]);
		await adopt(inner, room, {});
		await expect.poll(() => parentOf(room)).toBeNull();
	});

	test('an upgraded room offers its continuation, which takes its place and goes on', async () => {
		const old = await bob.createRoom({ name: 'Club', preset: 'public_chat', room_version: '10' });
		await alice.adapter.perform({ type: 'join', name: old, password: null });
		await bob.send(old, 'before');
		await text(alice, old, 'before');
		const made = await bob.call('POST', at(old, 'upgrade'), { new_version: '11' });
		const fresh = remoteConversationId(String(made['replacement_room']));
		const offer = await alice.context.event(
			'conversation-upsert',
			(event) => event.conversation.remoteId === fresh && event.conversation.membership === 'invited',
		);
		expect(offer.conversation).toMatchObject({ name: 'Club', invite: { from: 'bob' } });
		expect(alice.adapter.capabilities(remoteConversationId(old)).text.send.level).toBe('rejected');
		expect(
			alice.context
				.messagesOf(remoteConversationId(old))
				.some(({ content }) => content.kind === 'system' && content.system.event === 'upgraded'),
		).toBe(true);
		expect(await alice.adapter.perform({ type: 'answer-invite', conversation: fresh, accept: true })).toMatchObject({
			kind: 'accepted',
		});
		expect(await alice.context.event('conversation-renamed')).toMatchObject({ from: old, to: fresh, name: 'Club' });
		expect(await alice.adapter.perform(send(fresh, 'after'))).toMatchObject({ kind: 'accepted' });
		await expect.poll(async () => JSON.stringify(await bob.events(fresh))).toContain('after');
		expect(alice.context.messagesOf(fresh).map(({ content }) => plainBody(content))).not.toContain('before');
	});
});
