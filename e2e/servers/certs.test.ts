import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certs, type Credential, createCerts } from './certs.ts';

let dir: string;
let certs: Certs;

beforeAll(async () => {
	dir = await mkdtemp(path.join(tmpdir(), 'parley-certs-'));
	certs = await createCerts(dir);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a client that trusts only our CA makes of a server with this certificate: `ok` or the error code. */
async function handshake(credential: Credential, servername: string): Promise<string> {
	const server = createServer({ key: credential.key, cert: credential.chain }, (socket) => socket.end());
	server.on('tlsClientError', () => undefined);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const client = connect({ host: '127.0.0.1', port, servername, ca: certs.ca });
	const result = await new Promise<string>((resolve) => {
		client.once('secureConnect', () => resolve('ok'));
		client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
	});
	client.destroy();
	server.close();
	return result;
}

describe('test certificates', () => {
	test.each(['localhost', 'irc.test', 'ergo.irc.test', 'xmpp.test', 'rooms.xmpp.test', 'matrix.test'])(
		'the good one is accepted for %s',
		async (name) => {
			await expect(handshake(certs.server, name)).resolves.toBe('ok');
		},
	);

	test('each bad one is refused for its own reason', async () => {
		expect(await handshake(certs.expired, 'localhost')).toBe('CERT_HAS_EXPIRED');
		expect(await handshake(certs.selfSigned, 'localhost')).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
		expect(await handshake(certs.wrongName, 'localhost')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
		expect(await handshake(certs.server, 'elsewhere.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
	});

	test('the client certificate names its user, is signed by the CA and has the fingerprint we say', () => {
		const parsed = new X509Certificate(certs.client.certificate);
		expect(parsed.subject).toBe('CN=alice');
		expect(parsed.verify(new X509Certificate(certs.ca).publicKey)).toBe(true);
		expect(parsed.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(certs.client.fingerprint);
		expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
	});

	test('dates past 2049 are written so that others read them', async () => {
		const far = await createCerts(path.join(dir, 'far'), new Date('2060-05-06T07:08:09Z'));
		const parsed = new X509Certificate(far.server.certificate);
		expect(new Date(parsed.validTo).toISOString()).toBe('2061-05-06T07:08:09.000Z');
	});
});
