/**
 * Files of one account: up to the upload service of its own server (XEP-0363), down from wherever a message says,
 * with the rules of `protocols/web`. Knows which web hosts are the server's own, because those alone may be in a
 * private network and learn nothing new from a download.
 */
import { createHash } from 'node:crypto';
import type { MediaFacet, UploadRequest } from '../adapter/adapter.ts';
import type { AdapterContext } from '../adapter/context.ts';
import { chatError, ChatException, fail } from '../model/errors.ts';
import { WebClient } from '../web/web-client.ts';
import { fromFailure } from './errors.ts';
import { readReference, writeReference } from './file-reference.ts';
import type { IqTracker } from './iq-tracker.ts';
import { requestSlot, type UploadSlot } from './xep/0363-http-upload.ts';

export interface UploadService {
	readonly jid: string;
	/** Bytes of one file; null when it names no limit. */
	readonly maxBytes: number | null;
}

const originsKey = 'upload-origins';
const maxOrigins = 8;
const learnTimeoutMs = 5000;
/** Bytes of one download; the engine has a bound of its own. */
const maxDownload = 2 ** 40;

export class Files {
	readonly #context: AdapterContext;
	readonly #domain: string;
	readonly #origins = new Set<string>();
	readonly #web: WebClient;
	#service: UploadService | null = null;

	/** @param ca certificates (PEM) that the account trusts for its own server */
	constructor(context: AdapterContext, domain: string, ca: readonly string[]) {
		this.#context = context;
		this.#domain = domain;
		this.#web = new WebClient({
			clock: context.clock,
			ca: context.extraCa,
			own: { has: (origin) => this.#origins.has(origin), ca },
		});
	}

	/** Belongs to the account's own server, so that it learns nothing from a download that it does not know. */
	isOwn(url: URL): boolean {
		return this.#origins.has(url.origin) || url.hostname === this.#domain || url.hostname === this.#service?.jid;
	}

	/**
	 * The server's upload service of this session, or null. Where it keeps its files is learnt once, by asking for a
	 * place that stays empty, and from every upload.
	 */
	async use(service: UploadService | null, iq: IqTracker): Promise<void> {
		if (service?.jid !== this.#service?.jid) this.#origins.clear();
		this.#service = service;
		if (service === null) return;
		const stored = await this.#context.store.get(originsKey);
		for (const origin of readOrigins(stored, service.jid)) this.#origins.add(origin);
		if (this.#origins.size > 0) return;
		const probe = { name: 'parley.txt', size: 1, mime: 'text/plain' };
		await requestSlot(iq, service.jid, probe, { timeoutMs: learnTimeoutMs }).then(
			(slot) => this.#learn(slot, service.jid),
			(error: unknown) => this.#context.log.info('no upload slot', { code: fromFailure(error, 'upload').code }),
		);
	}

	async upload(
		iq: IqTracker,
		{ name, mime, size, open, progress }: Pick<UploadRequest, 'name' | 'mime' | 'size' | 'open' | 'progress'>,
		signal: AbortSignal,
	): Promise<{ readonly source: string; readonly thumbnail: null }> {
		const service = this.#service ?? fail('unsupported', 'the server takes no files');
		const limit = service.maxBytes === null ? {} : { limit: String(service.maxBytes) };
		if (service.maxBytes !== null && size > service.maxBytes) fail('oversized', null, { params: limit });
		const slot = await requestSlot(iq, service.jid, { name, size, mime }, { signal }).catch((error: unknown) => {
			throw new ChatException(fromFailure(error, 'upload', limit), error);
		});
		await this.#learn(slot, service.jid);
		const hash = createHash('sha256');
		async function* counted(): AsyncIterable<Uint8Array> {
			let sent = 0;
			for await (const chunk of open()) {
				hash.update(chunk);
				yield chunk;
				sent += chunk.byteLength;
				progress(sent);
			}
		}
		await this.#web.put(slot.put.href, { signal, headers: slot.headers, mime, size, body: counted() });
		const source = writeReference(slot.get.href, hash.digest('base64'));
		return { source: source ?? fail('protocol-violation'), thumbnail: null };
	}

	async download(reference: string, signal: AbortSignal): ReturnType<MediaFacet['download']> {
		const { url, sha256 } = readReference(reference) ?? fail('bad-input', 'no reference to a file');
		const { size, body } = await this.#web.get(url.href, { signal, maxBytes: maxDownload });
		return { size, body: sha256 === null ? body : verified(body, sha256) };
	}

	async #learn({ put, get }: UploadSlot, service: string): Promise<void> {
		const before = this.#origins.size;
		for (const { origin } of [get, put]) {
			this.#origins.delete(origin);
			this.#origins.add(origin);
		}
		for (const origin of [...this.#origins].slice(0, -maxOrigins)) this.#origins.delete(origin);
		if (this.#origins.size === before) return;
		const value = Buffer.from(JSON.stringify({ service, origins: [...this.#origins] }));
		await this.#context.store.set([{ key: originsKey, value }]);
	}
}

function readOrigins(stored: Uint8Array | null, service: string): readonly string[] {
	if (stored === null) return [];
	try {
		const value = JSON.parse(Buffer.from(stored).toString('utf8')) as { service?: unknown; origins?: unknown } | null;
		if (value?.service !== service || !Array.isArray(value.origins)) return [];
		return value.origins.filter((one) => typeof one === 'string').slice(0, maxOrigins);
	} catch {
		// Learnt again at once.
		return [];
	}
}

/** Fails at the end when the bytes are not those that the sender meant. */
async function* verified(body: AsyncIterable<Uint8Array>, sha256: string): AsyncIterable<Uint8Array> {
	const hash = createHash('sha256');
	for await (const chunk of body) {
		hash.update(chunk);
		yield chunk;
	}
	if (hash.digest('base64') !== sha256)
		throw new ChatException(
			chatError('protocol-violation', 'the file is not the one that was sent', { retry: 'never', userAction: 'none' }),
		);
}
