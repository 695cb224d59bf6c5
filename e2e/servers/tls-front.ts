/** A TLS port in front of a plain one, whose certificate can be changed while it runs. */
import { connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { Credential } from './certs.ts';

export interface TlsFront {
	readonly port: number;
	/** What new connections are shown; the ones there are cut. */
	show(credential: Credential): void;
	/** Ends every connection; new ones are accepted. */
	cut(): void;
	stop(): Promise<void>;
}

export async function startTlsFront(plainPort: number, credential: Credential): Promise<TlsFront> {
	const open = new Set<TLSSocket>();
	const secure = (shown: Credential): { cert: string; key: string } => ({ cert: shown.chain, key: shown.key });
	const server = createServer(secure(credential), (socket) => {
		open.add(socket);
		const inner = connect({ host: '127.0.0.1', port: plainPort });
		socket.pipe(inner).pipe(socket);
		inner.on('error', () => socket.destroy());
		inner.on('close', () => socket.destroy());
		socket.on('error', () => inner.destroy());
		socket.on('close', () => {
			inner.destroy();
			open.delete(socket);
		});
	});
	// Clients that do not like the certificate hang up in the middle of the handshake.
	server.on('tlsClientError', () => undefined);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const cut = (): void => {
		for (const socket of open) socket.destroy();
	};
	return {
		port: (server.address() as AddressInfo).port,
		show: (next) => {
			server.setSecureContext(secure(next));
			cut();
		},
		cut,
		stop: () => {
			cut();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}
