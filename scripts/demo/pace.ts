import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance, so that tests can do without both. */
export interface Pace {
	/** Resolves after so many milliseconds, or at once when the signal aborts. Never rejects. */
	wait(milliseconds: number, signal: AbortSignal): Promise<void>;
	/** From 0 to below 1. */
	random(): number;
}

export const realPace: Pace = {
	wait: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => undefined),
	random: Math.random,
};

/** Somewhere between two values. */
export function between(pace: Pace, low: number, high: number): number {
	return low + pace.random() * (high - low);
}

/** One of them; `undefined` only for an empty list. */
export function oneOf<T>(pace: Pace, list: readonly T[]): T | undefined {
	return list[Math.floor(pace.random() * list.length)];
}
