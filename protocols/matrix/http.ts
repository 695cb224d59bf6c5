/**
 * The only road from this adapter to the network. One instance per account and session: it owns the access token,
 * refuses redirects and foreign hosts for it, bounds every response in time and size, and turns every failure into a
 * typed error. The SDK gets {@link HomeserverHttp.sdkFetch} and never sees the token.
 */
import { type Agent, fetch, type RequestInit, type Response } from 'undici';
import type { Clock, Logger } from '../adapter/context.ts';
import type { LinkSecurity } from '../model/entities.ts';
import { type ChatError, chatError, ChatException, fail } from '../model/errors.ts';
import { type ErrorContext, MatrixHttpError, isLoggedOut, isSoftLogout, networkError } from './errors.ts';
import { getString } from './json.ts';
import { createAgent, type TlsRules } from './tls.ts';

export const httpLimits = {
	/** Bytes after decompression. A first sync of thousands of rooms is large; everything else is small. */
	maxSyncBody: 128 * 1024 * 1024,
	maxBody: 16 * 1024 * 1024,
	timeoutMs: 30_000,
	/** Long-poll of 30 s plus what a busy server may add. */
	syncTimeoutMs: 120_000,
} as const;

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

export interface RequestOptions {
	readonly query?: Readonly<Record<string, string | number | undefined>>;
	readonly body?: unknown;
	readonly signal?: AbortSignal;
	readonly timeoutMs?: number;
	readonly context?: ErrorContext;
	/** Send without the access token. */
	readonly anonymous?: boolean;
}

/** Tokens of the session; the refresh token only where the server forces expiry. */
export interface Tokens {
	readonly access: string;
	readonly refresh: string | null;
}

export interface HttpOptions {
	/** Scheme, host and optional path, without a trailing slash. */
	readonly baseUrl: string;
	readonly tls: TlsRules;
	readonly clock: Clock;
	readonly log: Logger;
	readonly userAgent: string;
	readonly tokens: Tokens | null;
	/** Durable before the new token is used. */
	readonly onTokens?: (tokens: Tokens) => Promise<void>;
	readonly onSecurity?: (security: LinkSecurity) => void;
	/** What the SDK gets to see of a parsed answer; may throw a `ChatException` to refuse it. */
	readonly forSdk?: (path: string, body: unknown) => unknown;
	/** The server refused the token, and it could not be refreshed. */
	readonly onLoggedOut?: (error: MatrixHttpError) => void;
	/** An answer for the SDK without asking the server, or undefined. */
	readonly localAnswer?: (path: string) => unknown;
}

export class HomeserverHttp {
	readonly #options: HttpOptions;
	readonly #agent: Agent;
	readonly #origin: string;
	#tokens: Tokens | null;
	#refreshing: Promise<boolean> | null = null;
	#lastFailure: ChatError | null = null;
	#closed = false;

	constructor(options: HttpOptions) {
		this.#options = options;
		this.#tokens = options.tokens;
		this.#origin = new URL(options.baseUrl).origin;
		this.#agent = createAgent(options.tls, (security) => options.onSecurity?.(security));
	}

	/** Why the newest exchange failed, for states that the SDK reports without a cause. */
	get lastFailure(): ChatError | null {
		return this.#lastFailure;
	}

	setTokens(tokens: Tokens): void {
		this.#tokens = tokens;
	}

	/**
	 * JSON in, JSON out. `path` begins after the base URL; ids in it must already be encoded.
	 * @throws {MatrixHttpError} for any answer but 2xx
	 * @throws {ChatException} when there was no usable answer
	 */
	async request(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
		const url = new URL(this.#options.baseUrl + path);
		for (const [key, value] of Object.entries(options.query ?? {}))
			if (value !== undefined) url.searchParams.set(key, String(value));
		const init: RequestInit = {
			method,
			headers: {
				accept: 'application/json',
				...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
			...(options.signal === undefined ? {} : { signal: options.signal }),
		};
		const answer = await this.#exchange(url, init, {
			anonymous: options.anonymous ?? false,
			maxBytes: httpLimits.maxBody,
			timeoutMs: options.timeoutMs ?? httpLimits.timeoutMs,
		});
		const parsed = parseJson(answer.text);
		if (answer.status < 200 || answer.status > 299) {
			const error = new MatrixHttpError(answer.status, parsed, answer.retryAfter, options.context);
			if (isLoggedOut(error) && options.anonymous !== true) this.#options.onLoggedOut?.(error);
			throw this.#note(error);
		}
		if (parsed === undefined) throw this.#note(new ChatException(chatError('not-a-server', 'the answer is not JSON')));
		this.#lastFailure = null;
		return parsed;
	}

