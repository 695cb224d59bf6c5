/** What passes between the store's client and its workers. Everything is structured-clone data. */
import type { ChatError } from '../../protocols/model/errors.ts';
import type { StoreOp } from './store.ts';

export type WorkerRole = 'writer' | 'searcher';

/** `workerData` of a store worker. */
export interface WorkerStart {
	readonly role: WorkerRole;
	readonly file: string | null;
	readonly key: Uint8Array;
}

export type WorkerRequest =
	| { readonly id: number; readonly type: 'commit'; readonly ops: readonly StoreOp[] }
	| { readonly id: number; readonly type: 'read'; readonly name: string; readonly args: readonly unknown[] }
	/** Makes what was committed findable; answered when that is done, or late enough that a search should not wait. */
	| { readonly id: number; readonly type: 'index' }
	/** Closes the file after everything before it, then ends the worker. */
	| { readonly id: number; readonly type: 'close' };

export type WorkerAnswer =
	| { readonly type: 'opened' }
	| { readonly type: 'not-opened'; readonly error: ChatError }
	| { readonly type: 'done'; readonly id: number; readonly value: unknown }
	| { readonly type: 'failed'; readonly id: number; readonly error: ChatError }
	/** Rows that could not be read back were left out. */
	| { readonly type: 'damage'; readonly table: string; readonly rows: number; readonly reason: string };
