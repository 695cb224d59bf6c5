import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import * as der from './der.ts';

/** One certificate with its key, in memory (PEM) and as files. */
export interface Credential {
	readonly certificate: string;
	readonly key: string;
	/** The certificate followed by its issuer, as servers want it. */
	readonly chain: string;
	readonly certificateFile: string;
	readonly keyFile: string;
	readonly chainFile: string;
	/** Key and chain in one file, for servers that read only one. */
	readonly combinedFile: string;
	/** SHA-256 of the DER form, lower-case hex without colons. */
	readonly fingerprint: string;
}

/** Everything a test needs to make TLS work, and to make it fail in each way a user meets. */
export interface Certs {
	readonly dir: string;
	/** PEM of the CA that signs the good ones. */
	readonly ca: string;
	readonly caFile: string;
	/** Good for every host name the servers answer to, `localhost` and 127.0.0.1. */
	readonly server: Credential;
	/** Signed by the CA, but its time is over. */
	readonly expired: Credential;
	/** Signed by itself, good names. */
	readonly selfSigned: Credential;
	/** Signed by the CA for another name. */
	readonly wrongName: Credential;
	/** A client certificate (SASL EXTERNAL) for `alice`. */
	readonly client: Credential;
}

/** Names that {@link Certs.server} is good for. */
const SERVER_NAMES = [
	'localhost',
	'127.0.0.1',
	'irc.test',
	'*.irc.test',
	'xmpp.test',
	'rooms.xmpp.test',
	'upload.xmpp.test',
	'ej.test',
	'rooms.ej.test',
	'upload.ej.test',
	'matrix.test',
] as const;

const OID = {
	commonName: '2.5.4.3',
	ecdsaWithSha256: '1.2.840.10045.4.3.2',
	subjectKeyIdentifier: '2.5.29.14',
	keyUsage: '2.5.29.15',
	subjectAltName: '2.5.29.17',
	basicConstraints: '2.5.29.19',
	authorityKeyIdentifier: '2.5.29.35',
	extendedKeyUsage: '2.5.29.37',
	serverAuth: '1.3.6.1.5.5.7.3.1',
	clientAuth: '1.3.6.1.5.5.7.3.2',
	// XMPP server certificates are checked by dNSName everywhere we test, so no xmppAddr is needed.
} as const;

const DAY = 24 * 3600 * 1000;

interface Identity {
	readonly name: string;
	readonly privateKey: KeyObject;
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Buffer;
}

interface Request {
	readonly names?: readonly string[];
	readonly usage: 'authority' | 'server' | 'client';
	readonly notBefore: Date;
	readonly notAfter: Date;
}

/**
 * Makes a fresh CA and everything below it in `dir`. Takes a few milliseconds and needs no external tool.
 * `now` decides what "expired" means.
 */
export async function createCerts(dir: string, now: Date = new Date()): Promise<Certs> {
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const from = new Date(now.getTime() - DAY);
	const until = new Date(now.getTime() + 365 * DAY);
	const authority = identity('Parley test CA');
	const caPem = pem(
		'CERTIFICATE',
		issue(authority, authority, { usage: 'authority', notBefore: from, notAfter: until }),
	);
	const caFile = path.join(dir, 'ca.pem');
	await writeFile(caFile, caPem);

	const leaf = async (file: string, name: string, request: Request, ownIssuer = false): Promise<Credential> => {
		const subject = identity(name);
		const bytes = issue(subject, ownIssuer ? subject : authority, request);
		return writeCredential(path.join(dir, file), subject, bytes, ownIssuer ? '' : caPem);
	};
	const good: Request = { usage: 'server', names: SERVER_NAMES, notBefore: from, notAfter: until };
	return {
		dir,
		ca: caPem,
		caFile,
		server: await leaf('server', 'localhost', good),
		expired: await leaf('expired', 'localhost', {
			...good,
			notBefore: new Date(now.getTime() - 60 * DAY),
			notAfter: new Date(now.getTime() - 30 * DAY),
		}),
		selfSigned: await leaf('self-signed', 'localhost', good, true),
		wrongName: await leaf('wrong-name', 'elsewhere.test', { ...good, names: ['elsewhere.test'] }),
		client: await leaf('client', 'alice', { usage: 'client', notBefore: from, notAfter: until }),
	};
}

