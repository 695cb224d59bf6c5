/** From what the user typed to a homeserver that answers (specification "Server Discovery"). */
import { fetch } from 'undici';
import type { LoginContext } from '../adapter/login.ts';
import { chatError, ChatException, fail } from '../model/errors.ts';
import { networkError } from './errors.ts';
import { HomeserverHttp } from './http.ts';
import { readBounded } from './http-body.ts';
import { cleanName, getArray, getRecord, getString } from './json.ts';
import { isUserId, localpartOf, serverOf } from './matrix-id.ts';
import { baseUrlOf, isLoopback } from './settings.ts';
import { createAgent, type TlsRules } from './tls.ts';

const limits = { maxRedirects: 5, maxBody: 64 * 1024, timeoutMs: 10_000 } as const;

/** What the address means before anybody was asked. */
export interface ParsedAddress {
	/** Local part or full id, when the address names a user. */
	readonly user: string | null;
	readonly serverName: string | null;
	readonly baseUrl: string | null;
}

/**
 * `@user:server`, a homeserver URL, or a server name.
 * @throws {ChatException} `bad-address`, `tls-required`
 */
export function parseAddress(text: string): ParsedAddress {
	const trimmed = text.trim();
	const params = { address: cleanName(trimmed, 100) };
	if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) {
		const baseUrl = baseUrlOf(trimmed);
		if (baseUrl !== null) return { user: null, serverName: null, baseUrl };
		fail(/^http:/i.test(trimmed) && URL.canParse(trimmed) ? 'tls-required' : 'bad-address', null, { params });
	}
	if (trimmed.startsWith('@')) {
		if (!isUserId(trimmed) || !isServerName(serverOf(trimmed))) fail('bad-address', null, { params });
		return { user: localpartOf(trimmed), serverName: serverOf(trimmed), baseUrl: null };
	}
	if (!isServerName(trimmed)) fail('bad-address', null, { params });
	return { user: null, serverName: trimmed.toLowerCase(), baseUrl: null };
}

/** Host name or address with an optional port (specification "Server Name"). */
function isServerName(text: string): boolean {
	return text.length <= 230 && /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text);
}

export interface Homeserver {
	readonly baseUrl: string;
	/** Login flow types the server offers. */
	readonly loginTypes: readonly string[];
	/** Login leads through a page of the server: single sign-on, or OAuth (specification "OAuth 2.0 API"). */
	readonly webLogin: boolean;
}

/**
 * Finds and checks the homeserver.
 * @throws {ChatException} typed: unknown host, broken .well-known, no Matrix there, certificate, timeout
 */
export async function discover(
	address: ParsedAddress,
	tls: TlsRules,
	context: LoginContext,
	signal: AbortSignal,
): Promise<Homeserver> {
	const baseUrl = address.baseUrl ?? (await wellKnown(address.serverName ?? '', tls, context, signal));
	const http = new HomeserverHttp({
		baseUrl,
		tls,
		clock: context.clock,
		log: context.log,
		userAgent: userAgentOf(context.client),
		tokens: null,
	});
	try {
		const versions = await http.request('GET', '/_matrix/client/versions', {
			signal,
			timeoutMs: limits.timeoutMs,
			context: 'login',
		});
		if (getArray(versions, 'versions').length === 0)
			fail('not-a-server', null, { params: { host: new URL(baseUrl).host } });
		const login = await http.request('GET', '/_matrix/client/v3/login', {
			signal,
			timeoutMs: limits.timeoutMs,
			context: 'login',
		});
		const loginTypes = getArray(login, 'flows', 50)
			.map((flow) => getString(flow, 'type', 100))
			.filter((type) => type !== null);
		return { baseUrl, loginTypes, webLogin: await isWebLogin(http, loginTypes, signal) };
	} catch (thrown) {
		throw withHost(thrown, new URL(baseUrl).host);
	} finally {
		http.close();
	}
}

async function isWebLogin(http: HomeserverHttp, loginTypes: readonly string[], signal: AbortSignal): Promise<boolean> {
	if (loginTypes.includes('m.login.password')) return false;
	if (loginTypes.includes('m.login.sso')) return true;
	const metadata = await http
		.request('GET', '/_matrix/client/v1/auth_metadata', { signal, timeoutMs: limits.timeoutMs, anonymous: true })
		.catch(() => null);
	return getString(metadata, 'issuer', 1024) !== null;
}

