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
import {
	type Answer,
	answerOf,
	bodyOf,
	counted,
	type Download,
	type Elsewhere,
	parseJson,
	readBounded,
	sdkResponse,
	type UploadOptions,
} from './http-body.ts';
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
		const url = this.#url(path, options.query);
		const init: RequestInit = {
			method,
			headers: {
				accept: 'application/json',
				...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
			...(options.signal === undefined ? {} : { signal: options.signal }),
		};
		const answer = await this.#exchange(url, () => init, {
			anonymous: options.anonymous ?? false,
			maxBytes: httpLimits.maxBody,
			timeoutMs: options.timeoutMs ?? httpLimits.timeoutMs,
		});
		return this.#accepted(answer, options);
	}

	/**
	 * Sends bytes as they come, JSON out. Whoever calls watches over standstill.
	 * @throws like {@link request}
	 */
	async upload(path: string, options: UploadOptions): Promise<unknown> {
		const init = (): RequestInit => ({
			method: 'POST',
			headers: {
				accept: 'application/json',
				'content-type': options.mime,
				'content-length': String(options.size),
			},
			body: counted(options),
			duplex: 'half',
			signal: options.signal,
		});
		const answer = await this.#exchange(this.#url(path, options.query), init, {
			anonymous: false,
			maxBytes: httpLimits.maxBody,
			timeoutMs: null,
		});
		return this.#accepted(answer, { context: 'media' });
	}

	/**
	 * Bytes out as they come. Whoever calls reads the body to its end or stops with the signal, and bounds it; a place
	 * elsewhere must be asked without the token.
	 * @throws like {@link request}; the body throws `ChatException` when the connection breaks
	 */
	async download(
		path: string,
		options: { readonly query?: RequestOptions['query']; readonly anonymous?: boolean; readonly signal: AbortSignal },
	): Promise<Download | Elsewhere> {
		const url = this.#url(path, options.query);
		// Compressed bytes would have another length than the one announced.
		const init: RequestInit = {
			method: 'GET',
			headers: { accept: '*/*', 'accept-encoding': 'identity' },
			signal: options.signal,
		};
		const anonymous = options.anonymous ?? false;
		const open = (): Promise<Response> => this.#open(url, init, anonymous ? null : this.#tokens);
		const tokens = this.#tokens;
		let response = await open();
		if (response.status === 401 && !anonymous && tokens !== null) {
			const text = await readBounded(response, httpLimits.maxBody);
			if (!(await this.#renewed(tokens, text))) return this.#refuse(answerOf(response, text), { context: 'media' });
			response = await open();
		}
		const location = response.status === 307 || response.status === 308 ? response.headers.get('location') : null;
		if (location !== null && URL.canParse(location, url.href)) {
			await response.body?.cancel();
			return { location: new URL(location, url).href };
		}
		if (response.status !== 200)
			return this.#refuse(answerOf(response, await readBounded(response, httpLimits.maxBody)), {
				context: 'media',
				anonymous,
			});
		this.#lastFailure = null;
		const length = /^\d{1,15}$/.exec(response.headers.get('content-length') ?? '')?.[0];
		const plain = response.headers.get('content-encoding') === null;
		return { size: length === undefined || !plain ? null : Number(length), body: bodyOf(response) };
	}

	#url(path: string, query: RequestOptions['query'] = {}): URL {
		const url = new URL(this.#options.baseUrl + path);
		for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
		return url;
	}

	/** The JSON of an answer that says yes. */
	#accepted(answer: Answer, options: Pick<RequestOptions, 'anonymous' | 'context'>): unknown {
		if (answer.status < 200 || answer.status > 299) this.#refuse(answer, options);
		const parsed = parseJson(answer.text);
		if (parsed === undefined) throw this.#note(new ChatException(chatError('not-a-server', 'the answer is not JSON')));
		this.#lastFailure = null;
		return parsed;
	}

	#refuse(answer: Answer, options: Pick<RequestOptions, 'anonymous' | 'context'>): never {
		const error = new MatrixHttpError(answer.status, parseJson(answer.text), answer.retryAfter, options.context);
		if (isLoggedOut(error) && options.anonymous !== true) this.#options.onLoggedOut?.(error);
		throw this.#note(error);
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
			() => ({
				...(method === undefined ? {} : { method }),
				...(headers === undefined ? {} : { headers }),
				...(body === undefined ? {} : { body }),
				...(signal === undefined ? {} : { signal }),
			}),
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

	/** `init` is asked again for a repeat, because a stream can be read only once. */
	async #exchange(url: URL, init: () => RequestInit, rules: ExchangeRules): Promise<Answer> {
		const tokens = this.#tokens;
		const answer = await this.#once(url, init(), rules, tokens);
		if (answer.status !== 401 || rules.anonymous || tokens === null) return answer;
		return (await this.#renewed(tokens, answer.text)) ? this.#once(url, init(), rules, this.#tokens) : answer;
	}

	/**
	 * Did a refusal with these tokens lead to new ones? A hard logout cannot be refreshed; when the refresh fails the
	 * original answer reports the logout.
	 */
	async #renewed(tokens: Tokens, text: string): Promise<boolean> {
		if (tokens.refresh === null) return false;
		const refused = new MatrixHttpError(401, parseJson(text), null);
		return isLoggedOut(refused) && isSoftLogout(refused) && (await this.#refresh(tokens));
	}

	async #once(url: URL, init: RequestInit, rules: ExchangeRules, tokens: Tokens | null): Promise<Answer> {
		const timeout = new AbortController();
		const cancel =
			rules.timeoutMs === null ? () => undefined : this.#options.clock.after(rules.timeoutMs, () => timeout.abort());
		const started = this.#options.clock.now();
		const signals = init.signal == null ? [timeout.signal] : [timeout.signal, init.signal];
		try {
			const signal = AbortSignal.any(signals);
			const response = await this.#send(url, { ...init, signal }, rules.anonymous ? null : tokens);
			const text = await readBounded(response, rules.maxBytes);
			this.#options.log.wire(
				'in',
				`${init.method ?? 'GET'} ${url.pathname} ${response.status}, ${text.length} characters, ${this.#options.clock.now() - started} ms`,
			);
			return answerOf(response, text);
		} catch (thrown) {
			const error = timeout.signal.aborted
				? new ChatException(chatError('timeout', null, { params: { host: url.host } }), thrown)
				: networkError(thrown);
			throw this.#failed(url, init, error);
		} finally {
			cancel();
		}
	}

	/** The answer with its body unread. */
	async #open(url: URL, init: RequestInit, tokens: Tokens | null): Promise<Response> {
		try {
			const response = await this.#send(url, init, tokens);
			this.#options.log.wire('in', `${init.method ?? 'GET'} ${url.pathname} ${response.status}, as it comes`);
			return response;
		} catch (thrown) {
			throw this.#failed(url, init, networkError(thrown));
		}
	}

	#failed(url: URL, init: RequestInit, error: ChatException): Error {
		this.#options.log.wire('note', `${init.method ?? 'GET'} ${url.pathname} failed: ${error.error.code}`);
		// The SDK tells its own cancellations by this name.
		if (init.signal?.aborted === true) return new DOMException('aborted', 'AbortError');
		return this.#note(error);
	}

	#send(url: URL, init: RequestInit, tokens: Tokens | null): Promise<Response> {
		if (url.origin !== this.#origin) fail('protocol-violation', 'request to a host that is not the homeserver');
		const headers = new Map(Object.entries((init.headers ?? {}) as Record<string, string>));
		headers.delete('Authorization');
		headers.set('user-agent', this.#options.userAgent);
		if (tokens !== null) headers.set('authorization', `Bearer ${tokens.access}`);
		return fetch(url, {
			...init,
			headers: Object.fromEntries(headers),
			redirect: 'manual',
			dispatcher: this.#agent,
		});
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
	/** Null: somebody else watches. */
	readonly timeoutMs: number | null;
}
