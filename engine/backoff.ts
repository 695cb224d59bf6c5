/** When a connection is tried again. Pure, so that the whole table can be tested. */
import type { ChatError } from '../protocols/model/errors.ts';

export const backoffLimits = {
	/** First delay, ms. */
	firstMs: 1000,
	longestMs: 5 * 60_000,
	/** A session that lasted longer than this starts the count anew. */
	stableMs: 60_000,
} as const;

/**
 * Delay before the next attempt, in ms.
 * @param attempt how many attempts failed in a row, from 1
 * @param fraction random 0 ≤ x < 1; spreads clients that lost the same server over half of the delay
 */
export function backoffDelay(error: ChatError, attempt: number, fraction: number): number {
	const exponential = Math.min(
		backoffLimits.longestMs,
		backoffLimits.firstMs * 2 ** Math.min(30, Math.max(0, attempt - 1)),
	);
	const jittered = Math.round(exponential * (0.5 + fraction / 2));
	if (error.retry === 'after') return Math.max(error.retryAfterMs ?? 0, jittered);
	// A link that just broke is usually back at once; if not, the second attempt waits like any other.
	if (error.retry === 'now' && attempt <= 1) return Math.round(250 * fraction);
	return jittered;
}
