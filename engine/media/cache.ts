/** Where the bytes of files live. The host implements it: encrypted, bounded, shared by the engine and the window's route. */
import type { MediaId } from '../../protocols/model/ids.ts';

/** A file on its way into the cache; nobody can read it before `finish`. */
export interface MediaWriter {
	write(chunk: Uint8Array): Promise<void>;
	/** Resolves when the file is complete and readable. */
	finish(): Promise<void>;
	/** Forgets what was written. Idempotent, also after `finish` failed. */
	abort(): Promise<void>;
}

/** Every method rejects with ChatException `storage-failed` when the disk does. */
export interface MediaCache {
	/** Bytes of a complete file, null when there is none. Counts as a use. */
	size(id: MediaId): Promise<number | null>;
	/** Replaces a file of the same id when finished. */
	create(id: MediaId): Promise<MediaWriter>;
	/** The content from the start. Throws `storage-failed` when there is no such file or it is damaged. */
	read(id: MediaId): AsyncIterable<Uint8Array>;
	/** Makes the same content known under a second id. No-op when there is no such file. */
	link(from: MediaId, to: MediaId): Promise<void>;
	remove(id: MediaId): Promise<void>;
	/** Deletes the least recently used files until the cache is within its limit; never one of `keep`. */
	trim(keep: ReadonlySet<MediaId>): Promise<void>;
}
