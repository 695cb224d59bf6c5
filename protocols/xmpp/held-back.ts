/** Live messages of a room kept back while older ones are being fetched, so that the order stays right. */
const maxHeld = 1000;

export class HeldBack {
	readonly #held = new Map<string, (() => void)[]>();

	/** From now on messages of this room wait. */
	hold(bare: string): void {
		this.#held.set(bare, []);
	}

	/** Runs now, or after the room's missed messages are in; a flood does not wait. */
	inOrder(bare: string, run: () => void): void {
		const held = this.#held.get(bare);
		if (held === undefined || held.length >= maxHeld) run();
		else held.push(run);
	}

	release(bare: string): void {
		const held = this.#held.get(bare) ?? [];
		this.#held.delete(bare);
		for (const run of held) run();
	}

	/** Lets go of everything; called when the connection ends. */
	releaseAll(): void {
		for (const key of [...this.#held.keys()]) this.release(key);
	}
}
