/**
 * One task at a time. The engine has a single logical writer: a task reads the state, decides and commits before the
 * next one starts, so no decision is taken on a state that is about to change. Reads that must not interleave with a
 * write wait here too, ahead of the queued writes, because a user waits for them.
 */
export class Exclusive {
	readonly #reads: (() => Promise<void>)[] = [];
	readonly #writes: (() => Promise<void>)[] = [];
	#running = false;

	run<T>(kind: 'read' | 'write', task: () => Promise<T>): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			const queue = kind === 'read' ? this.#reads : this.#writes;
			queue.push(() => task().then(resolve, reject));
			if (!this.#running) void this.#drain();
		});
	}

	/** Resolves when everything queued so far has run. */
	idle(): Promise<void> {
		return this.run('write', async () => undefined);
	}

	async #drain(): Promise<void> {
		this.#running = true;
		for (;;) {
			const next = this.#reads.shift() ?? this.#writes.shift();
			if (next === undefined) break;
			await next();
		}
		this.#running = false;
	}
}
