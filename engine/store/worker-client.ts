/** The store as the engine uses it: a writer and a searcher, each in a worker thread of its own. */
import { Worker } from 'node:worker_threads';
import type { ReadArgs, ReadName, ReadResult } from './sqlite/sync-store.ts';
import type { Store } from './store.ts';
import { WorkerChannel } from './worker-channel.ts';
import type { OnDamage } from './worker-channel.ts';
import type { WorkerRole, WorkerStart } from './worker-messages.ts';

export interface StoreOptions {
	/** Absolute path of the database; created when there is no such file. */
	readonly file: string;
	/** 32 raw bytes. */
	readonly key: Uint8Array;
	/** Told about rows that could not be read back and were left out. */
	readonly onDamage?: OnDamage;
}

/**
 * Opens the store of a profile.
 * @throws ChatException `storage-failed`; `storageFailureKind` tells wrong key, damage, a held profile… apart
 */
export async function openStore(options: StoreOptions): Promise<Store> {
	const { file, key, onDamage = () => {} } = options;
	const open = (role: WorkerRole) => WorkerChannel.open(startWorker({ role, file, key }), onDamage);
	// The writer first: it creates or migrates the file that the searcher reads.
	const writer = await open('writer');
	let searcher: WorkerChannel;
	try {
		searcher = await open('searcher');
	} catch (thrown) {
		await writer.close();
		throw thrown;
	}
	return storeOver(writer, searcher);
}

/** The URL pattern is the one that bundlers recognise as a worker entry; from source, Node runs the file as it is. */
function startWorker(start: WorkerStart): Worker {
	return new Worker(new URL('./worker.ts', import.meta.url), { workerData: start, name: `store-${start.role}` });
}

function storeOver(writer: WorkerChannel, searcher: WorkerChannel): Store {
	const readOn =
		<K extends ReadName>(channel: WorkerChannel, name: K) =>
		(...args: ReadArgs<K>): Promise<ReadResult<K>> =>
			// The worker runs the read of this very name, so its answer has the type the interface says.
			channel.request({ type: 'read', name, args }) as Promise<ReadResult<K>>;
	const read = <K extends ReadName>(name: K) => readOn(writer, name);
	const search = readOn(searcher, 'search');
	return {
		commit: async (ops) => {
			await writer.request({ type: 'commit', ops });
		},
		close: async () => {
			// The last connection to close takes the log into the file, and that must be the writer.
			await searcher.close();
			await writer.close();
		},
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
		search: async (request) => {
			await writer.request({ type: 'index' });
			return search(request);
		},
		kvGet: read('kvGet'),
		kvList: read('kvList'),
		conversationIdOf: read('conversationIdOf'),
	};
}
