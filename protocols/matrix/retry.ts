/** Waiting out rate limits (specification "Rate limiting"): short waits here, long ones are the outbox's. */
import type { Clock } from '../adapter/context.ts';
import { ChatException } from '../model/errors.ts';

/** Longest single wait and number of tries; whatever needs more goes back to the caller as `rate-limited`. */
export const retryLimits = { maxWaitMs: 5000, maxTries: 3 } as const;

export async function withRetry<T>(clock: Clock, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await run();
		} catch (thrown) {
			const error = thrown instanceof ChatException ? thrown.error : null;
			const wait = error?.code === 'rate-limited' ? (error.retryAfterMs ?? 0) : null;
			if (wait === null || wait > retryLimits.maxWaitMs || attempt >= retryLimits.maxTries || signal.aborted)
				throw thrown;
			await pause(clock, wait, signal);
		}
	}
}

/** Resolves after `ms` or when the signal aborts, whichever is first. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) return resolve();
		const done = (): void => {
			cancel();
			signal.removeEventListener('abort', done);
			resolve();
		};
		const cancel = clock.after(ms, done);
		signal.addEventListener('abort', done, { once: true });
	});
}
