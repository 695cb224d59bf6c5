/** The store as synchronous calls on one thread: what the worker runs and what tests wrap directly. */
import { storageFailure } from '../storage-failure.ts';
import type { Store, StoreOp } from '../store.ts';
import type { Database } from './database.ts';
import { toStorageFailure } from './failure.ts';
import { loadState } from './load.ts';
import { findDamage, openDatabase, openReader } from './open.ts';
import type { OpenOptions } from './open.ts';
import { readPage } from './page.ts';
import type { DamageReport } from './readable.ts';
import { Reads } from './reads.ts';
import { search } from './search.ts';
import { deleteSome, indexSome } from './upkeep.ts';
import { applyOp } from './write-ops.ts';

/** Names of the reads of {@link Store}. */
export type ReadName = Exclude<keyof Store, 'commit' | 'close'>;

// A record, so that the compiler asks for every name; a set, so that a name from a message cannot reach a prototype.
const readNameRecord: Readonly<Record<ReadName, true>> = {
	load: true,
	findByIds: true,
	findByTxn: true,
	findAlike: true,
	getMessages: true,
	findReaction: true,
	page: true,
	lastAtOrBefore: true,
	newestWithServerId: true,
	newestVisible: true,
	unreadFacts: true,
	receipts: true,
	related: true,
	edits: true,
	trace: true,
	expired: true,
	nextExpiry: true,
	ownUpTo: true,
	orphansFor: true,
	recentSenders: true,
	search: true,
	kvGet: true,
	kvList: true,
	conversationIdOf: true,
};
const readNames: ReadonlySet<string> = new Set(Object.keys(readNameRecord));
export const isReadName = (name: string): name is ReadName => readNames.has(name);
export type ReadArgs<K extends ReadName> = Parameters<Store[K]>;
export type ReadResult<K extends ReadName> = Awaited<ReturnType<Store[K]>>;
export type SyncReads = { readonly [K in ReadName]: (...args: ReadArgs<K>) => ReadResult<K> };

export interface SyncStore {
	/** @throws ChatException `storage-failed`: nothing was applied */
	commit(ops: readonly StoreOp[]): void;
	/**
	 * Applies several independent commits with one flush to disk. The answer has null for each that is durable, and the
	 * failure of each that was undone.
	 */
	commitGroup(commits: readonly (readonly StoreOp[])[]): readonly (Error | null)[];
	/** @throws ChatException `storage-failed` */
	read<K extends ReadName>(name: K, args: ReadArgs<K>): ReadResult<K>;
	/**
	 * Does a little of what commits left behind; see `upkeep.ts`. Only what was indexed is found by search.
	 * @param only `index`: nothing but that
	 * @returns whether more is left
	 */
	upkeep(only?: 'index'): boolean;
	/** Reads the whole file; see `findDamage`. */
	findDamage(): readonly string[];
	close(): void;
}

/**
 * Opens the writer.
 * @throws ChatException `storage-failed`
 */
export function openSyncStore(options: OpenOptions, report: DamageReport): SyncStore {
	const opened = openDatabase(options);
	const { db } = opened;
	const reads = readsOf(db, report);
	let open = true;
	const guard = <T>(work: () => T): T => {
		if (!open) throw storageFailure('closed', 'the store is closed');
		try {
			return work();
		} catch (thrown) {
			throw toStorageFailure(thrown);
		}
	};
	return {
		commit: (ops) => guard(() => db.transaction(() => applyAll(db, ops))),
		commitGroup: (commits) => guard(() => commitGroup(db, commits)),
		read: (name, args) => guard(() => callRead(reads, name, args)),
		upkeep: (only) => guard(() => indexSome(db) || (only !== 'index' && deleteSome(db))),
		findDamage: () => guard(() => findDamage(db)),
		close: () => {
			if (!open) return;
			open = false;
			opened.close();
		},
	};
}

/**
 * Opens a reader for search on a file that {@link openSyncStore} holds.
 * @throws ChatException `storage-failed`
 */
export function openSearcher(
	file: string,
	key: Uint8Array,
	report: DamageReport,
): { search: SyncReads['search']; close(): void } {
	const db = openReader(file, key);
	return {
		search: (request) => {
			try {
				return search(db, request, report);
			} catch (thrown) {
				throw toStorageFailure(thrown);
			}
		},
		close: () => db.close(),
	};
}

function applyAll(db: Database, ops: readonly StoreOp[]): void {
	for (const op of ops) applyOp(db, op);
}

function commitGroup(db: Database, commits: readonly (readonly StoreOp[])[]): readonly (Error | null)[] {
	return db.transaction(() =>
		commits.map((ops) => {
			try {
				db.savepoint(() => applyAll(db, ops));
				return null;
			} catch (thrown) {
				return toStorageFailure(thrown);
			}
		}),
	);
}

/** Dispatch by name, for calls that arrive as messages. */
function callRead<K extends ReadName>(reads: SyncReads, name: K, args: ReadArgs<K>): ReadResult<K> {
	const read: (...args: ReadArgs<K>) => ReadResult<K> = reads[name];
	return read(...args);
}

function readsOf(db: Database, report: DamageReport): SyncReads {
	const reads = new Reads(db, report);
	return {
		load: () => loadState(db, report),
		findByIds: (...args) => reads.findByIds(...args),
		findByTxn: (...args) => reads.findByTxn(...args),
		findAlike: (...args) => reads.findAlike(...args),
		getMessages: (...args) => reads.getMessages(...args),
		findReaction: (...args) => reads.findReaction(...args),
		page: (conversation, from, limit, thread) => readPage(db, conversation, from, limit, thread ?? null, report),
		lastAtOrBefore: (...args) => reads.lastAtOrBefore(...args),
		newestWithServerId: (...args) => reads.newestWithServerId(...args),
		newestVisible: (...args) => reads.newestVisible(...args),
		unreadFacts: (...args) => reads.unreadFacts(...args),
		receipts: (...args) => reads.receipts(...args),
		related: (...args) => reads.related(...args),
		edits: (...args) => reads.edits(...args),
		trace: (...args) => reads.trace(...args),
		expired: (...args) => reads.expired(...args),
		nextExpiry: () => reads.nextExpiry(),
		ownUpTo: (...args) => reads.ownUpTo(...args),
		orphansFor: (...args) => reads.orphansFor(...args),
		recentSenders: (...args) => reads.recentSenders(...args),
		search: (request) => search(db, request, report),
		kvGet: (...args) => reads.kvGet(...args),
		kvList: (...args) => reads.kvList(...args),
		conversationIdOf: (...args) => reads.conversationIdOf(...args),
	};
}
