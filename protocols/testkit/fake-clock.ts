/** Deterministic time and randomness. */
import type { Clock, Random } from '../adapter/context.ts';

interface Timer {
	readonly at: number;
	readonly order: number;
	readonly run: () => void;
}

/** Time stands still until a test moves it; timers run in order of their time, then of their making. */
export class FakeClock implements Clock {
	#now: number;
	#order = 0;
	#timers = new Set<Timer>();

	constructor(start = Date.UTC(2026, 0, 5, 12)) {
		this.#now = start;
	}

	now(): number {
		return this.#now;
	}

	after(ms: number, run: () => void): () => void {
		const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
		this.#timers.add(timer);
		return () => this.#timers.delete(timer);
	}

	/** Number of timers set; a test asserts 0 to find leaks. */
	get pending(): number {
		return this.#timers.size;
	}

	/** When the next timer is due, or null. */
	get nextAt(): number | null {
		return this.#next()?.at ?? null;
	}

	/** Moves time, running due timers and letting promises settle between them. */
	async advance(ms: number): Promise<void> {
		const end = this.#now + ms;
		await settle();
		for (let next = this.#next(); next !== null && next.at <= end; next = this.#next()) {
			this.#now = next.at;
			this.#timers.delete(next);
			next.run();
			await settle();
		}
		this.#now = end;
	}

	#next(): Timer | null {
		let best: Timer | null = null;
		for (const timer of this.#timers) {
			if (best === null || timer.at < best.at || (timer.at === best.at && timer.order < best.order)) best = timer;
		}
		return best;
	}
}

/** Lets pending promise callbacks run, several levels deep. */
export async function settle(): Promise<void> {
	for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Repeatable randomness (mulberry32). */
export function fakeRandom(seed = 1): Random {
	let state = seed >>> 0;
	const next = (): number => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(next() * 256));
	return {
		fraction: next,
		bytes,
		uuid: () => {
			const hex = Array.from(bytes(16), (b) => b.toString(16).padStart(2, '0')).join('');
			return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
		},
	};
}
