import { describe, expect, test } from 'vitest';
import type { ChatError } from '../protocols/model/errors.ts';
import { chatError } from '../protocols/model/errors.ts';
import { maxAttempts, nextAttempt } from './outbox-settle.ts';

describe('nextAttempt', () => {
	const error = (over: Partial<ChatError>): ChatError => ({ ...chatError('server-error'), ...over });
	test.each([
		[error({ retry: 'never' }), 1, { kind: 'give-up' }],
		[error({ retry: 'later' }), 1, { kind: 'again', when: 1000 }],
		[error({ retry: 'later' }), 4, { kind: 'again', when: 8000 }],
		[error({ retry: 'later' }), maxAttempts, { kind: 'give-up' }],
		[error({ retry: 'later', source: 'network' }), 50, { kind: 'again', when: 60_000 }],
		[error({ retry: 'now' }), 1, { kind: 'again', when: 0 }],
		[error({ retry: 'now' }), 2, { kind: 'again', when: 2000 }],
		[error({ retry: 'after', retryAfterMs: 90_000 }), 1, { kind: 'again', when: 90_000 }],
	] as const)('%#', (given, attempts, expected) => {
		expect(nextAttempt(given, attempts, 0)).toEqual(expected);
	});
});