	/** `fetch` for the SDK: same rules; answers pass `forSdk` first. */
	readonly sdkFetch: typeof globalThis.fetch = async (resource, init) => {
		const url = new URL(resource instanceof Request ? resource.url : resource);
		const isSync = url.pathname.endsWith('/sync');
		const local = this.#options.localAnswer?.(url.pathname);
		if (local !== undefined)
			return sdkResponse({ status: 200, text: '', retryAfter: null, contentType: 'application/json' }, local);
		const { method, headers, body, signal } = (init ?? {}) as unknown as RequestInit;
		const answer = await this.#exchange(
			url,
			{
				...(method === undefined ? {} : { method }),
				...(headers === undefined ? {} : { headers }),
				...(body === undefined ? {} : { body }),
				...(signal === undefined ? {} : { signal }),
			},
			{
				anonymous: false,
				maxBytes: isSync ? httpLimits.maxSyncBody : httpLimits.maxBody,
				timeoutMs: isSync ? httpLimits.syncTimeoutMs : httpLimits.timeoutMs,
			},
		);
		const ok = answer.status >= 200 && answer.status <= 299;
		const parsed = parseJson(answer.text);
		if (!ok) {
			this.#note(new MatrixHttpError(answer.status, parsed, answer.retryAfter));
		} else if (parsed === undefined) {
			throw this.#note(new ChatException(chatError('protocol-violation', 'the answer is not JSON')));
		} else {
			this.#lastFailure = null;
		}
		const json = ok && this.#options.forSdk !== undefined ? this.#options.forSdk(url.pathname, parsed) : parsed;
		return sdkResponse(answer, json);
	};

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		// Sockets of a black-holed server never drain, so they are cut.
		this.#agent.destroy().catch(() => undefined);
	}

	async #exchange(url: URL, init: RequestInit, rules: ExchangeRules): Promise<Answer> {
		if (url.origin !== this.#origin) fail('protocol-violation', 'request to a host that is not the homeserver');
		const tokens = this.#tokens;
		const answer = await this.#once(url, init, rules, tokens);
		if (answer.status !== 401 || rules.anonymous || tokens?.refresh == null) return answer;
		const refused = new MatrixHttpError(401, parseJson(answer.text), null);
		// A hard logout cannot be refreshed; when the refresh fails the original answer reports the logout.
		if (!isLoggedOut(refused) || !isSoftLogout(refused) || !(await this.#refresh(tokens))) return answer;
		return this.#once(url, init, rules, this.#tokens);
	}

	async #once(url: URL, init: RequestInit, rules: ExchangeRules, tokens: Tokens | null): Promise<Answer> {
		const headers = new Map(Object.entries((init.headers ?? {}) as Record<string, string>));
		headers.delete('Authorization');
		headers.set('user-agent', this.#options.userAgent);
		if (!rules.anonymous && tokens !== null) headers.set('authorization', `Bearer ${tokens.access}`);
		const timeout = new AbortController();
		const cancel = this.#options.clock.after(rules.timeoutMs, () => timeout.abort());
		const started = this.#options.clock.now();
		const signals = init.signal == null ? [timeout.signal] : [timeout.signal, init.signal];
		try {
			const response = await fetch(url, {
				...init,
				headers: Object.fromEntries(headers),
				redirect: 'manual',
				dispatcher: this.#agent,
				signal: AbortSignal.any(signals),
			});
			const text = await readBounded(response, rules.maxBytes);
			this.#options.log.wire(
				'in',
				`${init.method ?? 'GET'} ${url.pathname} ${response.status}, ${text.length} characters, ${this.#options.clock.now() - started} ms`,
			);
			return {
				status: response.status,
				text,
				retryAfter: response.headers.get('retry-after'),
				contentType: response.headers.get('content-type'),
			};
		} catch (thrown) {
			const error = timeout.signal.aborted
				? new ChatException(chatError('timeout', null, { params: { host: url.host } }), thrown)
				: networkError(thrown);
			this.#options.log.wire('note', `${init.method ?? 'GET'} ${url.pathname} failed: ${error.error.code}`);
			// The SDK tells its own cancellations by this name.
			if (init.signal?.aborted === true) throw new DOMException('aborted', 'AbortError');
			throw this.#note(error);
		} finally {
			cancel();
		}
	}

	/** Swaps the tokens once for all requests that meet the same expiry (specification "Refreshing access tokens"). */
	#refresh(stale: Tokens): Promise<boolean> {
		if (this.#tokens !== stale) return Promise.resolve(true);
		this.#refreshing ??= this.#swapTokens(stale).finally(() => {
			this.#refreshing = null;
		});
		return this.#refreshing;
	}

	async #swapTokens(stale: Tokens): Promise<boolean> {
		try {
			const body = await this.request('POST', '/_matrix/client/v3/refresh', {
				body: { refresh_token: stale.refresh },
				anonymous: true,
			});
			const access = getString(body, 'access_token');
			if (access === null) return false;
			const tokens: Tokens = { access, refresh: getString(body, 'refresh_token') ?? stale.refresh };
			await this.#options.onTokens?.(tokens);
			this.#tokens = tokens;
			return true;
		} catch {
			return false;
		}
	}

	#note<T extends ChatException>(thrown: T): T {
		this.#lastFailure = thrown.error;
		return thrown;
	}
}

interface ExchangeRules {
	readonly anonymous: boolean;
	readonly maxBytes: number;
	readonly timeoutMs: number;
}

interface Answer {
	readonly status: number;
	readonly text: string;
	readonly retryAfter: string | null;
	readonly contentType: string | null;
}

/** Reads at most `maxBytes` after decompression, so neither a huge body nor a bomb fills the memory. */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
	if (response.body === null) return '';
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
		bytes += chunk.byteLength;
		if (bytes > maxBytes) fail('oversized', `answer larger than ${maxBytes} bytes`);
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The part of a Response that the SDK reads; the body is parsed already, so it is not serialised again. */
function sdkResponse(answer: Answer, json: unknown): globalThis.Response {
	const headers = new Headers();
	// Error bodies that do not parse are announced as text, else the SDK would throw while parsing them.
	if (answer.contentType !== null) headers.set('Content-Type', json === undefined ? 'text/plain' : 'application/json');
	if (answer.retryAfter !== null) headers.set('Retry-After', answer.retryAfter);
	const response = {
		ok: answer.status >= 200 && answer.status <= 299,
		status: answer.status,
		url: '',
		headers,
		text: () => Promise.resolve(json === undefined ? '' : JSON.stringify(json)),
		json: () => Promise.resolve(json),
	};
	return response as unknown as globalThis.Response;
}
