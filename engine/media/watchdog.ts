/** The end of transfers that hang, in either direction. */
import type { Clock } from '../../protocols/adapter/context.ts';
import { chatError, ChatException } from '../../protocols/model/errors.ts';

/** Ends a transfer on which nothing has moved for too long. */
export class Watchdog {
	readonly #clock: Clock;
	readonly #abort: AbortController;
	readonly #stallMs: number;
	#cancel: () => void = () => undefined;
	#stalled = Promise.withResolvers<never>();

	constructor(clock: Clock, abort: AbortController, stallMs: number) {
		this.#stallMs = stallMs;
		this.#clock = clock;
		this.#abort = abort;
		// Nobody may be waiting when it fires.
		this.#stalled.promise.catch(() => undefined);
		abort.signal.addEventListener('abort', () => this.#stalled.reject(chatExceptionFor(abort.signal)), { once: true });
	}

	/** Something moved: the wait starts over. */
	arm(): void {
		this.#cancel();
		this.#cancel = this.#clock.after(this.#stallMs, () => {
			const stalled = new ChatException(chatError('timeout', 'the transfer stopped', { retry: 'later' }));
			this.#stalled.reject(stalled);
			this.#abort.abort(stalled);
		});
	}

	stop(): void {
		this.#cancel();
	}

	/** The promise, unless the wait for it is too long or the transfer is cancelled. */
	over<T>(promise: Promise<T>): Promise<T> {
		this.arm();
		return Promise.race([promise, this.#stalled.promise]);
	}

	async *each(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
		const iterator = body[Symbol.asyncIterator]();
		try {
			for (;;) {
				const result = await this.over(iterator.next());
				if (result.done === true) return;
				this.stop();
				yield result.value;
			}
		} finally {
			// A source that hangs must not hang us.
			void Promise.resolve(iterator.return?.()).catch(() => undefined);
		}
	}
}

function chatExceptionFor(signal: AbortSignal): ChatException {
	return signal.reason instanceof ChatException ? signal.reason : new ChatException(chatError('cancelled'));
}
