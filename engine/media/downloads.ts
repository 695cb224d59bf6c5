/**
 * Files of others on their way into the cache: a few at a time, each once however many ask, bounded in size and time.
 * Nothing is fetched unless the window asks; it asks by itself only where the settings allow it.
 */
import type { MediaFacet } from '../../protocols/adapter/adapter.ts';
import type { Clock } from '../../protocols/adapter/context.ts';
import type { MediaState } from '../../protocols/model/entities.ts';
import { fail, toChatError } from '../../protocols/model/errors.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { MediaId } from '../../protocols/model/ids.ts';
import type { MediaCache } from './cache.ts';
import { Watchdog } from './watchdog.ts';

export const downloadLimits = {
	parallel: 4,
	waiting: 500,
	/** Bytes of one file. */
	maxBytes: 512 * 1024 * 1024,
	/** Longest silence of the server. */
	stallMs: 30_000,
	/** Progress is told this often. */
	progressMs: 200,
} as const;
/** Failures remembered for the window; the oldest are forgotten. */
const maxFailures = 1000;

export interface DownloadRequest {
	readonly id: MediaId;
	readonly reference: string;
	/** The account's facet when it is online; null otherwise. Read when the turn comes. */
	readonly facet: () => MediaFacet | null;
}

interface Transfer {
	readonly request: DownloadRequest;
	readonly abort: AbortController;
	state: MediaState;
	/** By the user. */
	cancelled: boolean;
}

export interface DownloadDeps {
	readonly cache: MediaCache;
	readonly clock: Clock;
	tell(id: MediaId, state: MediaState): void;
	/** A file came in; a chance to make room. */
	stored(): void;
}

export class Downloads {
	readonly #deps: DownloadDeps;
	readonly #waiting = new Map<MediaId, Transfer>();
	readonly #running = new Map<MediaId, Transfer>();
	readonly #failed = new Map<MediaId, ChatError>();

	constructor(deps: DownloadDeps) {
		this.#deps = deps;
	}

	/** How far a file has come, without asking for it. */
	async state(id: MediaId): Promise<MediaState> {
		const transfer = this.#running.get(id) ?? this.#waiting.get(id);
		if (transfer !== undefined) return transfer.state;
		const size = await this.#deps.cache.size(id);
		if (size !== null) return { kind: 'ready', size };
		const error = this.#failed.get(id);
		return error === undefined ? { kind: 'absent' } : { kind: 'failed', error };
	}

	/** Asks for a file. A failed one is tried again. @throws ChatException `rate-limited` when too much waits */
	async fetch(request: DownloadRequest): Promise<MediaState> {
		const known = await this.state(request.id);
		if (known.kind === 'ready' || known.kind === 'moving') return known;
		// Asking the cache takes a moment, in which somebody else may have asked for the same file.
		const begun = this.#running.get(request.id) ?? this.#waiting.get(request.id);
		if (begun !== undefined) return begun.state;
		if (this.#waiting.size >= downloadLimits.waiting) fail('rate-limited', 'too many downloads wait');
		this.#failed.delete(request.id);
		const transfer: Transfer = {
			request,
			abort: new AbortController(),
			state: { kind: 'moving', done: 0, total: null },
			cancelled: false,
		};
		this.#waiting.set(request.id, transfer);
		this.#next();
		return transfer.state;
	}

	/** The user no longer wants it. */
	cancel(id: MediaId): void {
		const waiting = this.#waiting.get(id);
		this.#waiting.delete(id);
		if (waiting !== undefined) this.#deps.tell(id, { kind: 'absent' });
		const running = this.#running.get(id);
		if (running === undefined) return;
		running.cancelled = true;
		running.abort.abort();
	}

	close(): void {
		this.#waiting.clear();
		for (const { abort } of this.#running.values()) abort.abort();
	}

	#next(): void {
		for (const [id, transfer] of this.#waiting) {
			if (this.#running.size >= downloadLimits.parallel) return;
			this.#waiting.delete(id);
			this.#running.set(id, transfer);
			void this.#run(transfer).finally(() => {
				this.#running.delete(id);
				this.#deps.tell(id, transfer.state);
				this.#next();
			});
		}
	}

	async #run(transfer: Transfer): Promise<void> {
		const { id } = transfer.request;
		try {
			transfer.state = { kind: 'ready', size: await this.#transfer(transfer) };
			this.#deps.stored();
		} catch (thrown) {
			if (transfer.cancelled) {
				transfer.state = { kind: 'absent' };
				return;
			}
			const error = toChatError(thrown);
			transfer.state = { kind: 'failed', error };
			this.#failed.set(id, error);
			const [oldest] = this.#failed.keys();
			if (this.#failed.size > maxFailures && oldest !== undefined) this.#failed.delete(oldest);
		}
	}

	/** @returns bytes stored */
	async #transfer(transfer: Transfer): Promise<number> {
		const { request, abort } = transfer;
		const facet = request.facet();
		if (facet === null) fail('connection-lost', 'the account is not online');
		const watch = new Watchdog(this.#deps.clock, abort, downloadLimits.stallMs);
		try {
			const { size, body } = await watch.over(facet.download(request.reference, abort.signal));
			if (size !== null && size > downloadLimits.maxBytes) fail('oversized');
			const writer = await this.#deps.cache.create(request.id);
			try {
				const stored = await this.#pump(transfer, size, watch.each(body), (chunk) => writer.write(chunk));
				await writer.finish();
				return stored;
			} catch (thrown) {
				await writer.abort();
				throw thrown;
			}
		} finally {
			watch.stop();
			abort.abort();
		}
	}

	async #pump(
		transfer: Transfer,
		total: number | null,
		body: AsyncIterable<Uint8Array>,
		write: (chunk: Uint8Array) => Promise<void>,
	): Promise<number> {
		const { clock } = this.#deps;
		let done = 0;
		let told = clock.now();
		for await (const chunk of body) {
			done += chunk.length;
			if (done > downloadLimits.maxBytes) fail('oversized');
			await write(chunk);
			transfer.state = { kind: 'moving', done, total };
			if (clock.now() - told < downloadLimits.progressMs) continue;
			told = clock.now();
			this.#deps.tell(transfer.request.id, transfer.state);
		}
		if (total !== null && done !== total) fail('connection-lost', 'the file came incomplete');
		return done;
	}
}
