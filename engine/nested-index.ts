/** A map with two keys, the first being the owner. Keys come from networks, hence maps and never plain objects. */
export class NestedIndex<Owner, Key, Value> {
	readonly #byOwner = new Map<Owner, Map<Key, Value>>();

	get(owner: Owner, key: Key): Value | undefined {
		return this.#byOwner.get(owner)?.get(key);
	}

	set(owner: Owner, key: Key, value: Value): void {
		const inner = this.#byOwner.get(owner);
		if (inner === undefined) this.#byOwner.set(owner, new Map([[key, value]]));
		else inner.set(key, value);
	}

	delete(owner: Owner, key: Key): void {
		const inner = this.#byOwner.get(owner);
		if (inner === undefined) return;
		inner.delete(key);
		if (inner.size === 0) this.#byOwner.delete(owner);
	}

	/** All entries of one owner. */
	entriesOf(owner: Owner): IterableIterator<[Key, Value]> {
		return (this.#byOwner.get(owner) ?? new Map<Key, Value>()).entries();
	}

	deleteOwner(owner: Owner): void {
		this.#byOwner.delete(owner);
	}
}
