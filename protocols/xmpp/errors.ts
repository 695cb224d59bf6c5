/** XMPP conditions in the user's terms. */
import { type ChatError, ChatException, chatError, type ErrorCode } from '../model/errors.ts';
import { StanzaException } from './iq-tracker.ts';
import type { StanzaError } from './stanza.ts';

/** Where an error came from, because the same condition means different things (`forbidden` in a room: banned). */
export type ErrorContext =
	| 'message'
	| 'room-message'
	| 'join'
	| 'room-admin'
	| 'roster'
	| 'register'
	| 'upload'
	| 'query';

const general: ReadonlyMap<string, ErrorCode> = new Map([
	['bad-request', 'bad-input'],
	['conflict', 'name-in-use'],
	['feature-not-implemented', 'unsupported'],
	['forbidden', 'not-allowed'],
	['gone', 'no-such-user'],
	['internal-server-error', 'server-error'],
	['item-not-found', 'no-such-user'],
	['jid-malformed', 'bad-address'],
	['not-acceptable', 'message-rejected'],
	['not-allowed', 'not-allowed'],
	['not-authorized', 'not-allowed'],
	['payment-required', 'not-allowed'],
	['policy-violation', 'message-rejected'],
	['recipient-unavailable', 'no-such-user'],
	['redirect', 'no-such-user'],
	['registration-required', 'not-allowed'],
	['remote-server-not-found', 'host-unknown'],
	['remote-server-timeout', 'timeout'],
	['resource-constraint', 'rate-limited'],
	['service-unavailable', 'no-such-user'],
	['subscription-required', 'not-allowed'],
	['undefined-condition', 'server-error'],
	['unexpected-request', 'protocol-violation'],
]);

const byContext: Readonly<Record<ErrorContext, ReadonlyMap<string, ErrorCode>>> = {
	message: new Map([
		['not-acceptable', 'blocked-by-peer'],
		['forbidden', 'blocked-by-peer'],
		['policy-violation', 'message-too-long'],
	]),
	'room-message': new Map([
		['not-acceptable', 'not-joined'],
		['forbidden', 'not-allowed'],
		['item-not-found', 'no-such-user'],
		['service-unavailable', 'not-joined'],
		['policy-violation', 'message-too-long'],
	]),
	// XEP-0045 section 7.2: one condition per reason to refuse an occupant.
	join: new Map([
		['not-authorized', 'password-required'],
		['forbidden', 'banned'],
		['item-not-found', 'no-such-room'],
		['not-allowed', 'not-allowed'],
		['not-acceptable', 'name-invalid'],
		['registration-required', 'members-only'],
		['conflict', 'name-in-use'],
		['service-unavailable', 'room-full'],
		['gone', 'no-such-room'],
		['redirect', 'no-such-room'],
		['recipient-unavailable', 'no-such-room'],
	]),
	'room-admin': new Map([
		['item-not-found', 'no-such-user'],
		['not-acceptable', 'bad-input'],
		['conflict', 'not-allowed'],
	]),
	roster: new Map([
		['not-acceptable', 'bad-input'],
		['item-not-found', 'no-such-user'],
	]),
	register: new Map([
		['conflict', 'name-in-use'],
		['not-acceptable', 'bad-input'],
		['not-allowed', 'registration-refused'],
		['forbidden', 'registration-refused'],
		['service-unavailable', 'registration-refused'],
		['feature-not-implemented', 'registration-refused'],
		['policy-violation', 'registration-refused'],
		['resource-constraint', 'rate-limited'],
	]),
	// XEP-0363 section 4.1: also sent for kinds of files that are not taken.
	upload: new Map([
		['not-acceptable', 'not-allowed'],
		['item-not-found', 'unsupported'],
		['service-unavailable', 'unsupported'],
	]),
	query: new Map([
		['item-not-found', 'no-such-user'],
		['service-unavailable', 'unsupported'],
	]),
};

/** A stanza error as a typed error; `type="wait"` makes it worth another try. */
export function fromStanzaError(
	error: StanzaError,
	context: ErrorContext,
	params: Readonly<Record<string, string>> = {},
): ChatError {
	const file = context === 'upload' ? uploadError(error, params) : null;
	if (file !== null) return file;
	const blocked = error.application?.namespace === 'urn:xmpp:blocking:errors';
	const code = blocked
		? 'not-allowed'
		: (byContext[context].get(error.condition) ?? general.get(error.condition) ?? 'server-error');
	const detail = error.text === null || error.text.trim() === '' ? error.condition : error.text;
	const wait = error.type === 'wait' && code !== 'rate-limited';
	return chatError(code, detail, {
		params,
		...(wait ? { retry: 'later' as const } : {}),
		...(code === 'rate-limited' ? { retryAfterMs: 10_000 } : {}),
		...(blocked ? { params: { ...params, blocked: 'self' } } : {}),
	});
}

/** What only an upload service says: too large, or no room left for this account. */
function uploadError(error: StanzaError, params: Readonly<Record<string, string>>): ChatError | null {
	if (error.application?.name === 'file-too-large') return chatError('oversized', error.text, { params });
	return error.condition === 'resource-constraint'
		? chatError('not-allowed', error.text ?? error.condition, { params: { reason: 'quota' }, userAction: 'wait' })
		: null;
}

/** Any failure of a request as a typed error. */
export function fromFailure(
	thrown: unknown,
	context: ErrorContext,
	params: Readonly<Record<string, string>> = {},
): ChatError {
	if (thrown instanceof StanzaException) return fromStanzaError(thrown.stanza, context, params);
	if (thrown instanceof ChatException) return thrown.error;
	if (thrown instanceof Error && thrown.name === 'AbortError') return chatError('cancelled');
	return chatError('internal', thrown instanceof Error ? thrown.name : typeof thrown);
}

/** Stream errors (RFC 6120 section 4.9.3): the server ended the connection and said why. */
export function fromStreamError(condition: string, text: string | null): ChatError {
	const detail = text === null || text === '' ? condition : `${condition}: ${text}`;
	switch (condition) {
		case 'host-unknown':
		case 'host-gone':
		case 'improper-addressing':
			return chatError('bad-address', detail);
		case 'conflict':
			// Another session took our address; coming straight back would start a duel.
			return chatError('connection-closed', detail, { retry: 'after', retryAfterMs: 30_000 });
		case 'not-authorized':
			return chatError('auth-failed', detail);
		case 'policy-violation':
		case 'resource-constraint':
			return chatError('rate-limited', detail, { retryAfterMs: 10_000 });
		case 'reset':
			return chatError('connection-closed', detail, { retry: 'now' });
		case 'bad-format':
		case 'not-well-formed':
		case 'invalid-xml':
		case 'invalid-namespace':
		case 'unsupported-stanza-type':
			return chatError('protocol-violation', detail);
		default:
			return chatError('connection-closed', detail);
	}
}

/** SASL failures (RFC 6120 section 6.5). */
export function fromSaslFailure(condition: string, text: string | null): ChatError {
	const detail = text === null || text === '' ? condition : text;
	switch (condition) {
		case 'account-disabled':
			return chatError('account-disabled', detail);
		case 'credentials-expired':
			return chatError('session-expired', detail);
		case 'temporary-auth-failure':
		case 'aborted':
			return chatError('server-error', detail);
		case 'encryption-required':
			return chatError('tls-required', detail);
		case 'invalid-mechanism':
		case 'mechanism-too-weak':
			return chatError('auth-mechanism-missing', detail);
		default:
			return chatError('auth-failed', detail);
	}
}
