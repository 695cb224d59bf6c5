/** Lets a command wait for the verdict on its outbox job, for a bounded time, without holding anything up. */
import type { Clock } from '../protocols/adapter/context.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import type { TxnId } from '../protocols/model/ids.ts';

export class Settlements {
	readonly #clock: Clock;
	readonly #waiting = new Map<TxnId, (error: ChatError | null) => void>();

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** Resolves with the refusal, or null when the job succeeded or took longer than `ms`. */
	wait(txn: TxnId, ms: number): Promise<ChatError | null> {
		return new Promise((resolve) => {
			const finish = (error: ChatError | null): void => {
				cancel();
				this.#waiting.delete(txn);
				resolve(error);
			};
			const cancel = this.#clock.after(ms, () => finish(null));
			this.#waiting.set(txn, finish);
		});
	}

	settle(txn: TxnId, error: ChatError | null): void {
		this.#waiting.get(txn)?.(error);
	}
}
