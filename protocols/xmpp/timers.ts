/** Named timers that end together: setting one again replaces it, and after `stop` none can be set. */
import type { Clock } from '../adapter/context.ts';

export class Timers {
	readonly #clock: Clock;
	readonly #running = new Map<string, () => void>();
	#stopped = false;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	has(name: string): boolean {
		return this.#running.has(name);
	}

	set(name: string, ms: number, run: () => void): void {
		this.cancel(name);
		if (this.#stopped) return;
		this.#running.set(
			name,
			this.#clock.after(ms, () => {
				this.#running.delete(name);
				run();
			}),
		);
	}

	cancel(name: string): void {
		this.#running.get(name)?.();
		this.#running.delete(name);
	}

	stop(): void {
		this.#stopped = true;
		for (const cancel of this.#running.values()) cancel();
		this.#running.clear();
	}
}
