/** What clients of others can do, learned once per software version by their caps hash (XEP-0115 section 6.2). */
import type { PrivateStore } from '../adapter/context.ts';
import type { IqTracker } from './iq-tracker.ts';
import type { Element } from './stanza.ts';
import { queryInfo } from './xep/0030-disco.ts';
import { capsHash, readCaps } from './xep/0115-caps.ts';

const prefix = 'caps:';
const maxKnown = 500;
const maxOpen = 20;

export class PeerFeatures {
	readonly #known = new Map<string, ReadonlySet<string>>();
	readonly #open = new Set<string>();
	readonly #store: PrivateStore;
	readonly #iq: () => IqTracker;

	constructor(store: PrivateStore, iq: () => IqTracker) {
		this.#store = store;
		this.#iq = iq;
	}

	get(ver: string): ReadonlySet<string> | null {
		return this.#known.get(ver) ?? null;
	}

	/**
	 * Looks at a presence; asks its sender if the hash is new.
	 * @param learned called when the answer is in and matches the hash
	 * @returns the hash, to be kept with the device
	 */
	see(presence: Element, full: string, learned: () => void): string | null {
		const caps = readCaps(presence);
		if (caps === null) return null;
		if (!this.#known.has(caps.ver) && !this.#open.has(caps.ver) && this.#open.size < maxOpen) {
			this.#open.add(caps.ver);
			void this.#learn(full, caps.node, caps.ver).then(
				(found) => {
					this.#open.delete(caps.ver);
					if (found) learned();
				},
				() => this.#open.delete(caps.ver),
			);
		}
		return caps.ver;
	}

	async #learn(full: string, node: string, ver: string): Promise<boolean> {
		const saved = await this.#store.get(prefix + ver);
		if (saved !== null) {
			this.#remember(ver, new Set(Buffer.from(saved).toString('utf8').split('\n')));
			return true;
		}
		const info = await queryInfo(this.#iq(), full, `${node}#${ver}`);
		// A wrong hash would let one client lie about every other one with the same software.
		if (capsHash(info) !== ver) return false;
		this.#remember(ver, info.features);
		await this.#store.set([{ key: prefix + ver, value: Buffer.from([...info.features].join('\n'), 'utf8') }]);
		return true;
	}

	#remember(ver: string, features: ReadonlySet<string>): void {
		if (this.#known.size >= maxKnown) {
			const oldest = this.#known.keys().next().value;
			if (oldest !== undefined) this.#known.delete(oldest);
		}
		this.#known.set(ver, features);
	}
}
