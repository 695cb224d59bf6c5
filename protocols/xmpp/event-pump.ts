/** Hands events to the engine in order, in as few commits as the pace allows, and says when each is durable. */
import type { AdapterBatch, AdapterEvent } from '../adapter/events.ts';
import { ChatException, chatError } from '../model/errors.ts';

type Origin = AdapterBatch['origin'];

interface Waiting {
	readonly origin: Origin;
	readonly events: readonly AdapterEvent[];
	readonly cursor: string | undefined;
	readonly done: () => void;
	readonly failed: (error: unknown) => void;
}

/** Events in one commit; more only delays the first of them. */
const maxBatch = 500;

export class EventPump {
	readonly #emit: (batch: AdapterBatch) => Promise<void>;
	readonly #broken: (error: ChatException) => void;
	#waiting: Waiting[] = [];
	#running = false;
	#failure: ChatException | null = null;

	/** @param broken called once when a commit failed: the session must end, whoever waits for the events */
	constructor(emit: (batch: AdapterBatch) => Promise<void>, broken: (error: ChatException) => void) {
		this.#emit = emit;
		this.#broken = broken;
	}

	/** Resolves when committed; rejects when storage failed, and then for every later event too. */
	push(events: readonly AdapterEvent[], origin: Origin = 'live', cursor?: string): Promise<void> {
		if (events.length === 0 && cursor === undefined) return Promise.resolve();
		const promise = new Promise<void>((resolve, reject) => {
			this.#waiting.push({ origin, events, cursor, done: resolve, failed: reject });
		});
		promise.catch(() => undefined);
		if (!this.#running) {
			this.#running = true;
			// After the current tick, so that all stanzas of one packet share a commit.
			queueMicrotask(() => void this.#run());
		}
		return promise;
	}

	async #run(): Promise<void> {
		while (this.#waiting.length > 0) {
			const group = this.#nextGroup();
			if (this.#failure !== null) {
				for (const item of group) item.failed(this.#failure);
				continue;
			}
			const cursor = group.findLast((item) => item.cursor !== undefined)?.cursor;
			const events = group.flatMap((item) => item.events);
			try {
				await this.#emit({ origin: group[0]?.origin ?? 'live', events, ...(cursor === undefined ? {} : { cursor }) });
				for (const item of group) item.done();
			} catch (error) {
				this.#failure = new ChatException(chatError('storage-failed'), error);
				for (const item of group) item.failed(this.#failure);
				this.#broken(this.#failure);
			}
		}
		this.#running = false;
	}

	#nextGroup(): Waiting[] {
		const origin = this.#waiting[0]?.origin;
		let count = 0;
		let events = 0;
		for (const item of this.#waiting) {
			if (item.origin !== origin || (count > 0 && events + item.events.length > maxBatch)) break;
			count++;
			events += item.events.length;
		}
		return this.#waiting.splice(0, count);
	}
}
