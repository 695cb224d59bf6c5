/**
 * "Encrypted once = encrypted always": remembers every room in which encryption was ever seen, and refuses to let
 * readable content out into one of them, or into a room whose state has not arrived yet. A message sent right after
 * joining or creating would otherwise go out before we know that the room is encrypted.
 */
import type { PrivateStore } from '../adapter/context.ts';
import { fail } from '../model/errors.ts';

const prefix = 'encrypted/';

export class EncryptionGuard {
	readonly #store: PrivateStore;
	readonly #ever = new Set<string>();
	#loaded = false;

	constructor(store: PrivateStore) {
		this.#store = store;
	}

	async load(): Promise<void> {
		for (const { key } of await this.#store.list(prefix)) this.#ever.add(key.slice(prefix.length));
		this.#loaded = true;
	}

	/** Takes effect at once; {@link persist} makes it last. */
	note(roomId: string): void {
		this.#ever.add(roomId);
	}

	/** Resolves when durable. Called before the sync that told us is acknowledged. */
	async persist(roomIds: readonly string[]): Promise<void> {
		if (roomIds.length > 0)
			await this.#store.set(roomIds.map((id) => ({ key: prefix + id, value: new Uint8Array([1]) })));
	}

	wasEverEncrypted(roomId: string): boolean {
		return this.#ever.has(roomId);
	}

	/**
	 * To be called with the event type that will be on the wire, directly before sending.
	 * @throws {ChatException} `encryption-unavailable` when readable content must not go there
	 */
	check(roomId: string, type: string, stateKnown: boolean): void {
		if (!this.#loaded) fail('encryption-unavailable', null, { retry: 'later' });
		// Redactions carry no content of ours: their reason is left out in encrypted rooms.
		if (type === 'm.room.encrypted' || type === 'm.room.redaction') return;
		if (this.#ever.has(roomId)) fail('encryption-unavailable');
		if (!stateKnown) fail('not-joined', 'the state of the room has not arrived yet', { retry: 'later' });
	}
}
