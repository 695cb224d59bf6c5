/** IRCv3 labeled-response: which answer belongs to which of our lines. Bounded, with a deadline per label. */
import type { Clock } from '../adapter/context.ts';
import { type ChatError, chatError } from '../model/errors.ts';
import type { IrcBatch } from './batches.ts';
import type { IrcLine } from './line.ts';

export type LabelReply =
	/** All lines of the answer; empty for ACK. */
	| { readonly kind: 'lines'; readonly lines: readonly IrcLine[]; readonly batch: IrcBatch | null }
	/** No answer came: deadline or end of the link. */
	| { readonly kind: 'none'; readonly error: ChatError };

/** `claimed`: the asker alone handles the lines. `shared`: they also mean what they say to everybody. */
export type Claim = 'claimed' | 'shared';

interface Waiting {
	readonly claim: Claim;
	readonly settle: (reply: LabelReply) => void;
	readonly cancel: () => void;
}

const maxWaiting = 1000;

export class LabelTracker {
	readonly #clock: Clock;
	readonly #waiting = new Map<string, Waiting>();
	#next = 1;

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/**
	 * A fresh label whose answer goes to `settle`, called exactly once.
	 * @returns null when too many labels are open
	 */
	open(settle: (reply: LabelReply) => void, claim: Claim = 'shared'): string | null {
		if (this.#waiting.size >= maxWaiting) return null;
		const label = (this.#next++).toString(36);
		this.#waiting.set(label, { claim, settle, cancel: () => undefined });
		return label;
	}

	/** Starts the deadline of a label, when its line was really written. */
	arm(label: string, deadlineMs: number): void {
		const waiting = this.#waiting.get(label);
		if (waiting === undefined) return;
		const cancel = this.#clock.after(deadlineMs, () =>
			this.#settle(label, { kind: 'none', error: chatError('timeout') }),
		);
		this.#waiting.set(label, { ...waiting, cancel });
	}

	isOpen(label: string): boolean {
		return this.#waiting.has(label);
	}

	/** Takes an answer in; null if the label was not ours or not open. */
	answer(label: string, lines: readonly IrcLine[], batch: IrcBatch | null): Claim | null {
		const claim = this.#waiting.get(label)?.claim ?? null;
		this.#settle(label, { kind: 'lines', lines, batch });
		return claim;
	}

	/** Fails one label that will never be written. */
	fail(label: string, error: ChatError): void {
		this.#settle(label, { kind: 'none', error });
	}

	failAll(error: ChatError): void {
		for (const label of [...this.#waiting.keys()]) this.#settle(label, { kind: 'none', error });
	}

	#settle(label: string, reply: LabelReply): void {
		const waiting = this.#waiting.get(label);
		if (waiting === undefined) return;
		this.#waiting.delete(label);
		waiting.cancel();
		waiting.settle(reply);
	}
}
