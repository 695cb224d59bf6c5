/** What an independent client heard, counted: the proof that a message arrived once, and not twice. */
import { expect } from '@playwright/test';
import { messageWith, type Peer } from '../peers/peer.ts';

export class Witness {
	readonly #peer: Peer;
	readonly #heard: string[] = [];

	constructor(peer: Peer) {
		this.#peer = peer;
		peer.listen((event) => {
			if (event.kind === 'message') this.#heard.push(event.text);
		});
	}

	/** Waits for `last`, then compares everything heard that belongs to `texts`: all, in order, each once. */
	async heardOnce(texts: readonly string[], last = texts.at(-1) ?? ''): Promise<void> {
		await this.#peer.waitFor(messageWith(last), 30_000);
		expect(this.#heard.filter((text) => texts.includes(text))).toEqual(texts);
	}

	count(text: string): number {
		return this.#heard.filter((heard) => heard === text).length;
	}
}
