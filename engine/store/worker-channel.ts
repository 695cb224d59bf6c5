/** One store worker seen from outside: requests with ids, typed failures, a bound on what is in flight. */
import type { Worker } from 'node:worker_threads';
import { ChatException } from '../../protocols/model/errors.ts';
import { storageFailure } from './storage-failure.ts';
import type { StoreOp } from './store.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-messages.ts';

/** Requests a worker may have unanswered; the engine awaits its commits, so this is only reached by a runaway caller. */
const maxInFlight = 4096;

interface Waiting {
	readonly resolve: (value: unknown) => void;
	readonly reject: (reason: Error) => void;
}

export type OnDamage = (table: string, rows: number, reason: string) => void;

type RequestBody =
	| { readonly type: 'commit'; readonly ops: readonly StoreOp[] }
	| { readonly type: 'read'; readonly name: string; readonly args: readonly unknown[] }
	| { readonly type: 'index' }
	| { readonly type: 'close' };

export class WorkerChannel {
	readonly #worker: Worker;
	readonly #waiting = new Map<number, Waiting>();
	readonly #exited: Promise<void>;
	#nextId = 1;
	#ended: Error | null = null;

	private constructor(worker: Worker, onDamage: OnDamage) {
		this.#worker = worker;
		worker.on('message', (answer: WorkerAnswer) => this.#receive(answer, onDamage));
		worker.on('messageerror', () => this.#end(storageFailure('closed', 'an answer of the store could not be read')));
		worker.on('error', (thrown) => this.#end(storageFailure('closed', 'the store failed and stopped', thrown)));
		this.#exited = new Promise((resolve) => {
			worker.once('exit', () => {
				this.#end(storageFailure('closed', 'the store is closed'));
				resolve();
			});
		});
	}

	/**
	 * Resolves when the worker has opened its file.
	 * @throws ChatException `storage-failed` with the reason why it could not
	 */
	static async open(worker: Worker, onDamage: OnDamage): Promise<WorkerChannel> {
		const opened = new Promise<void>((resolve, reject) => {
			worker.on('message', (answer: WorkerAnswer) => {
				if (answer.type === 'opened') resolve();
				if (answer.type === 'not-opened') reject(new ChatException(answer.error));
			});
			worker.once('error', (thrown) => reject(storageFailure('closed', 'the store could not be started', thrown)));
			worker.once('exit', () => reject(storageFailure('closed', 'the store ended while it started')));
		});
		const channel = new WorkerChannel(worker, onDamage);
		await opened;
		return channel;
	}

	/** @throws ChatException `storage-failed`, by rejection */
	request(body: RequestBody): Promise<unknown> {
		return new Promise((resolve, reject) => {
			if (this.#ended !== null) {
				reject(this.#ended);
				return;
			}
			if (this.#waiting.size >= maxInFlight) {
				reject(storageFailure('overloaded', 'too many requests to the store at once'));
				return;
			}
			const request: WorkerRequest = { ...body, id: this.#nextId };
			this.#nextId += 1;
			try {
				this.#worker.postMessage(request);
			} catch (thrown) {
				reject(storageFailure('other', 'the request holds something that cannot be stored', thrown));
				return;
			}
			this.#waiting.set(request.id, { resolve, reject });
		});
	}

	/** Lets everything before it finish, closes the file and waits for the worker's end. Calling it again is harmless. */
	async close(): Promise<void> {
		if (this.#ended === null) {
			const closing = this.request({ type: 'close' });
			this.#ended = storageFailure('closed', 'the store is closed');
			await closing;
		}
		await this.#exited;
	}

	#receive(answer: WorkerAnswer, onDamage: OnDamage): void {
		if (answer.type === 'damage') onDamage(answer.table, answer.rows, answer.reason);
		if (answer.type !== 'done' && answer.type !== 'failed') return;
		const waiting = this.#waiting.get(answer.id);
		this.#waiting.delete(answer.id);
		if (answer.type === 'done') waiting?.resolve(answer.value);
		else waiting?.reject(new ChatException(answer.error));
	}

	#end(reason: Error): void {
		this.#ended ??= reason;
		for (const { reject } of this.#waiting.values()) reject(reason);
		this.#waiting.clear();
	}
}
