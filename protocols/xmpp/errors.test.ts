import { describe, expect, it } from 'vitest';
import { ChatException, chatError } from '../model/errors.ts';
import { readHostPort } from './adapter.ts';
import { type ErrorContext, fromFailure, fromStanzaError } from './errors.ts';
import { StanzaException } from './iq-tracker.ts';
import type { StanzaError } from './stanza.ts';

const stanza = (condition: string, over: Partial<StanzaError> = {}): StanzaError => ({
	type: 'cancel',
	condition,
	text: null,
	application: null,
	by: null,
	...over,
});

describe('stanza errors in the user’s terms', () => {
	it.each([
		['join', 'not-authorized', 'password-required', 'check-password'],
		['join', 'forbidden', 'banned', 'contact-admin'],
		['join', 'registration-required', 'members-only', 'ask-for-access'],
		['join', 'conflict', 'name-in-use', 'choose-name'],
		['join', 'service-unavailable', 'room-full', 'wait'],
		['join', 'item-not-found', 'no-such-room', 'check-address'],
		['join', 'remote-server-not-found', 'host-unknown', 'check-address'],
		['join', 'remote-server-timeout', 'timeout', 'check-network'],
		['message', 'service-unavailable', 'no-such-user', 'check-address'],
		['message', 'not-acceptable', 'blocked-by-peer', 'none'],
		['room-message', 'not-acceptable', 'not-joined', 'none'],
		['room-message', 'forbidden', 'not-allowed', 'ask-for-access'],
		['register', 'conflict', 'name-in-use', 'choose-name'],
		['register', 'not-allowed', 'registration-refused', 'contact-admin'],
		['query', 'something-new', 'server-error', 'wait'],
		['query', '__proto__', 'server-error', 'wait'],
	] as const)('%s: %s is %s', (context, condition, code, userAction) => {
		expect(fromStanzaError(stanza(condition), context as ErrorContext)).toMatchObject({ code, userAction });
	});

	it('a wait error is worth another try, and says when', () => {
		expect(fromStanzaError(stanza('internal-server-error', { type: 'wait' }), 'query').retry).toBe('later');
		expect(fromStanzaError(stanza('resource-constraint', { type: 'wait' }), 'query')).toMatchObject({
			code: 'rate-limited',
			retry: 'after',
			retryAfterMs: 10_000,
		});
	});

	it('keeps the server’s words, cleaned, and nothing of a crash', () => {
		expect(fromStanzaError(stanza('conflict', { text: 'taken\u202e\u0000!' }), 'join').detail).toBe('taken !');
		expect(fromFailure(new TypeError('secret detail'), 'query')).toMatchObject({
			code: 'internal',
			detail: 'TypeError',
		});
		expect(fromFailure(new StanzaException(stanza('conflict')), 'join').code).toBe('name-in-use');
		expect(fromFailure(new ChatException(chatError('timeout')), 'join').code).toBe('timeout');
	});
});

describe('see-other-host targets', () => {
	it.each([
		['other.example', { host: 'other.example', port: 5222, direct: false }],
		['other.example:5299', { host: 'other.example', port: 5299, direct: false }],
		['[2001:db8::1]:5222', { host: '2001:db8::1', port: 5222, direct: false }],
		['', null],
		['a b', null],
		['host:0', null],
		['host:99999', null],
		['http://x/y', null],
	])('%j', (text, endpoint) => expect(readHostPort(text)).toEqual(endpoint));
});
