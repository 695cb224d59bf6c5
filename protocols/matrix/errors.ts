/** Everything that can go wrong between us and a homeserver, as a typed {@link ChatError}. */
import { chatError, ChatException, type ChatError, type ErrorCode } from '../model/errors.ts';
import { get, getCount, getString } from './json.ts';

/** A homeserver's answer other than 2xx (specification "Standard error response"). */
export class MatrixHttpError extends ChatException {
	readonly status: number;
	/** `M_FORBIDDEN` and the like; null when the answer was not a Matrix error. */
	readonly errcode: string | null;
	/** The parsed answer, for flows that need more of it (user-interactive authentication). */
	readonly body: unknown;

	constructor(status: number, body: unknown, retryAfterHeader: string | null, context: ErrorContext = 'request') {
		const errcode = getString(body, 'errcode', 100);
		super(httpErrorToChat(status, errcode, body, retryAfterHeader, context));
		this.name = 'MatrixHttpError';
		this.status = status;
		this.errcode = errcode;
		this.body = body;
	}
}

/** What was being done; the same code means different things to the user. */
export type ErrorContext = 'request' | 'login' | 'register' | 'join' | 'send' | 'media';

const byErrcode: Readonly<Record<string, ErrorCode>> = {
	M_FORBIDDEN: 'not-allowed',
	M_UNKNOWN_TOKEN: 'session-expired',
	M_MISSING_TOKEN: 'session-expired',
	M_LIMIT_EXCEEDED: 'rate-limited',
	M_USER_LIMIT_EXCEEDED: 'not-allowed',
	M_NOT_FOUND: 'no-such-room',
	M_USER_DEACTIVATED: 'account-disabled',
	M_USER_LOCKED: 'account-disabled',
	M_USER_SUSPENDED: 'account-disabled',
	M_USER_IN_USE: 'name-in-use',
	M_INVALID_USERNAME: 'name-invalid',
	M_EXCLUSIVE: 'name-in-use',
	M_ROOM_IN_USE: 'name-in-use',
	M_TOO_LARGE: 'message-too-long',
	M_GUEST_ACCESS_FORBIDDEN: 'not-allowed',
	M_RESOURCE_LIMIT_EXCEEDED: 'server-error',
	M_BAD_JSON: 'message-rejected',
	M_NOT_JSON: 'message-rejected',
	M_INVALID_PARAM: 'bad-input',
	M_MISSING_PARAM: 'bad-input',
	M_WEAK_PASSWORD: 'bad-input',
	M_UNRECOGNIZED: 'unsupported',
	M_INVITE_BLOCKED: 'blocked-by-peer',
	M_UNABLE_TO_AUTHORISE_JOIN: 'not-allowed',
	M_UNSUPPORTED_ROOM_VERSION: 'unsupported',
	M_INCOMPATIBLE_ROOM_VERSION: 'unsupported',
	M_CONSENT_NOT_GIVEN: 'not-allowed',
};

const byContext: Readonly<Record<ErrorContext, Readonly<Record<string, ErrorCode>>>> = {
	request: {},
	login: { M_FORBIDDEN: 'auth-failed', M_NOT_FOUND: 'not-a-server', M_UNRECOGNIZED: 'not-a-server' },
	register: {
		M_FORBIDDEN: 'registration-refused',
		M_UNRECOGNIZED: 'registration-refused',
		M_UNKNOWN: 'registration-refused',
	},
	join: { M_FORBIDDEN: 'invite-only', M_UNKNOWN: 'no-such-room', M_INVALID_PARAM: 'no-such-room' },
	send: { M_NOT_FOUND: 'message-rejected' },
	media: { M_TOO_LARGE: 'oversized', M_NOT_FOUND: 'server-error' },
};

function httpErrorToChat(
	status: number,
	errcode: string | null,
	body: unknown,
	retryAfter: string | null,
	context: ErrorContext,
): ChatError {
	const words = getString(body, 'error', 4000);
	const known = errcode === null ? undefined : (own(byContext[context], errcode) ?? own(byErrcode, errcode));
	if (known === 'rate-limited' || (known === undefined && status === 429)) {
		return chatError('rate-limited', words, { retryAfterMs: retryAfterMs(body, retryAfter) });
	}
	// The specification has no code for it; Synapse says M_FORBIDDEN or M_BAD_STATE.
	if (context === 'join' && words !== null && status === 403 && /\bbanned\b/i.test(words))
		return chatError('banned', words);
	// A file that is gone stays gone; one that is still being uploaded by its sender comes later.
	if (context === 'media' && status === 404) return chatError('server-error', words, { retry: 'never' });
	if (context === 'media' && status === 413) return chatError('oversized', words);
	if (known !== undefined) return chatError(known, words);
	if (status === 401) return chatError('session-expired', words);
	if (status === 403) return chatError('not-allowed', words);
	if (status === 404) return chatError(context === 'login' ? 'not-a-server' : 'no-such-room', words);
	if (status === 413) return chatError('message-too-long', words);
	if (status >= 300 && status < 400) return chatError('protocol-violation', 'the server answered with a redirect');
	return chatError(status >= 500 ? 'server-error' : 'message-rejected', words ?? `HTTP ${status}`);
}

