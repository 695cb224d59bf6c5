/** Failures of exchanges on the web as typed errors. */
import { chatError, ChatException, type ChatError, type ErrorCode } from '../model/errors.ts';

const byCode: ReadonlyMap<string, ErrorCode> = new Map([
	['ENOTFOUND', 'host-unknown'],
	['EAI_AGAIN', 'network-unreachable'],
	['ENETUNREACH', 'network-unreachable'],
	['EHOSTUNREACH', 'network-unreachable'],
	['ECONNREFUSED', 'connection-refused'],
	['ECONNRESET', 'connection-lost'],
	['EPIPE', 'connection-lost'],
	['ETIMEDOUT', 'connection-timeout'],
	['UND_ERR_CONNECT_TIMEOUT', 'connection-timeout'],
	['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
	['UND_ERR_BODY_TIMEOUT', 'timeout'],
	['UND_ERR_HEADERS_OVERFLOW', 'oversized'],
	['UND_ERR_SOCKET', 'connection-lost'],
	['CERT_HAS_EXPIRED', 'certificate-expired'],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-wrong-host'],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted'],
	['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-untrusted'],
	['UNABLE_TO_GET_ISSUER_CERT', 'certificate-untrusted'],
	['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate-untrusted'],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-untrusted'],
]);

/** No answer came, or it broke off. */
export function webFailure(thrown: unknown): ChatException {
	let current: unknown = thrown;
	for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
		if (current instanceof ChatException) return current;
		const code = 'code' in current && typeof current.code === 'string' ? current.code : '';
		const known = byCode.get(code);
		if (known !== undefined) return new ChatException(chatError(known, code), thrown);
		if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO')
			return new ChatException(chatError('tls-failed', code), thrown);
		if (code.startsWith('HPE_')) return new ChatException(chatError('not-a-server', code), thrown);
		if (current.name === 'AbortError') return new ChatException(chatError('cancelled'), thrown);
		current = current instanceof AggregateError ? current.errors[0] : current.cause;
	}
	return new ChatException(chatError('connection-lost', thrown instanceof Error ? thrown.name : null), thrown);
}

/** An answer that is none of the wanted ones. */
export function statusError(status: number): ChatError {
	const words = `HTTP ${String(status)}`;
	switch (status) {
		case 401:
		case 403:
			return chatError('not-allowed', words);
		case 404:
		case 410:
			return chatError('server-error', words, { retry: 'never' });
		case 413:
			return chatError('oversized', words);
		case 429:
			return chatError('rate-limited', words, { retryAfterMs: 30_000 });
		case 507:
			return chatError('not-allowed', 'the server has no room left', { params: { reason: 'quota' } });
		default:
			return chatError('server-error', words, status < 500 ? { retry: 'never' } : {});
	}
}
