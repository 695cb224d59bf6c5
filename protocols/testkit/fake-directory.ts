/** Room and people search of the fake network. */
import type { DirectoryFacet, DirectoryRoom } from '../adapter/adapter.ts';
import { remoteConversationId, remoteUserId } from '../model/ids.ts';
import type { FakeNetwork } from './fake-network.ts';

export function fakeDirectory(network: FakeNetwork): DirectoryFacet {
	return {
		rooms: (filter) => listRooms(network, filter),
		people: (filter) =>
			Promise.resolve(
				[...network.users.values()]
					.filter((user) => user.id.includes(filter) || user.name.includes(filter))
					.slice(0, 50)
					.map((user) => ({ remoteId: remoteUserId(user.id), name: user.name, address: user.id })),
			),
	};
}

async function* listRooms(network: FakeNetwork, filter: string): AsyncGenerator<readonly DirectoryRoom[]> {
	const rooms = [...network.rooms.values()].filter(
		(room) => room.isPublic && !room.direct && room.name.includes(filter),
	);
	for (let at = 0; at < rooms.length; at += 50) {
		await Promise.resolve();
		yield rooms.slice(at, at + 50).map((room) => ({
			remoteId: remoteConversationId(room.id),
			joinName: room.id,
			name: room.name,
			topic: room.topic,
			members: room.members.size,
		}));
	}
}
