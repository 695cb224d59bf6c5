/**
 * The renderer's only access to time, timers and randomness; lint forbids the globals everywhere else.
 */
export interface RendererClock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Runs once after `ms`; the result cancels. */
	after(ms: number, run: () => void): () => void;
}

const systemClock: RendererClock = {
	// oxlint-disable-next-line no-restricted-properties -- this is the wrapper
	now: () => Date.now(),
	after: (ms, run) => {
		// oxlint-disable-next-line no-restricted-globals -- this is the wrapper
		const timer = setTimeout(run, ms);
		return () => clearTimeout(timer);
	},
};

export const now = (): number => systemClock.now();
export const after = (ms: number, run: () => void): (() => void) => systemClock.after(ms, run);
export const uuid = (): string => globalThis.crypto.randomUUID();
