import { MatrixClient } from '../../../e2e/peers/matrix-client.ts';
import type { Progress } from '../../../e2e/servers/progress.ts';
import { synapse } from '../../../e2e/servers/synapse.ts';
import { CAST } from '../cast.ts';
import { MATRIX_ROOMS } from '../dialogues.ts';
import { CAST_PASSWORD, type Person, type Stage, type StageRoom, VISITOR } from './stage.ts';

/** Synapse, with everybody in the cast on it; the visitor is a member of the rooms already. */
export async function openMatrixStage(dir: string, progress?: Progress): Promise<Stage> {
	const server = await synapse.start({ dir, ...(progress === undefined ? {} : { progress }) });
	const { url, serverName } = server;
	await Promise.all([
		server.createUser(VISITOR.id, VISITOR.password),
		...CAST.map((member) => server.createUser(member.id, CAST_PASSWORD)),
	]);
	const people = await Promise.all(
		CAST.map(async (member): Promise<Person & { readonly peer: MatrixClient }> => {
			const peer = await MatrixClient.connect({
				url,
				user: member.id,
				password: CAST_PASSWORD,
				displayName: member.name,
			});
			const setAway = (status: string | null): Promise<void> =>
				peer.setPresence(status === null ? 'online' : 'unavailable', status ?? '');
			return { member, peer, setAway };
		}),
	);
	const visitor = await MatrixClient.connect({
		url,
		user: VISITOR.id,
		password: VISITOR.password,
		displayName: VISITOR.name,
	});
	const [host, ...guests] = people;
	if (host === undefined) throw new Error('the cast is empty');
	const rooms: StageRoom[] = [];
	for (const script of MATRIX_ROOMS) {
		const address = await host.peer.createRoom({ name: script.title, topic: script.topic, alias: script.key });
		for (const { peer } of [...guests, { peer: visitor }]) await peer.join(`#${script.key}:${serverName}`);
		rooms.push({ script, address });
	}
	await visitor.call('POST', 'v3/logout', {});
	await visitor.close();
	return {
		key: 'matrix',
		server,
		people,
		rooms,
		visitor: visitor.address,
		login: {
			protocol: 'matrix',
			values: {
				address: visitor.address,
				homeserver: url,
				user: visitor.address,
				password: VISITOR.password,
			},
			join: [],
			contacts: [],
		},
		stop: async () => {
			await Promise.all(people.map(({ peer }) => peer.close()));
			await server.stop();
		},
	};
}