const own = (table: Readonly<Record<string, ErrorCode>>, key: string): ErrorCode | undefined =>
	Object.hasOwn(table, key) ? table[key] : undefined;

const maxRetryAfterMs = 60 * 60 * 1000;
const defaultRetryAfterMs = 2000;

/** How long the server asks us to wait: `Retry-After` in seconds, or the older `retry_after_ms` (deprecated in 1.10). */
function retryAfterMs(body: unknown, header: string | null): number {
	const seconds = header !== null && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : null;
	return Math.min(maxRetryAfterMs, seconds ?? getCount(body, 'retry_after_ms') ?? defaultRetryAfterMs);
}

/** `soft_logout` of a 401: the device still exists and may log in again (specification "Soft logout"). */
export const isSoftLogout = (error: MatrixHttpError): boolean => get(error.body, 'soft_logout') === true;

export const isLoggedOut = (error: unknown): error is MatrixHttpError =>
	error instanceof MatrixHttpError && (error.errcode === 'M_UNKNOWN_TOKEN' || error.errcode === 'M_MISSING_TOKEN');

const byNodeCode: Readonly<Record<string, ErrorCode>> = {
	ENOTFOUND: 'host-unknown',
	EAI_AGAIN: 'host-unknown',
	EAI_NONAME: 'host-unknown',
	EAI_NODATA: 'host-unknown',
	ECONNREFUSED: 'connection-refused',
	ECONNRESET: 'connection-lost',
	EPIPE: 'connection-lost',
	UND_ERR_SOCKET: 'connection-lost',
	UND_ERR_ABORTED: 'cancelled',
	ETIMEDOUT: 'connection-timeout',
	UND_ERR_CONNECT_TIMEOUT: 'connection-timeout',
	UND_ERR_HEADERS_TIMEOUT: 'timeout',
	UND_ERR_BODY_TIMEOUT: 'timeout',
	ENETUNREACH: 'network-unreachable',
	EHOSTUNREACH: 'network-unreachable',
	ENETDOWN: 'network-unreachable',
	CERT_HAS_EXPIRED: 'certificate-expired',
	CERT_NOT_YET_VALID: 'certificate-untrusted',
	DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-untrusted',
	SELF_SIGNED_CERT_IN_CHAIN: 'certificate-untrusted',
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-untrusted',
	UNABLE_TO_GET_ISSUER_CERT: 'certificate-untrusted',
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-untrusted',
	CERT_REVOKED: 'certificate-untrusted',
	ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-wrong-host',
	HPE_INVALID_CONSTANT: 'not-a-server',
	HPE_INVALID_VERSION: 'not-a-server',
};

/** The typed error for a failed exchange: looks for a known code along the chain of causes. */
export function networkError(thrown: unknown): ChatException {
	let current: unknown = thrown;
	for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
		if (current instanceof ChatException) return current;
		const code = get(current, 'code');
		if (typeof code === 'string') {
			const known = own(byNodeCode, code);
			if (known !== undefined) return new ChatException(chatError(known, current.message), thrown);
			if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO')
				return new ChatException(chatError('tls-failed', current.message), thrown);
			if (code.startsWith('HPE_')) return new ChatException(chatError('not-a-server', current.message), thrown);
		}
		// fetch refuses ports of other protocols by their number.
		if (current.message === 'bad port')
			return new ChatException(chatError('bad-address', 'this port may not be used for HTTP'), thrown);
		if (current.name === 'AbortError') return new ChatException(chatError('cancelled'), thrown);
		const errors: unknown = get(current, 'errors');
		current = Array.isArray(errors) && errors.length > 0 ? errors[0] : current.cause;
	}
	return new ChatException(chatError('connection-lost', thrown instanceof Error ? thrown.message : null), thrown);
}
