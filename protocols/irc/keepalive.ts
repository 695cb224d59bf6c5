/** Notices a dead link: asks when the server has been silent, and gives up when it stays so. */
import type { Clock } from '../adapter/context.ts';

const quietMs = 60_000;
const patienceMs = 45_000;
/** After waking up a dead link is likely; the answer must come fast. */
const wakePatienceMs = 8000;

export class Keepalive {
	readonly #clock: Clock;
	readonly #ping: () => void;
	readonly #dead: () => void;
	#cancel: (() => void) | null = null;
	#heardAt: number;
	#asked = false;

	constructor(clock: Clock, ping: () => void, dead: () => void) {
		this.#clock = clock;
		this.#ping = ping;
		this.#dead = dead;
		this.#heardAt = clock.now();
	}

	start(): void {
		this.#heardAt = this.#clock.now();
		this.#schedule(quietMs);
	}

	/** Something arrived. Cheap: called for every read. */
	heard(): void {
		this.#heardAt = this.#clock.now();
		this.#asked = false;
	}

	/** Checks now, impatiently. */
	probe(): void {
		if (this.#cancel === null) return;
		this.#ask(wakePatienceMs);
	}

	stop(): void {
		this.#cancel?.();
		this.#cancel = null;
	}

	#ask(patience: number): void {
		this.#asked = true;
		this.#ping();
		this.#schedule(patience);
	}

	#schedule(ms: number): void {
		this.#cancel?.();
		this.#cancel = this.#clock.after(ms, () => {
			if (this.#asked) return this.#dead();
			const quiet = this.#clock.now() - this.#heardAt;
			if (quiet >= quietMs || quiet < 0) this.#ask(patienceMs);
			else this.#schedule(quietMs - quiet);
		});
	}
}
