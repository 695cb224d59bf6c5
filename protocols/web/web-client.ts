/**
 * The only road to web addresses that strangers name. It asks public hosts over https alone, follows few redirects and
 * judges each of them anew, sends nothing that tells who asks, and bounds every answer in size and time.
 */
import { Readable } from 'node:stream';
import { request } from 'undici';
import type { Clock } from '../adapter/context.ts';
import { chatError, ChatException, fail } from '../model/errors.ts';
import { guardedAgent, type Resolve, trusting } from './guarded-connection.ts';
import { statusError, webFailure } from './web-errors.ts';
import { looksPublic, readWebUrl } from './web-url.ts';

const webLimits = {
	redirects: 3,
	/** A whole exchange, body included, unless the caller says otherwise. */
	totalMs: 60 * 60_000,
} as const;

export interface WebOptions {
	readonly clock: Clock;
	/** PEM certificates trusted for every host besides the default ones. */
	readonly ca: readonly string[];
	/** The account's own hosts (such as its upload service): they may be in the local network. */
	readonly own?: {
		/** @param origin scheme, host and port, such as `https://upload.example.org` */
		has(origin: string): boolean;
		/** PEM certificates trusted for these hosts besides `ca`. */
		readonly ca: readonly string[];
	};
	/** Name resolution for tests. */
	readonly resolve?: Resolve;
}

export interface WebRequest {
	readonly signal: AbortSignal;
	/** Bytes of the body after which the exchange fails with `oversized`. */
	readonly maxBytes: number;
	/** Milliseconds for the whole exchange; an hour unless given. */
	readonly totalMs?: number;
	/** What kinds of answer are wanted. */
	readonly accept?: string;
}

export interface WebAnswer {
	/** Where the answer came from after redirects. */
	readonly url: URL;
	/** As the server names it, lower case, without parameters; only a hint. */
	readonly mime: string | null;
	/** The whole `Content-Type`, for its charset. */
	readonly contentType: string | null;
	/** Bytes, where the server tells. */
	readonly size: number | null;
	/** Must be read or ended (`return`): the connection is held until then. */
	readonly body: AsyncIterable<Uint8Array>;
}

export interface WebUpload {
	readonly signal: AbortSignal;
	/** Besides content length and type; the caller has chosen them from what the server asked for. */
	readonly headers: readonly (readonly [name: string, value: string])[];
	readonly mime: string;
	/** Bytes that `body` will give. */
	readonly size: number;
	readonly body: AsyncIterable<Uint8Array>;
	readonly totalMs?: number;
	/** `PUT` where absent. */
	readonly method?: 'PUT' | 'POST';
}

export class WebClient {
	readonly #options: WebOptions;
	#trust: Record<'own' | 'others', ReturnType<typeof trusting>> | null = null;

	constructor(options: WebOptions) {
		this.#options = options;
	}

