import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
	/** Milliseconds before giving up. */
	readonly timeout: number;
	/** Milliseconds between two looks. */
	readonly interval?: number;
	/** What is being waited for, for the error message. */
	readonly what: string;
}

/**
 * Looks again and again until `look` returns something other than `undefined` or `false`.
 * For conditions outside this process (a port that opens, a file that grows) that send no event.
 */
export async function poll<T>(
	look: () => Promise<T | undefined | false> | T | undefined | false,
	options: PollOptions,
): Promise<T> {
	const deadline = performance.now() + options.timeout;
	for (;;) {
		const found = await look();
		if (found !== undefined && found !== false) return found;
		if (performance.now() > deadline)
			throw new Error(`gave up waiting for ${options.what} after ${options.timeout} ms`);
		await delay(options.interval ?? 20);
	}
}
