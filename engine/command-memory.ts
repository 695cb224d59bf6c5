/** Remembers recent commands, so that one sent again after a reconnect answers as before instead of acting twice. */

const remembered = 2000;

export class CommandMemory {
	readonly #results = new Map<string, Promise<unknown>>();

	/** Runs the command unless it ran, or runs, already under this id. Failures are forgotten: trying again is allowed. */
	once(id: string, run: () => Promise<unknown>): Promise<unknown> {
		const known = this.#results.get(id);
		if (known !== undefined) return known;
		const result = run();
		this.#results.set(id, result);
		result.catch(() => this.#results.delete(id));
		for (const oldest of this.#results.keys()) {
			if (this.#results.size <= remembered) break;
			this.#results.delete(oldest);
		}
		return result;
	}
}