	/**
	 * Fetches a web address.
	 * @throws ChatException `bad-address` (not an https address), `not-allowed` (private network, or refused by the
	 * server), `oversized`, network errors…
	 */
	async get(address: string, wanted: WebRequest): Promise<WebAnswer> {
		const exchange = new Exchange(this.#options.clock, wanted.signal, wanted.totalMs ?? webLimits.totalMs);
		try {
			let url = this.#judge(address, true);
			// Whoever was sent on by a stranger does not reach the local network, not even the account's own hosts there.
			let own = this.#isOwn(url);
			for (let redirects = 0; ; redirects++) {
				const answer = await this.#ask(url, own, wanted, exchange);
				if (!(answer instanceof URL)) return answer;
				if (redirects >= webLimits.redirects) fail('server-error', 'too many redirects', { retry: 'never' });
				url = this.#judge(answer.href, own);
				own &&= this.#isOwn(url);
			}
		} catch (thrown) {
			exchange.end();
			throw exchange.reason(thrown);
		}
	}

	/**
	 * Puts a body to an address that the account's own server named; redirects are failures.
	 * @returns where the server says it has put it (`Location`), as it wrote it, if it says so
	 * @throws ChatException
	 */
	async put(address: string, upload: WebUpload): Promise<string | null> {
		const url = this.#judge(address, true);
		const exchange = new Exchange(this.#options.clock, upload.signal, upload.totalMs ?? webLimits.totalMs);
		const agent = this.#agent(this.#isOwn(url));
		try {
			const response = await request(url, {
				method: upload.method ?? 'PUT',
				dispatcher: agent,
				signal: exchange.signal,
				// A slow line is no failure while bytes go out; the server answers after the last of them.
				headersTimeout: upload.totalMs ?? webLimits.totalMs,
				headers: {
					...Object.fromEntries(upload.headers),
					'user-agent': 'Parley',
					'content-type': upload.mime,
					'content-length': String(upload.size),
				},
				body: Readable.from(upload.body, { objectMode: false }),
			});
			response.body.on('error', () => undefined).destroy();
			if (response.statusCode < 200 || response.statusCode > 299)
				throw new ChatException(statusError(response.statusCode));
			return [response.headers['location'] ?? []].flat()[0] ?? null;
		} catch (thrown) {
			throw exchange.reason(thrown);
		} finally {
			exchange.end();
			void agent.destroy().catch(() => undefined);
		}
	}

	#judge(address: string, mayBeOwn: boolean): URL {
		const url = readWebUrl(address) ?? fail('bad-address', 'not an https address');
		if ((mayBeOwn && this.#isOwn(url)) || looksPublic(url)) return url;
		fail('not-allowed', 'the address is in a private network', { userAction: 'none' });
	}

	#isOwn(url: URL): boolean {
		return this.#options.own?.has(url.origin) === true;
	}

	#agent(isOwn: boolean): ReturnType<typeof guardedAgent> {
		const { ca, own, resolve } = this.#options;
		this.#trust ??= { own: trusting([...ca, ...(own?.ca ?? [])]), others: trusting(ca) };
		return guardedAgent({ trust: isOwn ? this.#trust.own : this.#trust.others, own: isOwn, resolve });
	}

	/** The answer, or where it is to be found. */
	async #ask(url: URL, own: boolean, wanted: WebRequest, exchange: Exchange): Promise<WebAnswer | URL> {
		const agent = this.#agent(own);
		const close = (): void => void agent.destroy().catch(() => undefined);
		try {
			const { statusCode, headers, body } = await request(url, {
				method: 'GET',
				dispatcher: agent,
				signal: exchange.signal,
				headers: { accept: wanted.accept ?? '*/*', 'accept-encoding': 'identity', 'user-agent': 'Parley' },
			});
			const header = (name: string): string | null => [headers[name] ?? []].flat()[0] ?? null;
			const drop = (): void => void body.on('error', () => undefined).destroy();
			if ([301, 302, 303, 307, 308].includes(statusCode)) {
				drop();
				close();
				const location = header('location');
				if (location === null || !URL.canParse(location, url.href))
					fail('server-error', 'a redirect to nowhere', { retry: 'never' });
				return new URL(location, url);
			}
			const size = Number(header('content-length') ?? Number.NaN);
			const encoding = header('content-encoding')?.trim().toLowerCase() ?? 'identity';
			const problem =
				statusCode !== 200
					? statusError(statusCode)
					: encoding !== 'identity' && encoding !== ''
						? chatError('server-error', 'a compressed answer nobody asked for', { retry: 'never' })
						: size > wanted.maxBytes
							? chatError('oversized', null, { params: { limit: String(wanted.maxBytes) } })
							: null;
			if (problem !== null) {
				drop();
				throw new ChatException(problem);
			}
			const contentType = header('content-type')?.slice(0, 200) ?? null;
			return {
				url,
				mime: contentType?.split(';')[0]?.trim().toLowerCase() ?? null,
				contentType,
				size: Number.isSafeInteger(size) && size >= 0 ? size : null,
				body: bounded(body, wanted.maxBytes, exchange, close),
			};
		} catch (thrown) {
			close();
			throw thrown;
		}
	}
}

async function* bounded(
	body: AsyncIterable<Uint8Array>,
	maxBytes: number,
	exchange: Exchange,
	close: () => void,
): AsyncIterable<Uint8Array> {
	let bytes = 0;
	try {
		for await (const chunk of body) {
			bytes += chunk.byteLength;
			if (bytes > maxBytes) fail('oversized', null, { params: { limit: String(maxBytes) } });
			yield chunk;
		}
	} catch (thrown) {
		throw exchange.reason(thrown);
	} finally {
		exchange.end();
		close();
	}
}

/** Signal and total time of one exchange. */
class Exchange {
	readonly signal: AbortSignal;
	readonly #caller: AbortSignal;
	readonly #late = new AbortController();
	readonly #cancelTimer: () => void;

	constructor(clock: Clock, caller: AbortSignal, totalMs: number) {
		this.#caller = caller;
		this.signal = AbortSignal.any([caller, this.#late.signal]);
		this.#cancelTimer = clock.after(totalMs, () => this.#late.abort());
		caller.addEventListener('abort', this.#cancelTimer, { once: true });
	}

	end(): void {
		this.#cancelTimer();
	}

	/** What really went wrong: aborts look alike to the transport. */
	reason(thrown: unknown): ChatException {
		if (this.#caller.aborted) return new ChatException(chatError('cancelled'), thrown);
		if (this.#late.signal.aborted) return new ChatException(chatError('timeout'), thrown);
		return webFailure(thrown);
	}
}
