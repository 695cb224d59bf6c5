/** A TCP relay on loopback whose links a test can cut without a goodbye. */
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export class CutProxy {
	readonly #target: number;
	readonly #links = new Set<Socket>();
	#server: Server | null = null;
	port = 0;

	constructor(targetPort: number) {
		this.#target = targetPort;
	}

	async start(): Promise<this> {
		const server = createServer((near) => {
			const far = connect(this.#target, '127.0.0.1');
			for (const [socket, other] of [
				[near, far],
				[far, near],
			] as const) {
				this.#links.add(socket);
				socket.on('data', (bytes) => other.write(bytes));
				socket.on('end', () => other.end());
				socket.on('error', () => other.destroy());
				socket.on('close', () => this.#links.delete(socket));
			}
		});
		this.#server = server;
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		this.port = (server.address() as AddressInfo).port;
		return this;
	}

	cut(): void {
		for (const socket of this.#links) socket.resetAndDestroy();
	}

	async stop(): Promise<void> {
		this.cut();
		await new Promise<void>((resolve) => {
			if (this.#server === null) resolve();
			else this.#server.close(() => resolve());
		});
	}
}
