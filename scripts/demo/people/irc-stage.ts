import { IrcClient } from '../../../e2e/peers/irc-client.ts';
import { ergo } from '../../../e2e/servers/ergo.ts';
import type { Progress } from '../../../e2e/servers/progress.ts';
import { CAST } from '../cast.ts';
import { IRC_ROOMS } from '../dialogues.ts';
import { CAST_PASSWORD, type Person, type Stage, VISITOR } from './stage.ts';

/** Ergo, with everybody in the cast on it. */
export async function openIrcStage(dir: string, progress?: Progress): Promise<Stage> {
	const server = await ergo.start({ dir, ...(progress === undefined ? {} : { progress }) });
	const { ports, certs } = server;
	await Promise.all([
		server.createUser(VISITOR.id, VISITOR.password),
		...CAST.map((member) => server.createUser(member.id, CAST_PASSWORD)),
	]);
	const rooms = IRC_ROOMS.map((script) => ({ script, address: `#${script.key}` }));
	const people: Person[] = [];
	for (const member of CAST) {
		const client = await IrcClient.connect({
			port: ports.tls,
			ca: certs.ca,
			nick: member.id,
			realName: member.name,
			password: CAST_PASSWORD,
		});
		for (const { address } of rooms) await client.join(address);
		people.push({ member, peer: client, setAway: async (status) => client.setAway(status) });
		if (people.length > 1) continue;
		// The first one in is the operator of the rooms.
		for (const { address, script } of rooms) client.setTopic(address, script.topic);
	}
	return {
		key: 'irc',
		server,
		people,
		rooms,
		visitor: VISITOR.id,
		login: {
			protocol: 'irc',
			values: {
				address: `ircs://localhost:${ports.tls}`,
				nick: VISITOR.id,
				account: VISITOR.id,
				password: VISITOR.password,
				realname: VISITOR.name,
				ca: certs.ca,
				channels: rooms.map(({ address }) => address).join(', '),
			},
			// The channels of the form are entered on every connect.
			join: [],
			contacts: CAST.map((member) => ({ address: member.id, name: member.name })),
		},
		stop: async () => {
			await Promise.all(people.map(({ peer }) => peer.close()));
			await server.stop();
		},
	};
}
