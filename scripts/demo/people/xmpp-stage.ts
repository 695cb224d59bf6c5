import { XmppClient, type XmppClientOptions } from '../../../e2e/peers/xmpp-client.ts';
import type { Progress } from '../../../e2e/servers/progress.ts';
import { prosody } from '../../../e2e/servers/prosody.ts';
import { CAST } from '../cast.ts';
import { XMPP_ROOMS } from '../dialogues.ts';
import { CAST_PASSWORD, type Person, type Stage, VISITOR } from './stage.ts';

/** Prosody, with everybody in the cast on it and in the visitor's contact list. */
export async function openXmppStage(dir: string, progress?: Progress): Promise<Stage> {
	const server = await prosody.start({ dir, ...(progress === undefined ? {} : { progress }) });
	const { ports, certs, domain } = server;
	await Promise.all([
		server.createUser(VISITOR.id, VISITOR.password),
		...CAST.map((member) => server.createUser(member.id, CAST_PASSWORD)),
	]);
	const common = { port: ports.clientTls, ca: certs.ca, domain } satisfies Partial<XmppClientOptions>;
	const rooms = XMPP_ROOMS.map((script) => ({ script, address: `${script.key}@${server.rooms}` }));
	const people: Person[] = [];
	for (const member of CAST) {
		const nick = member.name.split(' ')[0] ?? member.name;
		const client = await XmppClient.connect({ ...common, user: member.id, password: CAST_PASSWORD, nick });
		for (const { address, script } of rooms) {
			await client.join(address);
			if (people.length > 0) continue;
			await client.configureRoom(address, script.title);
			client.setTopic(address, script.topic);
		}
		const setAway = async (status: string | null): Promise<void> =>
			client.setPresence(status === null ? 'online' : 'away', status ?? '');
		people.push({ member, peer: client, setAway });
	}
	await befriend(common, people);
	return {
		key: 'xmpp',
		server,
		people,
		rooms,
		visitor: `${VISITOR.id}@${domain}`,
		login: {
			protocol: 'xmpp',
			values: {
				address: `${VISITOR.id}@${domain}`,
				password: VISITOR.password,
				host: 'localhost',
				port: String(ports.client),
			},
			join: rooms.map(({ address }) => address),
			contacts: [],
		},
		stop: async () => {
			await Promise.all(people.map(({ peer }) => peer.close()));
			await server.stop();
		},
	};
}

/** Mutual contacts: the visitor asks, the people accept; the people ask, the visitor accepts. */
async function befriend(
	common: Pick<XmppClientOptions, 'port' | 'ca' | 'domain'>,
	people: readonly Person[],
): Promise<void> {
	const visitor = await XmppClient.connect({ ...common, user: VISITOR.id, password: VISITOR.password });
	for (const { member, peer } of people) {
		await visitor.addContact(peer.address, member.name);
		if (peer instanceof XmppClient) await peer.addContact(visitor.address, VISITOR.name);
	}
	for (const { peer } of people) {
		// The roster says when both directions are through; leaving earlier would leave requests unanswered.
		await visitor.waitFor(
			(event) => event.kind === 'raw' && event.line.includes(`"${peer.address}"`) && event.line.includes('"both"'),
		);
	}
	await visitor.close();
}
