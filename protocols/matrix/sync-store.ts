/**
 * The SDK's store, kept in the adapter's private storage: next_batch, the accumulated state of every room and the
 * lazily loaded members, so that a restart needs one incremental sync and never a full one. Only rooms that changed
 * are written.
 *
 * Order of one sync: the SDK updates its rooms → {@link SyncStore.setSyncData} has our events committed by the engine
 * → the same answer is added to the pending save → {@link SyncStore.save} writes rooms and token in one step. A crash
 * in between makes the server repeat one answer; message ids make that harmless.
 */
import type { PrivateStore } from '../adapter/context.ts';
import { isRecord } from './json.ts';
import { MemoryStore, SyncAccumulator } from './sdk.ts';

type SdkStore = MemoryStore;
type SyncData = Parameters<SdkStore['setSyncData']>[0];
type SavedSync = NonNullable<Awaited<ReturnType<SdkStore['getSavedSync']>>>;
type StoredMembers = Parameters<SdkStore['setOutOfBandMembers']>[1];
type SectionName = 'join' | 'invite' | 'leave' | 'knock';

export interface SyncStoreHooks {
	/** Has the events of this answer committed; a rejection halts the store, so that nothing unseen is acknowledged. */
	commit(data: object): Promise<void>;
	/** The store cannot go on; nothing will be saved any more. */
	onHalt(thrown: unknown): void;
}

const prefix = 'sync/';
const formatKey = `${prefix}format`;
/** Raise when filter or accumulated shape change: an old save is then dropped and rebuilt by an initial sync. */
const format = 'lazy-2';
const tokenKey = `${prefix}token`;
const roomKey = (id: string): string => `${prefix}room/${id}`;
const membersKey = (id: string): string => `${prefix}members/${id}`;
const accountKey = (type: string): string => `${prefix}account/${type}`;
const filterKey = (name: string): string => `${prefix}filter/${name}`;

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Undefined for a damaged value: it reads as not there and is rebuilt from the server. */
function decode(value: Uint8Array | null): unknown {
	if (value === null) return undefined;
	try {
		return JSON.parse(new TextDecoder().decode(value));
	} catch {
		return undefined;
	}
}

/** Forgets the saved sync, for a device that no longer exists. */
export async function dropSyncStore(store: PrivateStore): Promise<void> {
	const entries = await store.list(prefix);
	await store.set(entries.map(({ key }) => ({ key, value: null })));
}

export class SyncStore extends MemoryStore {
	readonly #store: PrivateStore;
	readonly #hooks: SyncStoreHooks;
	readonly #dirty = new Map<string, SyncAccumulator>();
	readonly #dirtyAccount = new Map<string, object>();
	readonly #filters = new Map<string, string>();
	#saved: string | null = null;
	#token: string | null = null;
	#halted = false;
	#busy: Promise<unknown> = Promise.resolve();

	constructor(store: PrivateStore, hooks: SyncStoreHooks) {
		super({});
		this.#store = store;
		this.#hooks = hooks;
	}

	/** True when there is a save to resume from. Valid after {@link startup}. */
	get canResume(): boolean {
		return this.#saved !== null;
	}

	/** Resolves when no commit or save is under way any more. */
	async settled(): Promise<void> {
		await this.#busy.catch(() => undefined);
	}

	/** Nothing is committed or saved from now on. */
	halt(): void {
		this.#halted = true;
	}

