/**
 * The profile: one folder with the encrypted database, the encrypted secrets, the record of who keeps the key, and the
 * media cache. Both hosts use the same layout, so one profile can be opened by either, one at a time.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readIfPresent, writeDurably } from './durable-file.ts';
import type { SecretVault } from './host.ts';
import { type KeyBackend, keyLength, type KeyStore, KeyUnavailable } from './key-store.ts';
import { openVault } from './vault.ts';

export interface ProfilePaths {
	readonly dir: string;
	readonly database: string;
	readonly secrets: string;
	readonly keyRecord: string;
	readonly media: string;
	readonly logs: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the profile lives when nobody says otherwise: the platform's folder for application data. */
export function defaultProfileDir(platform: NodeJS.Platform, env: Environment, home: string = homedir()): string {
	switch (platform) {
		case 'darwin':
			return join(home, 'Library', 'Application Support', 'Parley');
		case 'win32':
			return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Parley');
		default: {
			// The XDG specification: a relative value is to be ignored.
			const data = env['XDG_DATA_HOME'];
			return join(data?.startsWith('/') === true ? data : join(home, '.local', 'share'), 'parley');
		}
	}
}

/** Creates the profile's folders, closed to other users. */
export function prepareProfile(dir: string): ProfilePaths {
	mkdirSync(dir, { recursive: true, mode: 0o700 });
	if (process.platform !== 'win32' && (statSync(dir).mode & 0o077) !== 0) chmodSync(dir, 0o700);
	const media = join(dir, 'media');
	const logs = join(dir, 'logs');
	mkdirSync(media, { recursive: true, mode: 0o700 });
	mkdirSync(logs, { recursive: true, mode: 0o700 });
	return {
		dir,
		database: join(dir, 'parley.db'),
		secrets: join(dir, 'secrets.json'),
		keyRecord: join(dir, 'key.json'),
		media,
		logs,
	};
}

const recordSchema = z.object({
	version: z.literal(1),
	backend: z.enum(['key-file', 'passphrase', 'os-keychain']),
	data: z.record(z.string(), z.union([z.string(), z.number()])),
});

export interface ProfileKeys {
	readonly backend: KeyBackend;
	/** 32 bytes for SQLCipher. */
	readonly databaseKey: Uint8Array;
	/** 32 bytes for the vault. */
	readonly vaultKey: Uint8Array;
	/** 32 bytes for the media cache. */
	readonly mediaKey: Uint8Array;
	/** True when the profile was created by this call. */
	readonly fresh: boolean;
}

function subkey(key: Uint8Array, purpose: string): Uint8Array {
	return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `parley ${purpose}`, keyLength));
}

function keysFrom(key: Uint8Array, backend: KeyBackend, fresh: boolean): ProfileKeys {
	return {
		backend,
		databaseKey: subkey(key, 'database'),
		vaultKey: subkey(key, 'vault'),
		mediaKey: subkey(key, 'media'),
		fresh,
	};
}

/**
 * The keys of a profile. A fresh profile gets a random key, wrapped by the first of `stores`; an existing one is
 * unwrapped by the backend that its record names. Rejects with {@link KeyUnavailable} and changes nothing when that is
 * impossible: a profile is never replaced by an empty one.
 */
export async function unlockProfile(paths: ProfilePaths, stores: readonly KeyStore[]): Promise<ProfileKeys> {
	const bytes = readIfPresent(paths.keyRecord);
	if (bytes !== undefined) {
		if (process.platform !== 'win32' && (statSync(paths.keyRecord).mode & 0o077) !== 0)
			chmodSync(paths.keyRecord, 0o600);
		const record = parseRecord(bytes);
		const store = stores.find(({ backend }) => backend === record.backend);
		if (store === undefined) {
			throw new KeyUnavailable(
				'keychain-unavailable',
				`the key of this profile is kept by "${record.backend}", which is not available here`,
			);
		}
		return keysFrom(await store.unwrap(record), record.backend, false);
	}
	if (existsSync(paths.database) || existsSync(paths.secrets)) {
		throw new KeyUnavailable('damaged', `${paths.dir} holds data but no key record (key.json)`);
	}
	const [store] = stores;
	if (store === undefined) throw new KeyUnavailable('keychain-unavailable', 'there is no place to keep a key');
	const key = randomBytes(keyLength);
	const wrapped = await store.wrap(key);
	// A backend that cannot give back what it took must be found out before anything is encrypted with the key.
	if (!key.equals(await store.unwrap(wrapped)))
		throw new KeyUnavailable('damaged', `"${store.backend}" does not keep keys`);
	writeDurably(paths.keyRecord, JSON.stringify({ version: 1, ...wrapped }));
	return keysFrom(key, store.backend, true);
}

function parseRecord(bytes: Buffer): z.infer<typeof recordSchema> {
	try {
		return recordSchema.parse(JSON.parse(bytes.toString('utf8')));
	} catch (error) {
		throw new KeyUnavailable('damaged', 'the key record (key.json) is damaged', error);
	}
}

/** The profile's secrets. */
export function openProfileVault(paths: ProfilePaths, keys: ProfileKeys): SecretVault {
	return openVault(paths.secrets, keys.vaultKey);
}
