/** SCRAM-SHA-256 client (RFC 5802, RFC 7677) without channel binding. Pure: messages in, messages out. */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

export const scramLimits = { minIterations: 4096, maxIterations: 300_000 } as const;

/** Why an exchange stopped; `unverified` means the other side does not know the password it claims to check. */
export type ScramFailure = 'malformed' | 'weak' | 'refused' | 'unverified';
export class ScramError extends Error {
	readonly failure: ScramFailure;
	constructor(failure: ScramFailure, message: string) {
		super(message);
		this.name = 'ScramError';
		this.failure = failure;
	}
}

const hash = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const saslName = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C');
const attributes = (message: string): Map<string, string> =>
	new Map(
		message.split(',').flatMap((part) => (part.charAt(1) === '=' ? [[part.charAt(0), part.slice(2)] as const] : [])),
	);
const decode = (text: string | undefined): Buffer | null =>
	text !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;

export class Scram {
	readonly #user: string;
	readonly #password: string;
	readonly #nonce: string;
	#serverSignature: Buffer | null = null;
	#verified = false;

	/** @param nonce printable, without commas; at least 18 random bytes in base64 */
	constructor(user: string, password: string, nonce: string) {
		this.#user = user;
		this.#password = password;
		this.#nonce = nonce;
	}

	first(): string {
		return `n,,${this.#firstBare()}`;
	}

	#firstBare(): string {
		return `n=${saslName(this.#user)},r=${this.#nonce}`;
	}

	/** Answer to the server's first message. @throws ScramError */
	final(serverFirst: string): string {
		const got = attributes(serverFirst);
		if (got.has('e')) throw new ScramError('refused', got.get('e') ?? '');
		if (got.has('m')) throw new ScramError('malformed', 'unknown mandatory extension');
		const nonce = got.get('r') ?? '';
		const salt = decode(got.get('s'));
		const iterations = Number(got.get('i'));
		if (salt === null || !Number.isInteger(iterations)) throw new ScramError('malformed', 'bad first message');
		if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length)
			throw new ScramError('unverified', 'nonce not continued');
		// Few iterations make a captured exchange cheap to break; very many would freeze us.
		if (iterations < scramLimits.minIterations || iterations > scramLimits.maxIterations)
			throw new ScramError('weak', `${iterations} iterations`);
		const salted = pbkdf2Sync(this.#password.normalize('NFKC'), salt, iterations, 32, 'sha256');
		const clientKey = hmac(salted, 'Client Key');
		const withoutProof = `c=biws,r=${nonce}`;
		const authMessage = `${this.#firstBare()},${serverFirst},${withoutProof}`;
		const clientSignature = hmac(hash(clientKey), authMessage);
		const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (clientSignature[at] ?? 0)));
		this.#serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
		return `${withoutProof},p=${proof.toString('base64')}`;
	}

	/** Checks the server's signature. @throws ScramError */
	verify(serverFinal: string): void {
		const got = attributes(serverFinal);
		if (got.has('e')) throw new ScramError('refused', got.get('e') ?? '');
		const signature = decode(got.get('v'));
		const expected = this.#serverSignature;
		if (
			signature === null ||
			expected === null ||
			signature.length !== expected.length ||
			!timingSafeEqual(signature, expected)
		)
			throw new ScramError('unverified', 'wrong server signature');
		this.#verified = true;
	}

	/** The server has proven that it knows the password. */
	get verified(): boolean {
		return this.#verified;
	}
}
