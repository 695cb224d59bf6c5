/** Staged changes over a map that must not change before they are committed. */
export class Layer<K, V> {
	readonly #base: ReadonlyMap<K, V>;
	readonly #changes = new Map<K, V | null>();

	constructor(base: ReadonlyMap<K, V>) {
		this.#base = base;
	}

	get(key: K): V | undefined {
		const changed = this.#changes.get(key);
		return changed === undefined ? this.#base.get(key) : (changed ?? undefined);
	}

	/** The value as committed, whatever is staged. */
	before(key: K): V | undefined {
		return this.#base.get(key);
	}

	put(key: K, value: V): void {
		this.#changes.set(key, value);
	}

	remove(key: K): void {
		if (this.#base.has(key)) this.#changes.set(key, null);
		else this.#changes.delete(key);
	}

	/** Changed keys with their new value, null when removed. */
	get changes(): ReadonlyMap<K, V | null> {
		return this.#changes;
	}
}
