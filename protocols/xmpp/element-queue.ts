/** Stream-level elements in the order they came, for code that negotiates step by step. */
import { ChatException, chatError } from '../model/errors.ts';
import type { Element } from './stanza.ts';

const maxWaiting = 64;

export class ElementQueue {
	#waiting: Element[] = [];
	#taker: { resolve: (element: Element) => void; reject: (error: Error) => void } | null = null;
	#closed: ChatException | null = null;

	push(element: Element): void {
		const taker = this.#taker;
		if (taker !== null) {
			this.#taker = null;
			taker.resolve(element);
			return;
		}
		if (this.#waiting.length >= maxWaiting)
			throw new ChatException(chatError('protocol-violation', 'too many unexpected elements'));
		this.#waiting.push(element);
	}

	/** The next element; rejects when the stream ends first. One caller at a time. */
	take(): Promise<Element> {
		const next = this.#waiting.shift();
		if (next !== undefined) return Promise.resolve(next);
		if (this.#closed !== null) return Promise.reject(this.#closed);
		return new Promise((resolve, reject) => {
			this.#taker = { resolve, reject };
		});
	}

	/** Forgets what nobody asked for: input from before TLS or before a stream restart. */
	clear(): void {
		this.#waiting = [];
	}

	close(error: ChatException): void {
		this.#closed ??= error;
		this.#taker?.reject(error);
		this.#taker = null;
	}
}
