/** The profile's key in the system's keychain. */
import type { SafeStorage } from 'electron/main';
import { KeyUnavailable, type KeyStore, type WrappedKey } from '../../host/key-store.ts';

type Storage = Pick<SafeStorage, 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'>;

/**
 * On Linux without a keyring, Chromium encrypts with a key that everybody knows and marks the result `v10`. That is no
 * protection, whatever the call says about being available.
 */
export function isReallyProtected(encrypted: Buffer, platform: NodeJS.Platform): boolean {
	return platform !== 'linux' || encrypted.subarray(0, 3).toString('latin1') !== 'v10';
}

export function keychainStore(storage: Storage, platform: NodeJS.Platform): KeyStore {
	return {
		backend: 'os-keychain',
		wrap: async (key): Promise<WrappedKey> => {
			if (!(await storage.isAsyncEncryptionAvailable())) {
				throw new KeyUnavailable('keychain-unavailable', 'the system offers no keychain');
			}
			const encrypted = await storage.encryptStringAsync(Buffer.from(key).toString('base64'));
			if (!isReallyProtected(encrypted, platform)) {
				throw new KeyUnavailable('keychain-unavailable', 'the system has no keyring that protects the key');
			}
			return { backend: 'os-keychain', data: { encrypted: encrypted.toString('base64') } };
		},
		unwrap: async ({ data }) => {
			const encrypted = data['encrypted'];
			if (typeof encrypted !== 'string') throw new KeyUnavailable('damaged', 'the key record is damaged');
			try {
				const { result } = await storage.decryptStringAsync(Buffer.from(encrypted, 'base64'));
				return Buffer.from(result, 'base64');
			} catch (error) {
				throw new KeyUnavailable('keychain-unavailable', 'the system keychain does not open', error);
			}
		},
	};
}

/** The stores in order of preference for a new profile: the keychain when it really protects, else the key file. */
export async function preferredStores(
	keychain: KeyStore,
	fallback: KeyStore,
): Promise<{ readonly stores: readonly KeyStore[]; readonly protectedBySystem: boolean }> {
	try {
		const probe = Buffer.alloc(32, 7);
		const back = await keychain.unwrap(await keychain.wrap(probe));
		if (probe.equals(back)) return { stores: [keychain, fallback], protectedBySystem: true };
	} catch (error) {
		if (!(error instanceof KeyUnavailable)) throw error;
	}
	return { stores: [fallback, keychain], protectedBySystem: false };
}
