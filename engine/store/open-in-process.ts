/** The store on the calling thread: for tests and tools. The product runs it in a worker. */
import type { Store } from './store.ts';
import { openSyncStore } from './sqlite/sync-store.ts';
import type { ReadArgs, ReadName, ReadResult } from './sqlite/sync-store.ts';

export interface InProcessOptions {
	/** Absolute path; null (the default) for a database in memory. */
	readonly file?: string | null;
	/** 32 raw bytes; zeros by default, which only suits memory. */
	readonly key?: Uint8Array;
	/** Told about rows that could not be read back and were left out. */
	readonly onDamage?: (table: string, rows: number, reason: string) => void;
}

/**
 * Opens a store whose calls run at once and answer with a promise.
 * @throws ChatException `storage-failed`, by rejection
 */
export async function openStoreInProcess(options: InProcessOptions = {}): Promise<Store> {
	const { file = null, key = new Uint8Array(32), onDamage = () => {} } = options;
	const store = openSyncStore({ file, key }, onDamage);
	const read =
		<K extends ReadName>(name: K) =>
		// An async function, so that what is thrown becomes a rejection.
		async (...args: ReadArgs<K>): Promise<ReadResult<K>> =>
			store.read(name, args);
	return {
		commit: async (ops) => {
			store.commit(ops);
			while (store.upkeep());
		},
		close: async () => store.close(),
		load: read('load'),
		findByIds: read('findByIds'),
		findByTxn: read('findByTxn'),
		findAlike: read('findAlike'),
		getMessages: read('getMessages'),
		findReaction: read('findReaction'),
		page: read('page'),
		lastAtOrBefore: read('lastAtOrBefore'),
		newestWithServerId: read('newestWithServerId'),
		newestVisible: read('newestVisible'),
		unreadFacts: read('unreadFacts'),
		receipts: read('receipts'),
		related: read('related'),
		edits: read('edits'),
		trace: read('trace'),
		expired: read('expired'),
		nextExpiry: read('nextExpiry'),
		ownUpTo: read('ownUpTo'),
		orphansFor: read('orphansFor'),
		recentSenders: read('recentSenders'),
		search: read('search'),
		kvGet: read('kvGet'),
		kvList: read('kvList'),
		conversationIdOf: read('conversationIdOf'),
	};
}
