/** A TCP relay on loopback whose links a test can cut without a goodbye, and that may edit what the server says. */
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** Edits the bytes of one link from the server to the client, in order. */
export type Edit = (bytes: Buffer) => Buffer;

export class CutProxy {
	readonly #target: number;
	readonly #edit: () => Edit;
	readonly #links = new Set<Socket>();
	#server: Server | null = null;
	port = 0;

	/** @param edit makes one editor per link; default: everything passes unchanged */
	constructor(targetPort: number, edit: () => Edit = () => (bytes) => bytes) {
		this.#target = targetPort;
		this.#edit = edit;
	}

	async start(): Promise<this> {
		const server = createServer((near) => {
			const far = connect(this.#target, '127.0.0.1');
			const edit = this.#edit();
			for (const [socket, other, change] of [
				[near, far, (bytes: Buffer) => bytes],
				[far, near, edit],
			] as const) {
				this.#links.add(socket);
				socket.on('data', (bytes) => other.write(change(bytes)));
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
