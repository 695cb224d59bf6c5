/** The running timers of one connection, so that none outlives it. */
import type { Clock } from '../adapter/context.ts';

export class Timers {
	readonly #clock: Clock;
	readonly #cancels = new Set<() => void>();

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** Runs once after `ms`, unless {@link clear} comes first. */
	after(ms: number, run: () => void): void {
		const cancel = this.#clock.after(ms, () => {
			this.#cancels.delete(cancel);
			run();
		});
		this.#cancels.add(cancel);
	}

	clear(): void {
		for (const cancel of this.#cancels) cancel();
		this.#cancels.clear();
	}
}
