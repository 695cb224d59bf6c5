/* oxlint-disable no-restricted-globals, no-restricted-properties -- this is the wrapper those rules point to */
/** The real clock and randomness: with the tests' fakes the only place that touches timers and `Date`. */
import type { Clock, Random } from './context.ts';

/** Longest delay a timer takes (2^31 - 1 ms); longer ones would fire at once. */
const maxDelay = 2_147_483_647;

export const systemClock: Clock = {
	now: () => Date.now(),
	after(ms, run) {
		const timer: unknown = setTimeout(run, Math.min(Math.max(0, ms), maxDelay));
		// Node keeps the process alive for a timer unless told otherwise; browsers have no such call.
		(timer as { unref?: () => void }).unref?.();
		return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
	},
};

export const systemRandom: Random = {
	fraction: () => Math.random(),
	bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
	uuid: () => crypto.randomUUID(),
};
