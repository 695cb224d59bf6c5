/**
 * Backends that keep the profile's one key. The record says which backend wrapped it, so that a machine without that
 * backend reports it instead of starting with an empty database.
 */
import { randomBytes, scrypt } from 'node:crypto';
import { open, seal } from './secret-box.ts';

/** `key-file`: readable by this user's programs. `passphrase`: asked at start. `os-keychain`: the system guards it. */
export type KeyBackend = 'key-file' | 'passphrase' | 'os-keychain';

/** What a backend needs to find the key again; stored in the profile as JSON. */
export type WrappedKey = { readonly backend: KeyBackend; readonly data: Readonly<Record<string, string | number>> };

/** Why a key could not be unwrapped. The profile stays untouched in every case. */
export type UnwrapFailure = 'wrong-passphrase' | 'no-passphrase' | 'keychain-unavailable' | 'damaged';

export class KeyUnavailable extends Error {
	readonly reason: UnwrapFailure;
	constructor(reason: UnwrapFailure, message: string, cause?: unknown) {
		super(message, { cause });
		this.name = 'KeyUnavailable';
		this.reason = reason;
	}
}

export interface KeyStore {
	readonly backend: KeyBackend;
	/** Rejects with {@link KeyUnavailable}. */
	wrap(key: Uint8Array): Promise<WrappedKey>;
	/** Rejects with {@link KeyUnavailable}; never answers a key that it did not wrap. */
	unwrap(wrapped: WrappedKey): Promise<Uint8Array>;
}

/** Length of the profile's key in bytes. */
export const keyLength = 32;

function field(wrapped: WrappedKey, name: string): Buffer {
	const value = wrapped.data[name];
	if (typeof value !== 'string') throw new KeyUnavailable('damaged', `the key record has no ${name}`);
	return Buffer.from(value, 'base64');
}

/** Keeps the key in the record itself; the record's file has mode 0600. */
export const keyFileStore: KeyStore = {
	backend: 'key-file',
	wrap: (key) =>
		Promise.resolve({ backend: 'key-file', data: { key: Buffer.from(key).toString('base64') } } satisfies WrappedKey),
	unwrap: async (wrapped) => {
		const key = field(wrapped, 'key');
		if (key.length !== keyLength) throw new KeyUnavailable('damaged', 'the key record is damaged');
		return Promise.resolve(key);
	},
};

/** scrypt cost: about 0.3 s and 128 MiB, so that guessing a passphrase is expensive. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
const maxCost = { N: 2 ** 20, r: 16, p: 4 } as const;

function derive(passphrase: string, salt: Uint8Array, N: number, r: number, p: number): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const options = { N, r, p, maxmem: 256 * N * r };
		scrypt(passphrase.normalize('NFKC'), salt, keyLength, options, (error, key) =>
			error ? reject(error) : resolve(key),
		);
	});
}

function costOf(wrapped: WrappedKey, name: keyof typeof cost): number {
	const value = wrapped.data[name];
	// A changed record must not be able to make the start hang or eat all memory.
	if (typeof value !== 'number' || value < 1 || value > maxCost[name]) {
		throw new KeyUnavailable('damaged', `the key record has no usable ${name}`);
	}
	return value;
}

export type AskPassphrase = (purpose: 'new' | 'unlock' | 'again') => Promise<string | undefined>;
const maxTries = 3;

/** Wraps the key under a passphrase (scrypt, AES-256-GCM). `ask` answers undefined when nobody can be asked. */
export function passphraseStore(ask: AskPassphrase): KeyStore {
	const place = 'parley profile key';
	const noPassphrase = (): never => {
		throw new KeyUnavailable('no-passphrase', 'this profile is protected by a passphrase, and none was given');
	};
	return {
		backend: 'passphrase',
		wrap: async (key) => {
			const passphrase = (await ask('new')) ?? noPassphrase();
			if (passphrase === '') return noPassphrase();
			const salt = randomBytes(16);
			const box = seal(await derive(passphrase, salt, cost.N, cost.r, cost.p), key, place);
			return { backend: 'passphrase', data: { ...cost, salt: salt.toString('base64'), box: box.toString('base64') } };
		},
		unwrap: async (wrapped) => {
			const [salt, box] = [field(wrapped, 'salt'), field(wrapped, 'box')];
			const [N, r, p] = [costOf(wrapped, 'N'), costOf(wrapped, 'r'), costOf(wrapped, 'p')];
			for (let tried = 0; tried < maxTries; tried += 1) {
				const passphrase = (await ask(tried === 0 ? 'unlock' : 'again')) ?? noPassphrase();
				const key = open(await derive(passphrase, salt, N, r, p), box, place);
				if (key !== undefined) return key;
			}
			throw new KeyUnavailable('wrong-passphrase', 'the passphrase is wrong');
		},
	};
}
