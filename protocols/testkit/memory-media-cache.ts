/** A media cache in memory, for tests and benches. */
import type { MediaCache, MediaWriter } from '../../engine/media/cache.ts';
import { fail } from '../model/errors.ts';
import type { MediaId } from '../model/ids.ts';

export class MemoryMediaCache implements MediaCache {
	readonly files = new Map<MediaId, Uint8Array>();
	/** Ids that the last `trim` was told to keep. */
	kept: ReadonlySet<MediaId> = new Set();

	size(id: MediaId): Promise<number | null> {
		return Promise.resolve(this.files.get(id)?.length ?? null);
	}

	create(id: MediaId): Promise<MediaWriter> {
		const chunks: Uint8Array[] = [];
		return Promise.resolve({
			write: (chunk) => {
				chunks.push(chunk.slice());
				return Promise.resolve();
			},
			finish: () => {
				this.files.set(id, Buffer.concat(chunks));
				return Promise.resolve();
			},
			abort: () => Promise.resolve(),
		});
	}

	async *read(id: MediaId): AsyncIterable<Uint8Array> {
		await Promise.resolve();
		const bytes = this.files.get(id) ?? fail('storage-failed', 'no such file');
		for (let at = 0; at < bytes.length; at += 1024) yield bytes.subarray(at, at + 1024);
	}

	link(from: MediaId, to: MediaId): Promise<void> {
		const bytes = this.files.get(from);
		if (bytes !== undefined) this.files.set(to, bytes);
		return Promise.resolve();
	}

	remove(id: MediaId): Promise<void> {
		this.files.delete(id);
		return Promise.resolve();
	}

	trim(keep: ReadonlySet<MediaId>): Promise<void> {
		this.kept = keep;
		return Promise.resolve();
	}
}
