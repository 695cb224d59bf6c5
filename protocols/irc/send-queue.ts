/**
 * Everything Parley writes after registration goes through here, paced so that no server with default flood limits cuts
 * the link. A token bucket: a burst, then one line per interval (RFC 1459 section 8.10: each line costs two seconds,
 * ten may be owed). Urgent lines overtake; the queue is bounded.
 */
import type { Clock } from '../adapter/context.ts';
import { type ChatError, chatError } from '../model/errors.ts';
import { byteLength } from './line.ts';

/** `urgent` skips the bucket (PONG, QUIT). `user`: what somebody waits for. `background`: queries of our own. */
export type Priority = 'urgent' | 'user' | 'background';
const order = ['user', 'background'] as const;

export interface QueuedLine {
	readonly line: string;
	readonly priority: Priority;
	/** A newer line with the same key replaces a waiting older one (typing, read markers). */
	readonly replaces?: string;
	/** Dropped if still waiting after this many milliseconds. */
	readonly expiresMs?: number;
	/** Called when the line was handed to the transport. */
	readonly onWritten?: () => void;
	/** Called when the line will never be written. */
	readonly onDropped?: (error: ChatError) => void;
}

interface Entry extends QueuedLine {
	readonly until: number | null;
}

export interface Pace {
	/** Lines that may go out at once. */
	readonly burst: number;
	/** Milliseconds after which one more line may go out. */
	readonly intervalMs: number;
}

/** Below the default limits of ircd 2.11, hybrid, ngIRCd, InspIRCd and Ergo. */
export const safePace: Pace = { burst: 5, intervalMs: 2000 };

export const queueLimits = { lines: 1000, bytesPerToken: 300 } as const;

export class SendQueue {
	readonly #clock: Clock;
	readonly #write: (line: string) => void;
	readonly #waiting = { user: [] as Entry[], background: [] as Entry[] };
	#pace: Pace | null;
	#tokens: number;
	#refilledAt: number;
	#cancelTimer: (() => void) | null = null;
	#closed: ChatError | null = null;
	#held = true;

	/** @param pace null for no limit at all */
	constructor(clock: Clock, write: (line: string) => void, pace: Pace | null = safePace) {
		this.#clock = clock;
		this.#write = write;
		this.#pace = pace;
		// Registration has already cost the server's patience; start with part of the burst.
		this.#tokens = pace === null ? 0 : Math.ceil(pace.burst / 2);
		this.#refilledAt = clock.now();
	}

	/** Lines waiting. */
	get size(): number {
		return this.#waiting.user.length + this.#waiting.background.length;
	}

	/** Lets queued lines flow; before that only urgent lines are written. */
	release(): void {
		this.#held = false;
		this.#refilledAt = this.#clock.now();
		this.#drain();
	}

	/** ISUPPORT SAFERATE: the server promises not to cut us for flooding. */
	unlimited(): void {
		this.#pace = null;
		this.#drain();
	}

	/** @returns false, after calling `onDropped`, when the queue is full or closed */
	push(entry: QueuedLine): boolean {
		if (this.#closed !== null) return this.#refuse(entry, this.#closed);
		if (entry.priority === 'urgent') {
			this.#spend(entry.line);
			this.#send(entry);
			return true;
		}
		const lane = this.#waiting[entry.priority];
		const full = { ...entry, until: entry.expiresMs === undefined ? null : this.#clock.now() + entry.expiresMs };
		if (entry.replaces !== undefined) {
			const at = lane.findIndex((other) => other.replaces === entry.replaces);
			if (at >= 0) {
				const [old] = lane.splice(at, 1, full);
				old?.onDropped?.(chatError('cancelled'));
				return true;
			}
		}
		if (this.size >= queueLimits.lines)
			return this.#refuse(entry, chatError('rate-limited', 'send queue full', { retryAfterMs: 10_000 }));
		lane.push(full);
		this.#drain();
		return true;
	}

	/** Drops everything that waits; nothing is written any more. */
	close(error: ChatError): void {
		if (this.#closed !== null) return;
		this.#closed = error;
		this.#cancelTimer?.();
		this.#cancelTimer = null;
		for (const priority of order) for (const entry of this.#waiting[priority].splice(0)) entry.onDropped?.(error);
	}

	#refuse(entry: QueuedLine, error: ChatError): boolean {
		entry.onDropped?.(error);
		return false;
	}

	#send(entry: QueuedLine): void {
		this.#write(entry.line);
		entry.onWritten?.();
	}

	/** Long lines cost more: old servers add a penalty per 120 bytes. */
	#cost(line: string): number {
		return Math.max(1, Math.ceil(byteLength(line) / queueLimits.bytesPerToken));
	}

	#spend(line: string): void {
		if (this.#pace !== null) this.#tokens -= this.#cost(line);
	}

	#refill(pace: Pace): void {
		const now = this.#clock.now();
		// A clock that jumped backwards must not stall the queue.
		const gained = Math.max(0, now - this.#refilledAt) / pace.intervalMs;
		this.#tokens = Math.min(pace.burst, this.#tokens + gained);
		this.#refilledAt = now;
	}

	#drain(): void {
		if (this.#held || this.#closed !== null) return;
		for (;;) {
			const lane = this.#waiting.user.length > 0 ? this.#waiting.user : this.#waiting.background;
			const entry = lane[0];
			if (entry === undefined) return;
			if (entry.until !== null && entry.until < this.#clock.now()) {
				lane.shift();
				entry.onDropped?.(chatError('cancelled'));
				continue;
			}
			if (this.#pace !== null) {
				this.#refill(this.#pace);
				if (this.#tokens < 1) return this.#wait(this.#pace);
			}
			lane.shift();
			this.#spend(entry.line);
			this.#send(entry);
			if (this.#closed !== null) return;
		}
	}

	#wait(pace: Pace): void {
		if (this.#cancelTimer !== null) return;
		const ms = Math.max(1, Math.ceil((1 - this.#tokens) * pace.intervalMs));
		this.#cancelTimer = this.#clock.after(ms, () => {
			this.#cancelTimer = null;
			this.#drain();
		});
	}
}