function identity(name: string): Identity {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	return { name, privateKey, publicKey: publicKey.export({ type: 'spki', format: 'der' }) };
}

/** An X.509 v3 certificate (RFC 5280), signed with ECDSA over P-256 and SHA-256. */
function issue(subject: Identity, issuer: Identity, request: Request): Buffer {
	const algorithm = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));
	const toBeSigned = der.sequence(
		der.explicit(0, der.integer(Buffer.from([2]))),
		der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
		algorithm,
		distinguishedName(issuer.name),
		der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
		distinguishedName(subject.name),
		subject.publicKey,
		der.explicit(3, der.sequence(...extensions(subject, issuer, request))),
	);
	const signature = sign('sha256', toBeSigned, { key: issuer.privateKey, dsaEncoding: 'der' });
	return der.sequence(toBeSigned, algorithm, der.bitString(signature));
}

function distinguishedName(commonName: string): Buffer {
	return der.sequence(der.set(der.sequence(der.objectIdentifier(OID.commonName), der.utf8String(commonName))));
}

function extensions(subject: Identity, issuer: Identity, request: Request): readonly Buffer[] {
	const authority = request.usage === 'authority';
	const list = [
		extension(OID.basicConstraints, true, authority ? der.sequence(der.boolean(true)) : der.sequence()),
		// keyCertSign + cRLSign (bits 5, 6) or digitalSignature (bit 0).
		extension(
			OID.keyUsage,
			true,
			authority ? der.bitString(Buffer.from([0x06]), 1) : der.bitString(Buffer.from([0x80]), 7),
		),
		extension(OID.subjectKeyIdentifier, false, der.octetString(keyIdentifier(subject))),
		extension(OID.authorityKeyIdentifier, false, der.sequence(der.implicit(0, keyIdentifier(issuer)))),
	];
	if (!authority) {
		const usage = request.usage === 'server' ? OID.serverAuth : OID.clientAuth;
		list.push(extension(OID.extendedKeyUsage, false, der.sequence(der.objectIdentifier(usage))));
	}
	if (request.names !== undefined) {
		list.push(extension(OID.subjectAltName, false, der.sequence(...request.names.map(alternativeName))));
	}
	return list;
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
	const flag = critical ? [der.boolean(true)] : [];
	return der.sequence(der.objectIdentifier(id), ...flag, der.octetString(value));
}

function keyIdentifier(owner: Identity): Buffer {
	return createHash('sha1').update(owner.publicKey).digest();
}

function alternativeName(name: string): Buffer {
	return isIP(name) === 4
		? der.implicit(7, Buffer.from(name.split('.').map(Number)))
		: der.implicit(2, Buffer.from(name, 'ascii'));
}

function pem(label: string, bytes: Buffer): string {
	const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

async function writeCredential(base: string, owner: Identity, bytes: Buffer, issuerPem: string): Promise<Credential> {
	const certificate = pem('CERTIFICATE', bytes);
	const key = owner.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
	const credential: Credential = {
		certificate,
		key,
		chain: certificate + issuerPem,
		certificateFile: `${base}.crt`,
		keyFile: `${base}.key`,
		chainFile: `${base}.chain.crt`,
		combinedFile: `${base}.pem`,
		fingerprint: createHash('sha256').update(bytes).digest('hex'),
	};
	await writeFile(credential.certificateFile, certificate);
	await writeFile(credential.keyFile, key, { mode: 0o600 });
	await writeFile(credential.chainFile, credential.chain);
	await writeFile(credential.combinedFile, key + credential.chain, { mode: 0o600 });
	return credential;
}
