/** What resumption in another process needs, in the adapter's private storage. */
import type { Clock, PrivateStore } from '../adapter/context.ts';
import type { SmState, Unacked } from './xep/0198-stream-management.ts';

const key = 'session';
/** Servers keep broken sessions for minutes; older ones are not worth the question. */
const maxAge = 24 * 60 * 60 * 1000;

export class SessionStore {
	readonly #store: PrivateStore;
	readonly #clock: Clock;
	#last = '';

	constructor(store: PrivateStore, clock: Clock) {
		this.#store = store;
		this.#clock = clock;
	}

	async load(): Promise<SmState | null> {
		const bytes = await this.#store.get(key);
		if (bytes === null) return null;
		try {
			const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as { at?: unknown; state?: unknown };
			if (typeof value.at !== 'number' || this.#clock.now() - value.at > maxAge) return null;
			return readState(value.state);
		} catch {
			return null;
		}
	}

	async save(state: SmState): Promise<void> {
		const text = JSON.stringify(state);
		if (text === this.#last) return;
		this.#last = text;
		await this.#store.set([{ key, value: Buffer.from(JSON.stringify({ at: this.#clock.now(), state }), 'utf8') }]);
	}

	async clear(): Promise<void> {
		this.#last = '';
		await this.#store.set([{ key, value: null }]);
	}
}

function readState(value: unknown): SmState | null {
	const state = value as Partial<Record<keyof SmState, unknown>> | null;
	if (
		typeof state?.id !== 'string' ||
		typeof state.jid !== 'string' ||
		typeof state.inbound !== 'number' ||
		typeof state.outbound !== 'number' ||
		!Array.isArray(state.queue)
	)
		return null;
	const queue = state.queue.map((item: unknown): Unacked => {
		const entry = item as { txn?: unknown; xml?: unknown } | null;
		return {
			txn: typeof entry?.txn === 'string' ? entry.txn : null,
			xml: typeof entry?.xml === 'string' ? entry.xml : null,
		};
	});
	return {
		id: state.id,
		jid: state.jid,
		location: typeof state.location === 'string' ? state.location : null,
		inbound: state.inbound,
		outbound: state.outbound,
		queue,
	};
}