	override async startup(): Promise<void> {
		if (decode(await this.#store.get(formatKey)) !== format) {
			await dropSyncStore(this.#store);
			await this.#store.set([{ key: formatKey, value: encode(format) }]);
		}
		const token = decode(await this.#store.get(tokenKey));
		this.#saved = typeof token === 'string' ? token : null;
		for (const { key, value } of await this.#store.list(filterKey(''))) {
			const id = decode(value);
			if (typeof id === 'string') this.#filters.set(key.slice(filterKey('').length), id);
		}
	}

	override isNewlyCreated(): Promise<boolean> {
		return Promise.resolve(this.#saved === null);
	}

	override getSavedSyncToken(): Promise<string | null> {
		return Promise.resolve(this.#saved);
	}

	override async getSavedSync(): Promise<SavedSync | null> {
		if (this.#saved === null) return null;
		const rooms: Record<SectionName, Record<string, unknown>> = { join: {}, invite: {}, leave: {}, knock: {} };
		for (const { value } of await this.#store.list(roomKey(''))) {
			const saved = decode(value);
			for (const section of ['join', 'invite'] as const)
				if (isRecord(saved) && isRecord(saved[section])) Object.assign(rooms[section], saved[section]);
		}
		const account = await this.#store.list(accountKey(''));
		const accountData = account.map(({ value }) => decode(value)).filter(isRecord);
		return { nextBatch: this.#saved, roomsData: rooms, accountData } as unknown as SavedSync;
	}

	override async setSyncData(data: SyncData): Promise<void> {
		if (this.#halted) return;
		const work = this.#hooks.commit(data).then(() => this.#accumulate(data));
		this.#busy = work;
		// The SDK has no road for this failure, so it must not see it; the session is ended instead.
		await work.catch((thrown: unknown) => this.#fail(thrown));
	}

	async #accumulate(data: SyncData): Promise<void> {
		for (const section of ['join', 'invite', 'leave'] as const) {
			for (const [id, room] of Object.entries<unknown>(data.rooms?.[section] ?? {})) {
				const accumulator = await this.#accumulator(id);
				accumulator.accumulate({ next_batch: '-', rooms: { [section]: { [id]: room } } } as unknown as SyncData);
			}
		}
		for (const event of data.account_data?.events ?? []) this.#dirtyAccount.set(event.type, event);
		this.#token = data.next_batch;
	}

	async #accumulator(id: string): Promise<SyncAccumulator> {
		const open = this.#dirty.get(id);
		if (open !== undefined) return open;
		// One entry, not zero: zero means the SDK's default of fifty.
		const accumulator = new SyncAccumulator({ maxTimelineEntries: 1 });
		const saved = decode(await this.#store.get(roomKey(id)));
		if (isRecord(saved)) accumulator.accumulate({ next_batch: '-', rooms: saved } as unknown as SyncData, true);
		this.#dirty.set(id, accumulator);
		return accumulator;
	}

	override wantsSave(): boolean {
		return !this.#halted && this.#token !== null && this.#token !== this.#saved;
	}

	override async save(): Promise<void> {
		if (!this.wantsSave()) return;
		const work = this.#write();
		this.#busy = work;
		await work.catch((thrown: unknown) => this.#fail(thrown));
	}

	async #write(): Promise<void> {
		const entries: { key: string; value: Uint8Array | null }[] = [];
		for (const [id, accumulator] of this.#dirty) {
			const { roomsData } = accumulator.getJSON(true);
			const kept = {
				...(roomsData.join[id] === undefined ? {} : { join: { [id]: roomsData.join[id] } }),
				...(roomsData.invite[id] === undefined ? {} : { invite: { [id]: roomsData.invite[id] } }),
			};
			const gone = Object.keys(kept).length === 0;
			entries.push({ key: roomKey(id), value: gone ? null : encode(kept) });
			if (gone) entries.push({ key: membersKey(id), value: null });
		}
		for (const [type, event] of this.#dirtyAccount) entries.push({ key: accountKey(type), value: encode(event) });
		entries.push({ key: tokenKey, value: encode(this.#token) });
		await this.#store.set(entries);
		this.#saved = this.#token;
		this.#dirty.clear();
		this.#dirtyAccount.clear();
	}

	#fail(thrown: unknown): void {
		this.#halted = true;
		this.#hooks.onHalt(thrown);
	}

	override getFilterIdByName(name: string): string | null {
		return this.#filters.get(name) ?? null;
	}

	override setFilterIdByName(name: string, id?: string): void {
		if (id === undefined) this.#filters.delete(name);
		else this.#filters.set(name, id);
		this.#background([{ key: filterKey(name), value: id === undefined ? null : encode(id) }]);
	}

	override async getOutOfBandMembers(id: string): Promise<StoredMembers | null> {
		const saved = decode(await this.#store.get(membersKey(id)));
		return Array.isArray(saved) ? (saved as StoredMembers) : null;
	}

	override setOutOfBandMembers(id: string, events: StoredMembers): Promise<void> {
		return this.#store.set([{ key: membersKey(id), value: encode(events) }]);
	}

	override clearOutOfBandMembers(id: string): Promise<void> {
		return this.#store.set([{ key: membersKey(id), value: null }]);
	}

	override async deleteAllData(): Promise<void> {
		await super.deleteAllData();
		await dropSyncStore(this.#store);
		this.#saved = null;
		this.#token = null;
		this.#dirty.clear();
	}

	/** Losing one of these costs a request at the next start, nothing more. */
	#background(entries: Parameters<PrivateStore['set']>[0]): void {
		if (!this.#halted) this.#store.set(entries).catch(() => undefined);
	}
}
