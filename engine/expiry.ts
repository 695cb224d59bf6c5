/** Messages that end at a time: their content goes then, or at the next start, and everything made of it goes with it. */
import { toChatError } from '../protocols/model/errors.ts';
import type { Core } from './core.ts';
import { eraseMessage } from './erase.ts';

/** Rows erased in one transaction. */
const perSweep = 200;
/** Timers are set no further ahead: computers sleep, and a new look costs nothing. */
const maxWaitMs = 3600 * 1000;
const retryMs = 60_000;

export class Expiry {
	readonly #core: () => Core;
	#due: number | null = null;
	#cancel: () => void = () => undefined;
	#closed = false;

	constructor(core: () => Core) {
		this.#core = core;
	}

	/** A message with this end was stored. */
	note(at: number): void {
		if (this.#due === null || at < this.#due) this.#schedule(at);
	}

	/** Erases what is over and waits for the next. */
	async sweep(): Promise<void> {
		const { clock, log, store, write } = this.#core();
		try {
			for (;;) {
				const now = clock.now();
				const ids = await store.expired(now, perSweep);
				if (ids.length === 0) break;
				await write(async (tx) => {
					for (const row of await tx.messages.load(ids)) {
						const { expiresAt, removedAt } = row.message;
						if (removedAt === null && expiresAt !== null && expiresAt <= now)
							await eraseMessage(tx, row, expiresAt, null);
					}
				});
			}
			this.#due = null;
			const next = await store.nextExpiry();
			if (next !== null) this.note(next);
		} catch (thrown) {
			log.error('expired messages not erased', { code: toChatError(thrown).code });
			this.#schedule(clock.now() + retryMs);
		}
	}

	#schedule(at: number): void {
		if (this.#closed) return;
		const { clock } = this.#core();
		this.#cancel();
		this.#due = at;
		const wait = Math.min(Math.max(0, at - clock.now()), maxWaitMs);
		this.#cancel = clock.after(wait, () => void this.sweep());
	}

	close(): void {
		this.#closed = true;
		this.#cancel();
	}
}
