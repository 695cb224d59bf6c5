/** Bounds the wait for somebody else's promise. The work itself goes on; only nobody listens any more. */
import type { Clock } from '../protocols/adapter/context.ts';

export const timedOut: unique symbol = Symbol('timed out');

export function withTimeout<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | typeof timedOut> {
	return new Promise((resolve, reject) => {
		const cancel = clock.after(ms, () => resolve(timedOut));
		work.then(
			(value) => {
				cancel();
				resolve(value);
			},
			(thrown: unknown) => {
				cancel();
				reject(thrown);
			},
		);
	});
}
