/** IRCv3 Strict Transport Security: a host that asked for TLS once is never spoken to in clear before its policy ends. */
import type { PrivateStore } from '../adapter/context.ts';

export interface StsPolicy {
	readonly port: number;
	/** Milliseconds UTC. */
	readonly until: number;
	/** Seconds, as announced; the policy is extended by it when the link ends. */
	readonly duration: number;
}

/** Keys of the `sts` capability value; unusable values are ignored, as the specification asks. */
export function parseSts(value: string): { readonly port: number | null; readonly duration: number | null } {
	let port: number | null = null;
	let duration: number | null = null;
	for (const part of value.split(',')) {
		const [key, text = ''] = part.split('=', 2);
		if (!/^\d{1,10}$/.test(text)) continue;
		if (key === 'port' && Number(text) >= 1 && Number(text) <= 65535) port = Number(text);
		if (key === 'duration') duration = Number(text);
	}
	return { port, duration };
}

const keyOf = (host: string): string => `sts/${host.toLowerCase()}`;

export class StsStore {
	readonly #store: PrivateStore;
	constructor(store: PrivateStore) {
		this.#store = store;
	}

	async get(host: string, now: number): Promise<StsPolicy | null> {
		const bytes = await this.#store.get(keyOf(host));
		if (bytes === null) return null;
		const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
		return isPolicy(value) && value.until > now ? value : null;
	}

	/** Saves or, with duration 0, forgets the policy of a host; only to be called on a verified TLS link. */
	async set(host: string, port: number, duration: number, now: number): Promise<void> {
		const policy: StsPolicy = { port, duration, until: now + duration * 1000 };
		const value = duration === 0 ? null : new TextEncoder().encode(JSON.stringify(policy));
		await this.#store.set([{ key: keyOf(host), value }]);
	}
}

function isPolicy(value: unknown): value is StsPolicy {
	if (typeof value !== 'object' || value === null) return false;
	const { port, until, duration } = value as Record<string, unknown>;
	return typeof port === 'number' && typeof until === 'number' && typeof duration === 'number';
}
