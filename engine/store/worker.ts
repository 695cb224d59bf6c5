/**
 * Entry of a store worker. The writer owns the file; the searcher has a read-only connection of its own, because a
 * search may take a hundred milliseconds and must not hold up a commit.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { toChatError } from '../../protocols/model/errors.ts';
import { storageFailure } from './storage-failure.ts';
import { isReadName, openSearcher, openSyncStore } from './sqlite/sync-store.ts';
import type { SyncStore } from './sqlite/sync-store.ts';
import type { StoreOp } from './store.ts';
import type { WorkerAnswer, WorkerRequest, WorkerStart } from './worker-messages.ts';

/** Texts that may wait for the search index before commits wait for it instead. */
const maxUnindexed = 20_000;
/** Upkeep begins when there was no commit for this long, and is done in turns of the event loop. */
const quietMs = 60;
/** A search waits at most this long, in nanoseconds, for what was stored just before it. */
const indexWaitNs = 250_000_000n;

if (parentPort !== null) start(parentPort, workerData as WorkerStart);

function start(port: MessagePort, { role, file, key }: WorkerStart): void {
	const send = (answer: WorkerAnswer): void => port.postMessage(answer);
	const report = (table: string, rows: number, reason: string): void => send({ type: 'damage', table, rows, reason });
	try {
		const handle =
			role === 'writer'
				? writer(openSyncStore({ file, key }, report), port, send)
				: searcher(file, key, report, port, send);
		port.on('message', handle);
		send({ type: 'opened' });
	} catch (thrown) {
		send({ type: 'not-opened', error: toChatError(thrown) });
		port.close();
	}
}

type Send = (answer: WorkerAnswer) => void;

function attempt(send: Send, id: number, work: () => unknown): void {
	try {
		send({ type: 'done', id, value: work() });
	} catch (thrown) {
		send({ type: 'failed', id, error: toChatError(thrown) });
	}
}

/**
 * Commits that arrive together share one flush to disk; each is answered after it, on its own. A read or the end of
 * what has arrived settles the waiting commits first, so order is that of the requests.
 */
function writer(store: SyncStore, port: MessagePort, send: Send): (request: WorkerRequest) => void {
	let waiting: { readonly id: number; readonly ops: readonly StoreOp[] }[] = [];
	const upkeep = startUpkeep(store);
	const settle = (): void => {
		const group = waiting;
		waiting = [];
		if (group.length === 0) return;
		commitTogether(store, group, send);
		upkeep.committed(group.reduce((sum, { ops }) => sum + ops.length, 0));
	};
	return (request) => {
		if (request.type === 'commit') {
			// A bounded group: its rows stay in memory until the flush, and its first commit waits for its last.
			if (waiting.length >= 256) settle();
			if (waiting.length === 0) setImmediate(settle);
			waiting.push(request);
			return;
		}
		settle();
		if (request.type === 'close') {
			upkeep.stop();
			attempt(send, request.id, () => store.close());
			port.close();
		} else if (request.type === 'index') {
			attempt(send, request.id, () => upkeep.index());
		} else {
			attempt(send, request.id, () => readByName(store, request.name, request.args));
		}
	};
}

interface Upkeep {
	committed(ops: number): void;
	/** Indexes what waits, for a bounded time. */
	index(): void;
	stop(): void;
}

/** Runs the store's upkeep when nothing else is to be done. */
function startUpkeep(store: SyncStore): Upkeep {
	let timer: NodeJS.Timeout | undefined;
	let stopped = false;
	/** At least as many texts as wait for the index. */
	let unindexed = 0;
	const step = (): void => {
		if (stopped) return;
		try {
			if (store.upkeep()) schedule(0);
			else unindexed = 0;
		} catch {
			// Full disk or damage: the next commit meets it too and tells; what is left to do stands in the database.
		}
	};
	const schedule = (ms: number): void => {
		clearTimeout(timer);
		// The worker has no other clock, and no result depends on when this runs.
		// oxlint-disable-next-line no-restricted-globals
		timer = setTimeout(step, ms);
	};
	schedule(quietMs);
	return {
		committed: (ops) => {
			unindexed += ops;
			schedule(quietMs);
			if (unindexed > maxUnindexed) step();
		},
		index: () => {
			const from = process.hrtime.bigint();
			try {
				while (store.upkeep('index') && process.hrtime.bigint() - from < indexWaitNs);
			} catch {
				// As above; the search then answers from what is indexed.
			}
		},
		stop: () => {
			stopped = true;
			clearTimeout(timer);
		},
	};
}

function commitTogether(
	store: SyncStore,
	group: readonly { readonly id: number; readonly ops: readonly StoreOp[] }[],
	send: Send,
): void {
	let failures: readonly (Error | null)[];
	try {
		failures = store.commitGroup(group.map((request) => request.ops));
	} catch (thrown) {
		const error = toChatError(thrown);
		for (const { id } of group) send({ type: 'failed', id, error });
		return;
	}
	group.forEach(({ id }, index) => {
		const failure = failures[index] ?? null;
		send(
			failure === null ? { type: 'done', id, value: undefined } : { type: 'failed', id, error: toChatError(failure) },
		);
	});
}

function readByName(store: SyncStore, name: string, args: readonly unknown[]): unknown {
	if (!isReadName(name)) throw storageFailure('other', 'no such read');
	// The client builds the call from the typed interface; here it is a message without a type.
	return store.read(name, args as Parameters<typeof store.read>[1]);
}

function searcher(
	file: string | null,
	key: Uint8Array,
	report: (table: string, rows: number, reason: string) => void,
	port: MessagePort,
	send: Send,
): (request: WorkerRequest) => void {
	if (file === null) throw storageFailure('cannot-open', 'a database in memory has no second connection');
	const connection = openSearcher(file, key, report);
	return (request) => {
		if (request.type === 'close') {
			attempt(send, request.id, () => connection.close());
			port.close();
		} else if (request.type === 'read' && request.name === 'search') {
			attempt(send, request.id, () => connection.search(...(request.args as Parameters<typeof connection.search>)));
		} else {
			attempt(send, request.id, () => {
				throw storageFailure('other', 'the search connection only searches');
			});
		}
	};
}
