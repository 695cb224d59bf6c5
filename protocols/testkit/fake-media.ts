/** The file store of the fake network: tests watch, delay and refuse transfers. */
import type { MediaFacet } from '../adapter/adapter.ts';
import { ChatException, chatError } from '../model/errors.ts';
import type { ErrorCode } from '../model/errors.ts';

export class FakeMedia implements MediaFacet {
	readonly files = new Map<string, Uint8Array>();
	/** Transfers wait for this before they move a byte. */
	gate: Promise<void> = Promise.resolve();
	/** The next transfer fails with this. */
	nextError: ErrorCode | null = null;
	uploads = 0;
	downloads = 0;

	async upload(request: Parameters<MediaFacet['upload']>[0], signal: AbortSignal) {
		this.uploads += 1;
		await this.#begin(signal);
		const chunks: Uint8Array[] = [];
		let sent = 0;
		for await (const chunk of request.open()) {
			signal.throwIfAborted();
			chunks.push(chunk);
			sent += chunk.length;
			request.progress(sent);
		}
		const source = `fake:${this.files.size + 1}`;
		this.files.set(source, Buffer.concat(chunks));
		return { source, thumbnail: null };
	}

	async download(reference: string, signal: AbortSignal) {
		this.downloads += 1;
		await this.#begin(signal);
		const bytes = this.files.get(reference);
		if (bytes === undefined) throw new ChatException(chatError('server-error', 'no such file', { retry: 'never' }));
		return { size: bytes.length, body: pieces(bytes) };
	}

	async #begin(signal: AbortSignal): Promise<void> {
		const { promise: aborted, reject } = Promise.withResolvers<never>();
		signal.addEventListener('abort', () => reject(new ChatException(chatError('cancelled'))), { once: true });
		await Promise.race([this.gate, aborted]);
		const error = this.nextError;
		this.nextError = null;
		if (error !== null) throw new ChatException(chatError(error));
	}
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
	for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
	await Promise.resolve();
}