/** Answers of other web servers are not Matrix's fault; tell which host it was. */
function withHost(thrown: unknown, host: string): unknown {
	if (!(thrown instanceof ChatException) || Object.keys(thrown.error.params).length > 0) return thrown;
	const code =
		thrown.error.code === 'no-such-room' ||
		thrown.error.code === 'message-rejected' ||
		thrown.error.code === 'protocol-violation'
			? 'not-a-server'
			: thrown.error.code;
	return new ChatException(
		code === thrown.error.code
			? { ...thrown.error, params: { host } }
			: chatError(code, thrown.error.detail, { params: { host } }),
		thrown,
	);
}

export const userAgentOf = (client: { readonly name: string; readonly version: string }): string =>
	`${client.name}/${client.version}`;

/** `/.well-known/matrix/client`; without one the server name itself is the homeserver. */
async function wellKnown(
	serverName: string,
	tls: TlsRules,
	context: LoginContext,
	signal: AbortSignal,
): Promise<string> {
	const scheme = isLoopback(serverName.replace(/:\d+$/, '')) ? 'http' : 'https';
	const direct = `${scheme}://${serverName}`;
	// On this machine there is no web server beside the homeserver to ask.
	if (scheme === 'http') return direct;
	return (await readWellKnown(`${direct}/.well-known/matrix/client`, tls, context, signal)) ?? direct;
}

/**
 * Base URL that a `.well-known/matrix/client` names; null when there is none.
 * @throws {ChatException} `not-a-server` for one that cannot be used: guessing on would ask the wrong host for a password
 */
export async function readWellKnown(
	url: string,
	tls: TlsRules,
	context: LoginContext,
	signal: AbortSignal,
): Promise<string | null> {
	const body = await fetchWellKnown(url, tls, context, signal);
	if (body === null) return null;
	const declared = getString(getRecord(body, 'm.homeserver'), 'base_url', 2048);
	const baseUrl = declared === null ? null : baseUrlOf(declared);
	if (baseUrl === null)
		fail('not-a-server', '.well-known/matrix/client names no usable homeserver', {
			params: { host: new URL(url).host },
		});
	return baseUrl;
}

/** Null for 404: the specification then says to go on without it. */
async function fetchWellKnown(
	start: string,
	tls: TlsRules,
	context: LoginContext,
	signal: AbortSignal,
): Promise<unknown> {
	const agent = createAgent(tls, () => undefined);
	const timeout = new AbortController();
	const cancel = context.clock.after(limits.timeoutMs, () => timeout.abort());
	let url = new URL(start);
	const host = url.host;
	try {
		for (let hop = 0; hop <= limits.maxRedirects; hop++) {
			const response = await fetch(url, {
				redirect: 'manual',
				dispatcher: agent,
				signal: AbortSignal.any([signal, timeout.signal]),
				headers: { 'user-agent': userAgentOf(context.client), accept: 'application/json' },
			});
			context.log.wire('in', `GET ${url.host}${url.pathname} ${response.status}`);
			if (response.status >= 300 && response.status < 400) {
				const next = URL.parse(response.headers.get('location') ?? '', url.href);
				await response.body?.cancel();
				if (next === null || next.protocol !== 'https:')
					fail('not-a-server', '.well-known/matrix/client redirects away from HTTPS', { params: { host } });
				url = next;
				continue;
			}
			if (response.status === 404) {
				await response.body?.cancel();
				return null;
			}
			if (!response.ok)
				fail('not-a-server', `.well-known/matrix/client answered ${response.status}`, { params: { host } });
			return JSON.parse(await readBounded(response, limits.maxBody));
		}
		return fail('not-a-server', '.well-known/matrix/client redirects too often', { params: { host } });
	} catch (thrown) {
		if (thrown instanceof SyntaxError)
			fail('not-a-server', '.well-known/matrix/client is not JSON', { params: { host } });
		if (timeout.signal.aborted) fail('timeout', null, { params: { host } });
		throw withHost(networkError(thrown), host);
	} finally {
		cancel();
		agent.destroy().catch(() => undefined);
	}
}
