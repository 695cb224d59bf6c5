/**
 * The one error shape of Parley. It answers three questions for the user: who is at fault, will it be retried, and
 * what can I do. Text for people is made by the UI from `code` and `params`; `detail` is the network's own words.
 */

/** Where the failure arose. */
export type ErrorSource = 'network' | 'tls' | 'auth' | 'server' | 'protocol' | 'permission' | 'local' | 'unsupported';

/** What a program may do next. `after`: retry not before `retryAfterMs`. `never`: the same attempt cannot succeed. */
export type RetryAdvice = 'now' | 'later' | 'after' | 'never';

/** What the user can do about it; the UI turns it into a button or a sentence. */
export type UserAction =
	| 'none'
	| 'wait'
	| 'check-network'
	| 'check-address'
	| 'check-password'
	| 'log-in-again'
	| 'choose-name'
	| 'review-certificate'
	| 'use-tls'
	| 'ask-for-access'
	| 'shorten-message'
	| 'decide-resend'
	| 'contact-admin'
	| 'report-bug';

/** Every typed failure. Adding one means adding its sentence to the i18n table; a test compares both lists. */
export const errorCodes = [
	'network-unreachable',
	'host-unknown',
	'connection-refused',
	'connection-timeout',
	'connection-lost',
	'connection-closed',
	'tls-failed',
	'tls-required',
	'certificate-untrusted',
	'certificate-expired',
	'certificate-wrong-host',
	'certificate-changed',
	'auth-failed',
	'auth-mechanism-missing',
	'web-login-only',
	'auth-downgrade',
	'auth-server-unverified',
	'session-expired',
	'account-disabled',
	'registration-refused',
	'name-in-use',
	'name-invalid',
	'banned',
	'kicked',
	'members-only',
	'password-required',
	'invite-only',
	'room-full',
	'not-joined',
	'no-such-room',
	'no-such-user',
	'not-allowed',
	'blocked-by-peer',
	'rate-limited',
	'message-too-long',
	'message-rejected',
	'encryption-unavailable',
	'unsupported',
	'not-a-server',
	'bad-address',
	'bad-input',
	'protocol-violation',
	'oversized',
	'server-error',
	'timeout',
	'cancelled',
	'delivery-unknown',
	'storage-failed',
	'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A failure as data: crosses worker and contract boundaries unchanged. */
export interface ChatError {
	readonly code: ErrorCode;
	readonly source: ErrorSource;
	readonly retry: RetryAdvice;
	/** Milliseconds to wait when `retry` is `after`, else null. */
	readonly retryAfterMs: number | null;
	readonly userAction: UserAction;
	/** The network's own words, sanitised, at most 500 characters; never a secret. Null when there are none. */
	readonly detail: string | null;
	/** Values for the sentence, such as a host or a nick. */
	readonly params: Readonly<Record<string, string>>;
}

interface ErrorDefaults {
	readonly source: ErrorSource;
	readonly retry: RetryAdvice;
	readonly userAction: UserAction;
}

const d = (source: ErrorSource, retry: RetryAdvice, userAction: UserAction): ErrorDefaults => ({
	source,
	retry,
	userAction,
});

/** What each code means unless the thrower knows better. */
export const errorDefaults: Readonly<Record<ErrorCode, ErrorDefaults>> = {
	'network-unreachable': d('network', 'later', 'check-network'),
	'host-unknown': d('network', 'later', 'check-address'),
	'connection-refused': d('network', 'later', 'check-address'),
	'connection-timeout': d('network', 'later', 'check-network'),
	'connection-lost': d('network', 'now', 'none'),
	'connection-closed': d('server', 'later', 'wait'),
	'tls-failed': d('tls', 'later', 'check-address'),
	'tls-required': d('tls', 'never', 'use-tls'),
	'certificate-untrusted': d('tls', 'never', 'review-certificate'),
	'certificate-expired': d('tls', 'never', 'review-certificate'),
	'certificate-wrong-host': d('tls', 'never', 'review-certificate'),
	'certificate-changed': d('tls', 'never', 'review-certificate'),
	'auth-failed': d('auth', 'never', 'check-password'),
	'auth-mechanism-missing': d('auth', 'never', 'contact-admin'),
	'web-login-only': d('auth', 'never', 'none'),
	'auth-downgrade': d('auth', 'never', 'contact-admin'),
	'auth-server-unverified': d('auth', 'never', 'contact-admin'),
	'session-expired': d('auth', 'never', 'log-in-again'),
	'account-disabled': d('auth', 'never', 'contact-admin'),
	'registration-refused': d('auth', 'never', 'contact-admin'),
	'name-in-use': d('server', 'never', 'choose-name'),
	'name-invalid': d('server', 'never', 'choose-name'),
	banned: d('permission', 'never', 'contact-admin'),
	kicked: d('permission', 'never', 'none'),
	'members-only': d('permission', 'never', 'ask-for-access'),
	'password-required': d('permission', 'never', 'check-password'),
	'invite-only': d('permission', 'never', 'ask-for-access'),
	'room-full': d('permission', 'later', 'wait'),
	'not-joined': d('permission', 'never', 'none'),
	'no-such-room': d('server', 'never', 'check-address'),
	'no-such-user': d('server', 'never', 'check-address'),
	'not-allowed': d('permission', 'never', 'ask-for-access'),
	'blocked-by-peer': d('permission', 'never', 'none'),
	'rate-limited': d('server', 'after', 'wait'),
	'message-too-long': d('server', 'never', 'shorten-message'),
	'message-rejected': d('server', 'never', 'none'),
	'encryption-unavailable': d('unsupported', 'never', 'none'),
	unsupported: d('unsupported', 'never', 'none'),
	'not-a-server': d('protocol', 'never', 'check-address'),
	'bad-address': d('local', 'never', 'check-address'),
	'bad-input': d('local', 'never', 'none'),
	'protocol-violation': d('protocol', 'later', 'report-bug'),
	oversized: d('protocol', 'never', 'none'),
	'server-error': d('server', 'later', 'wait'),
	timeout: d('network', 'later', 'check-network'),
	cancelled: d('local', 'never', 'none'),
	'delivery-unknown': d('network', 'never', 'decide-resend'),
	'storage-failed': d('local', 'later', 'report-bug'),
	internal: d('local', 'later', 'report-bug'),
};

const maxDetail = 500;

/** Builds a {@link ChatError}, filling from {@link errorDefaults}. `detail` is cleaned of control characters and cut. */
export function chatError(
	code: ErrorCode,
	detail: string | null = null,
	over: Partial<Omit<ChatError, 'code' | 'detail'>> = {},
): ChatError {
	return {
		code,
		...errorDefaults[code],
		retryAfterMs: null,
		params: {},
		...over,
		detail: detail === null ? null : cleanDetail(detail),
	};
}

function cleanDetail(text: string): string {
	// C0, C1 and bidi controls could rearrange or break the sentence around the network's words.
	const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
	return clean.length > maxDetail ? `${clean.slice(0, maxDetail - 1)}…` : clean;
}

/** A {@link ChatError} that can be thrown. */
export class ChatException extends Error {
	readonly error: ChatError;
	constructor(error: ChatError, cause?: unknown) {
		super(error.detail === null ? error.code : `${error.code}: ${error.detail}`, { cause });
		this.name = 'ChatException';
		this.error = error;
	}
}

/** Throws a {@link ChatException}; reads as one line at the call. */
export function fail(
	code: ErrorCode,
	detail: string | null = null,
	over: Partial<Omit<ChatError, 'code' | 'detail'>> = {},
): never {
	throw new ChatException(chatError(code, detail, over));
}

/** The typed error inside anything thrown; unknown throws become `internal` without leaking their text. */
export function toChatError(thrown: unknown): ChatError {
	if (thrown instanceof ChatException) return thrown.error;
	if (thrown instanceof Error && thrown.name === 'AbortError') return chatError('cancelled');
	return chatError('internal', thrown instanceof Error ? thrown.name : typeof thrown);
}
