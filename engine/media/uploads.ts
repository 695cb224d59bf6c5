/**
 * Own files on their way to the server. A file is uploaded as the first half of its message's attempt: as long as no
 * message refers to it, uploading again harms nobody, so an interrupted upload simply starts over.
 */
import type { AdapterAction } from '../../protocols/adapter/actions.ts';
import type { ProtocolAdapter } from '../../protocols/adapter/adapter.ts';
import type { MediaState } from '../../protocols/model/entities.ts';
import { fail, toChatError } from '../../protocols/model/errors.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { MediaId, TxnId } from '../../protocols/model/ids.ts';
import type { Clock } from '../../protocols/adapter/context.ts';
import type { MediaCache } from './cache.ts';
import { localId } from './media-id.ts';
import { Watchdog } from './watchdog.ts';

type FileAction = Extract<AdapterAction, { type: 'send-file' }>;

export type UploadResult =
	| { readonly kind: 'uploaded'; readonly source: string; readonly thumbnail: string | null }
	| { readonly kind: 'failed'; readonly error: ChatError }
	| { readonly kind: 'cancelled' };

/** The cache id of a file whose upload is still to be done, else null. */
export function pendingUpload(action: AdapterAction): MediaId | null {
	return action.type === 'send-file' ? localId(action.content.source) : null;
}

/** An upload that moves nothing for this long has failed. */
const stallMs = 60_000;
const progressMs = 200;

export interface UploadDeps {
	readonly cache: MediaCache;
	readonly clock: Clock;
	tell(id: MediaId, state: MediaState): void;
}

export class Uploads {
	readonly #deps: UploadDeps;
	readonly #running = new Map<TxnId, AbortController>();

	constructor(deps: UploadDeps) {
		this.#deps = deps;
	}

	/** Ended by us, not by the watchdog. */
	readonly #cancelled = new WeakSet<AbortController>();

	#stop(abort: AbortController): void {
		this.#cancelled.add(abort);
		abort.abort();
	}

	/** Stops an upload. @returns false when none of this transaction is under way */
	cancel(txn: TxnId): boolean {
		const running = this.#running.get(txn);
		if (running !== undefined) this.#stop(running);
		return running !== undefined;
	}

	close(): void {
		for (const abort of this.#running.values()) this.#stop(abort);
	}

	/** Uploads the file of an action. Never rejects. */
	async run(adapter: ProtocolAdapter, action: FileAction, id: MediaId): Promise<UploadResult> {
		const abort = new AbortController();
		this.#running.set(action.txnId, abort);
		const watch = new Watchdog(this.#deps.clock, abort, stallMs);
		try {
			const size = await this.#deps.cache.size(id);
			if (size === null) fail('storage-failed', 'the file is gone', { retry: 'never' });
			if (adapter.media === undefined) fail('unsupported', 'files');
			this.#deps.tell(id, { kind: 'moving', done: 0, total: size });
			watch.arm();
			let told = this.#deps.clock.now();
			const upload = adapter.media.upload(
				{
					conversation: action.conversation,
					name: action.content.name,
					mime: action.content.mime ?? 'application/octet-stream',
					size,
					open: () => this.#deps.cache.read(id),
					progress: (sent) => {
						watch.arm();
						if (this.#deps.clock.now() - told < progressMs) return;
						told = this.#deps.clock.now();
						this.#deps.tell(id, { kind: 'moving', done: Math.min(sent, size), total: size });
					},
				},
				abort.signal,
			);
			const { source, thumbnail } = await watch.over(upload);
			if (this.#cancelled.has(abort)) return { kind: 'cancelled' };
			return { kind: 'uploaded', source, thumbnail };
		} catch (thrown) {
			if (this.#cancelled.has(abort)) return { kind: 'cancelled' };
			const error = toChatError(thrown);
			this.#deps.tell(id, { kind: 'failed', error });
			return { kind: 'failed', error };
		} finally {
			watch.stop();
			if (this.#running.get(action.txnId) === abort) this.#running.delete(action.txnId);
			abort.abort();
		}
	}
}
