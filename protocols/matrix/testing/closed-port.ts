import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A loopback port where nothing listens. (Port 1 will not do: fetch refuses it by its number.) */
export async function closedPort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
