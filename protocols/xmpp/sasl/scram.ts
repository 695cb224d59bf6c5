/**
 * SCRAM (RFC 5802, RFC 7677; channel binding by RFC 9266 tls-exporter). The server must prove that it knows the
 * secret too: without a valid server signature the login fails even if the server says success.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ChatException, chatError } from '../../model/errors.ts';
import type { Credentials, SaslExchange } from './mechanism.ts';
import { saslPrep } from './saslprep.ts';

export type ScramHash = 'sha1' | 'sha256' | 'sha512';
const hashNames = { sha1: 'SHA-1', sha256: 'SHA-256', sha512: 'SHA-512' } as const;
const hashBytes = { sha1: 20, sha256: 32, sha512: 64 } as const;

/** More would let a server keep our processor busy; less than the floor is not a real server. */
const scramIterations = { min: 1000, max: 2_000_000 } as const;

export interface ScramOptions {
	readonly hash: ScramHash;
	readonly credentials: Credentials;
	/** Client nonce, printable ASCII without commas. */
	readonly nonce: string;
	/** tls-exporter data for `-PLUS`; null without channel binding. */
	readonly binding: Buffer | null;
	/** We could bind but the server does not offer it: tells an honest server about a stripped offer (RFC 5802 6). */
	readonly bindingUnoffered: boolean;
}

const derive = promisify(pbkdf2);
const hmac = (hash: ScramHash, key: Buffer, data: string): Buffer =>
	createHmac(hash, key).update(data, 'utf8').digest();
const badServer = (detail: string): ChatException => new ChatException(chatError('auth-server-unverified', detail));

function attributes(message: string): Map<string, string> {
	const found = new Map<string, string>();
	for (const part of message.split(',')) {
		if (part[1] === '=' && part[0] !== undefined && !found.has(part[0])) found.set(part[0], part.slice(2));
	}
	return found;
}

export function scram(options: ScramOptions): SaslExchange {
	const { hash, binding } = options;
	const username = saslPrep(options.credentials.username).replace(/=/g, '=3D').replace(/,/g, '=2C');
	const gs2 = binding !== null ? 'p=tls-exporter,,' : options.bindingUnoffered ? 'y,,' : 'n,,';
	const firstBare = `n=${username},r=${options.nonce}`;
	let expected: Buffer | null = null;
	let verified = false;

	const verify = (data: Buffer): void => {
		const parts = attributes(data.toString('utf8'));
		const problem = parts.get('e');
		if (problem !== undefined) throw new ChatException(chatError('auth-failed', problem));
		const signature = Buffer.from(parts.get('v') ?? '', 'base64');
		if (expected === null || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
			throw badServer('the server could not prove that it knows the password');
		}
		verified = true;
	};

	return {
		name: `SCRAM-${hashNames[hash]}${binding === null ? '' : '-PLUS'}`,
		initial: () => Buffer.from(gs2 + firstBare, 'utf8'),
		async respond(challenge) {
			if (expected !== null) {
				verify(challenge);
				return Buffer.alloc(0);
			}
			const serverFirst = challenge.toString('utf8');
			const parts = attributes(serverFirst);
			const nonce = parts.get('r') ?? '';
			const salt = Buffer.from(parts.get('s') ?? '', 'base64');
			const iterations = Number(parts.get('i'));
			if (parts.has('m')) throw badServer('unknown mandatory SCRAM extension');
			if (!nonce.startsWith(options.nonce) || nonce.length <= options.nonce.length) throw badServer('wrong nonce');
			if (salt.length === 0 || !Number.isSafeInteger(iterations)) throw badServer('malformed challenge');
			if (iterations < scramIterations.min || iterations > scramIterations.max)
				throw badServer('unreasonable iteration count');
			const salted = await derive(saslPrep(options.credentials.password), salt, iterations, hashBytes[hash], hash);
			const clientKey = hmac(hash, salted, 'Client Key');
			const storedKey = createHash(hash).update(clientKey).digest();
			const bound = Buffer.concat([Buffer.from(gs2, 'utf8'), binding ?? Buffer.alloc(0)]).toString('base64');
			const finalBare = `c=${bound},r=${nonce}`;
			const message = `${firstBare},${serverFirst},${finalBare}`;
			const signature = hmac(hash, storedKey, message);
			const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)));
			expected = hmac(hash, hmac(hash, salted, 'Server Key'), message);
			return Buffer.from(`${finalBare},p=${proof.toString('base64')}`, 'utf8');
		},
		finish(data) {
			if (data !== null && data.length > 0 && !verified) verify(data);
			if (!verified) throw badServer('the server skipped its own proof');
		},
	};
}
