/**
 * Account secrets in one encrypted file of the profile. Each value is sealed to its scope and name; the file is replaced
 * as a whole, so a crash leaves the old or the new state.
 */
import * as z from 'zod';
import { ChatException, chatError } from '../protocols/model/errors.ts';
import { readIfPresent, writeDurably } from './durable-file.ts';
import type { SecretVault } from './host.ts';
import { open, seal } from './secret-box.ts';

const fileSchema = z.object({
	version: z.literal(1),
	secrets: z.array(z.object({ scope: z.string(), name: z.string(), box: z.string() })),
});

function place(scope: string, name: string): string {
	return JSON.stringify([scope, name]);
}

function storageFailed(detail: string, cause?: unknown): ChatException {
	return new ChatException(chatError('storage-failed', detail), cause);
}

/** Opens the vault at `path`; a missing file is an empty vault. `key` has 32 bytes. Throws when the file is damaged. */
export function openVault(path: string, key: Uint8Array): SecretVault {
	let boxes: ReadonlyMap<string, { readonly scope: string; readonly name: string; readonly box: string }> = new Map();
	const bytes = readIfPresent(path);
	if (bytes !== undefined) {
		let content: unknown;
		try {
			content = JSON.parse(bytes.toString('utf8'));
		} catch (error) {
			throw storageFailed('the file of secrets is damaged', error);
		}
		const parsed = fileSchema.safeParse(content);
		if (!parsed.success) throw storageFailed('the file of secrets is damaged', parsed.error);
		boxes = new Map(parsed.data.secrets.map((entry) => [place(entry.scope, entry.name), entry]));
	}

	/** The new state counts only once it is on disk. */
	const save = (next: typeof boxes): Promise<void> => {
		try {
			writeDurably(path, JSON.stringify({ version: 1, secrets: [...next.values()] }));
		} catch (error) {
			return Promise.reject(storageFailed('the file of secrets cannot be written', error));
		}
		boxes = next;
		return Promise.resolve();
	};

	return {
		get: async (scope, name) => {
			const entry = boxes.get(place(scope, name));
			if (entry === undefined) return null;
			const plain = open(key, Buffer.from(entry.box, 'base64'), place(scope, name));
			if (plain === undefined) throw storageFailed('a secret cannot be decrypted with the key of this profile');
			return Promise.resolve(plain.toString('utf8'));
		},
		set: (scope, name, value) => {
			const at = place(scope, name);
			const next = new Map(boxes);
			if (value === null) next.delete(at);
			else next.set(at, { scope, name, box: seal(key, Buffer.from(value, 'utf8'), at).toString('base64') });
			return save(next);
		},
		clear: (scope) => save(new Map([...boxes].filter(([, entry]) => entry.scope !== scope))),
	};
}
