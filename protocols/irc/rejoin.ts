/** What to do again after every connection: channels, their keys, and since when messages may have been missed. */
import type { AdapterContext, KnownHistory } from '../adapter/context.ts';
import { z } from 'zod';
import { chunksOf } from './line.ts';
import type { Runtime } from './runtime.ts';
import { secretNames } from './settings.ts';

const keysSchema = z.record(z.string(), z.string());
const seenKey = 'last-seen';
const firstKey = 'autojoined';

export class Rejoin {
	readonly #context: AdapterContext;
	#keys = new Map<string, string>();

	constructor(context: AdapterContext) {
		this.#context = context;
	}

	async load(): Promise<void> {
		const text = await this.#context.secrets.get(secretNames.channelKeys);
		if (text === null) return;
		const parsed = keysSchema.safeParse(safeJson(text));
		if (parsed.success) this.#keys = new Map(Object.entries(parsed.data));
	}

	keyOf(channel: string): string | undefined {
		return this.#keys.get(channel);
	}

	async rememberKey(channel: string, key: string | null): Promise<void> {
		if (key === null ? !this.#keys.delete(channel) : this.#keys.get(channel) === key) return;
		if (key !== null) this.#keys.set(channel, key);
		await this.#context.secrets.set(
			secretNames.channelKeys,
			this.#keys.size === 0 ? null : JSON.stringify(Object.fromEntries(this.#keys)),
		);
	}

	/** Channels of the login form are joined once; afterwards the user's joining and leaving counts. */
	async takeFirst(): Promise<boolean> {
		if ((await this.#context.store.get(firstKey)) !== null) return false;
		await this.#context.store.set([{ key: firstKey, value: new Uint8Array([1]) }]);
		return true;
	}

	/** When the last session was surely alive, ms UTC. */
	async lastSeen(): Promise<number | null> {
		const bytes = await this.#context.store.get(seenKey);
		const time = bytes === null ? Number.NaN : Number(new TextDecoder().decode(bytes));
		return Number.isFinite(time) ? time : null;
	}

	async saveSeen(time: number): Promise<void> {
		await this.#context.store.set([{ key: seenKey, value: new TextEncoder().encode(String(time)) }]);
	}
}

function safeJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

/** Joins what the engine says we are in, several channels to a line. */
export async function rejoin(
	runtime: Runtime,
	memory: Rejoin,
	known: Awaited<ReturnType<KnownHistory['conversations']>>,
): Promise<void> {
	const { session, requests, settings } = runtime;
	const names = known
		.filter((entry) => entry.joined && session.isChannel(entry.remoteId))
		.map((entry): string => entry.remoteId);
	if (await memory.takeFirst())
		for (const name of settings.autojoin) if (!names.some((other) => session.same(other, name))) names.push(name);
	const usable = names.filter((name) => session.channel(name) === undefined && !/[\s\0-\x20,]/.test(name));
	for (const name of usable) session.expected.add(session.fold(name));
	const keyed = usable.filter((name) => memory.keyOf(session.fold(name)) !== undefined);
	const open = usable.filter((name) => !keyed.includes(name));
	for (const name of keyed) requests.send('JOIN', [name, memory.keyOf(session.fold(name)) ?? '']);
	// TARGMAX may allow only one; most servers take a list.
	const max = /(?:^|,)JOIN:(\d+)/i.exec(session.isupport.get('TARGMAX') ?? '')?.[1];
	const limit = max === undefined ? 20 : Math.max(1, Number(max));
	for (const chunk of chunksOf(open, 350))
		for (let at = 0; at < chunk.length; at += limit) requests.send('JOIN', [chunk.slice(at, at + limit).join(',')]);
}
