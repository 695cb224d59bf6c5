/**
 * The durable outbox of one account: lanes of jobs, one attempt at a time per lane. A job is on disk before the adapter
 * sees it, marked `sending` on disk before the first byte, and leaves only with a verdict. After a restart or a lost
 * link nothing is sent twice: unless the adapter proves the opposite, the user decides.
 */
import { isSend } from '../protocols/adapter/actions.ts';
import type { ActionOutcome } from '../protocols/adapter/actions.ts';
import type { ProtocolAdapter } from '../protocols/adapter/adapter.ts';
import { chatError, toChatError } from '../protocols/model/errors.ts';
import type { AccountId, TxnId } from '../protocols/model/ids.ts';
import type { Core } from './core.ts';
import { advanceSend, requeue, settleOutcome, settleUnknown } from './outbox-settle.ts';
import { pendingUpload } from './media/uploads.ts';
import { uploadFirst } from './outbox-upload.ts';
import { performSafely } from './perform.ts';
import type { OutboxJob } from './store/store.ts';
import { timedOut, withTimeout } from './with-timeout.ts';

/** An accepted message whose echo does not come is asked about after this long. */
export const echoWaitMs = 60_000;
const outcomeOfTimeoutMs = 30_000;

export class Outbox {
	readonly #core: Core;
	readonly #account: AccountId;
	#adapter: ProtocolAdapter | null = null;
	/** Can the network be asked later what became of an attempt? */
	#canAsk = false;
	/** Counts connections: what belongs to an older one must not touch the newer. */
	#epoch = 0;
	/** Lanes with an attempt of the current connection under way, and which connection that is. */
	readonly #busy = new Map<string, number>();
	/** Attempts of earlier connections or runs whose outcome nobody knows yet. */
	readonly #unresolved = new Set<TxnId>();
	readonly #timers = new Map<string, () => void>();
	readonly #echoTimers = new Map<TxnId, () => void>();
	#recovering = false;

	constructor(core: Core, account: AccountId) {
		this.#core = core;
		this.#account = account;
		for (const job of this.#jobs()) if (job.state !== 'queued') this.#unresolved.add(job.txnId);
	}

	#jobs(): OutboxJob[] {
		return [...this.#core.state.outbox.values()]
			.filter((job) => job.accountId === this.#account)
			.sort((a, b) => a.position - b.position);
	}

	/** The account is online: settle what is open, then send. */
	online(adapter: ProtocolAdapter): void {
		this.#epoch += 1;
		this.#adapter = adapter;
		this.#canAsk = adapter.outcomeOf !== undefined;
		this.#recovering = true;
		void this.#recover(adapter, this.#epoch);
	}

	offline(): void {
		this.#epoch += 1;
		this.#adapter = null;
		this.#recovering = false;
		for (const cancel of [...this.#timers.values(), ...this.#echoTimers.values()]) cancel();
		this.#timers.clear();
		this.#echoTimers.clear();
		// An answer or echo that has not come by now comes with the next catch-up, is asked for, or never comes.
		for (const job of this.#jobs()) {
			if (job.state === 'queued') continue;
			this.#unresolved.add(job.txnId);
			this.#core.files.uploads.cancel(job.txnId);
		}
		this.#busy.clear();
	}

	/** Looks for work. Cheap; called after every change. */
	wake(): void {
		if (this.#adapter === null || this.#recovering) return;
		const lanes = new Map<string, OutboxJob>();
		for (const job of this.#jobs()) {
			if (this.#unresolved.has(job.txnId)) {
				// Order within a lane: nothing overtakes a message whose fate is open.
				if (!lanes.has(job.lane)) lanes.set(job.lane, job);
			} else if (job.state === 'queued' && !lanes.has(job.lane)) lanes.set(job.lane, job);
			else if (job.state === 'awaiting-echo') this.#expectEcho(job);
		}
		for (const txn of this.#unresolved) if (!this.#core.state.outbox.has(txn)) this.#unresolved.delete(txn);
		for (const [txn, cancel] of this.#echoTimers) {
			if (this.#core.state.outbox.has(txn)) continue;
			cancel();
			this.#echoTimers.delete(txn);
		}
		for (const [lane, job] of lanes) {
			if (!this.#busy.has(lane) && !this.#unresolved.has(job.txnId)) this.#next(lane, job);
		}
	}

	#next(lane: string, job: OutboxJob): void {
		this.#timers.get(lane)?.();
		this.#timers.delete(lane);
		const wait = (job.nextAttemptAt ?? 0) - this.#core.clock.now();
		if (wait > 0) {
			this.#timers.set(
				lane,
				this.#core.clock.after(wait, () => this.wake()),
			);
			return;
		}
		const epoch = this.#epoch;
		this.#busy.set(lane, epoch);
		void this.#attempt(job.txnId, epoch).finally(() => {
			if (this.#busy.get(lane) === epoch) this.#busy.delete(lane);
			this.wake();
		});
	}

	async #attempt(txn: TxnId, epoch: number): Promise<void> {
		try {
			const job = await this.#begin(txn, epoch);
			const adapter = this.#adapter;
			if (job === null) return;
			if (adapter === null || epoch !== this.#epoch) {
				// The link went before anything was written.
				await this.#settle(job, { kind: 'rejected', error: chatError('connection-lost') });
				return;
			}
			const ready = await uploadFirst(this.#core, adapter, job);
			if (ready === null) return;
			if (epoch !== this.#epoch) {
				// Uploaded, but no message went out: the next connection sends it.
				await this.#settle(ready, { kind: 'rejected', error: chatError('connection-lost') });
				return;
			}
			const outcome = await performSafely(this.#core.clock, adapter, ready.action);
			await this.#settle(ready, outcome);
			const { state } = this.#core.state.outbox.get(txn) ?? { state: 'queued' };
			if (state === 'queued') this.#unresolved.delete(txn);
			else if (epoch !== this.#epoch) this.#unresolved.add(txn);
		} catch (thrown) {
			// Storage failed: the job keeps the state that is on disk, and nobody may send it again before it is settled.
			this.#core.log.error('outbox step failed', { account: this.#account, code: toChatError(thrown).code });
			if (this.#core.state.outbox.get(txn)?.state === 'sending') this.#unresolved.add(txn);
			else this.#pause();
		}
	}

	/** A disk that is full now may have room later. */
	#pause(): void {
		const cancel = this.#core.clock.after(5000, () => this.wake());
		this.#timers.set('', cancel);
	}

	/** Marks the job as being sent, on disk. @returns null when there is nothing to do any more */
	#begin(txn: TxnId, epoch: number): Promise<OutboxJob | null> {
		return this.#core.write(async (tx) => {
			const job = tx.outbox.get(txn);
			if (job === undefined || job.state !== 'queued' || epoch !== this.#epoch) return null;
			const next: OutboxJob = {
				...job,
				state: 'sending',
				attempts: job.attempts + 1,
				attemptedAt: this.#core.clock.now(),
				nextAttemptAt: null,
			};
			tx.outbox.put(txn, next);
			if (job.messageId !== null && isSend(job.action)) {
				await tx.messages.load([job.messageId]);
				advanceSend(tx, job.messageId, { type: 'attempt' });
			}
			return next;
		});
	}

	#settle({ txnId: txn, attempts }: OutboxJob, outcome: ActionOutcome): Promise<void> {
		return this.#core.write(async (tx) => {
			// Gone: the echo came first, or the account was removed. Another attempt: this verdict is about an older one.
			const job = tx.outbox.get(txn);
			if (job === undefined || job.state !== 'sending' || job.attempts !== attempts) return;
			if (outcome.kind === 'uncertain' && this.#canAsk) {
				// The network may know later; asked as soon as we are online again.
				tx.after(() => this.#leaveOpen(txn));
				return;
			}
			await settleOutcome(tx, job, outcome, this.#core.clock.now());
			if (outcome.kind === 'accepted' && job.messageId !== null && isSend(job.action)) {
				const id = job.messageId;
				tx.after(() => this.#core.awaitingEcho.add(id));
			}
		});
	}

	#leaveOpen(txn: TxnId): void {
		this.#unresolved.add(txn);
		const cancel = this.#core.clock.after(echoWaitMs, () => void this.#ask(txn, this.#epoch));
		this.#echoTimers.set(txn, cancel);
	}

	#expectEcho(job: OutboxJob): void {
		if (this.#echoTimers.has(job.txnId)) return;
		const since = job.attemptedAt ?? this.#core.clock.now();
		const wait = Math.max(1000, since + echoWaitMs - this.#core.clock.now());
		this.#echoTimers.set(
			job.txnId,
			this.#core.clock.after(wait, () => void this.#ask(job.txnId, this.#epoch)),
		);
	}

	/** Settles everything that an earlier connection left open, lane order kept, before anything new is sent. */
	async #recover(adapter: ProtocolAdapter, epoch: number): Promise<void> {
		for (const job of this.#jobs()) {
			if (epoch !== this.#epoch) return;
			if (this.#unresolved.has(job.txnId)) await this.#ask(job.txnId, epoch);
		}
		if (epoch !== this.#epoch || this.#adapter !== adapter) return;
		// A lost link is no reason to wait once there is a new one.
		await this.#forgetNetworkDelays();
		if (epoch !== this.#epoch) return;
		this.#recovering = false;
		this.wake();
	}

	async #forgetNetworkDelays(): Promise<void> {
		const waiting = this.#jobs().filter(
			(job) => job.state === 'queued' && job.nextAttemptAt !== null && job.lastError?.source === 'network',
		);
		if (waiting.length === 0) return;
		await this.#core
			.write((tx) => {
				for (const { txnId } of waiting) {
					const job = tx.outbox.get(txnId);
					if (job?.state === 'queued') tx.outbox.put(txnId, { ...job, nextAttemptAt: null });
				}
			})
			.catch((thrown: unknown) => this.#core.log.error('outbox not updated', { code: toChatError(thrown).code }));
	}

	/** Asks the network what became of an attempt. */
	async #ask(txn: TxnId, epoch: number): Promise<void> {
		const adapter = this.#adapter;
		this.#echoTimers.get(txn)?.();
		this.#echoTimers.delete(txn);
		if (adapter === null || epoch !== this.#epoch) return;
		this.#unresolved.add(txn);
		const job = this.#core.state.outbox.get(txn);
		if (job === undefined) {
			this.#unresolved.delete(txn);
			return;
		}
		const answer = await this.#outcomeOf(adapter, job);
		if (epoch !== this.#epoch) return;
		try {
			await this.#core.write((tx) => this.#conclude(tx, txn, answer));
			this.#unresolved.delete(txn);
		} catch (thrown) {
			this.#core.log.error('outbox not settled', { account: this.#account, code: toChatError(thrown).code });
		}
		this.wake();
	}

	async #conclude(
		tx: Parameters<Parameters<Core['write']>[0]>[0],
		txn: TxnId,
		answer: ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown',
	): Promise<void> {
		const job = tx.outbox.get(txn);
		if (job === undefined || job.state === 'queued') return;
		if (answer === 'resend-safe' || answer === 'not-sent') return requeue(tx, job, null, job.lastError);
		if (answer === 'unknown' || answer.kind === 'pending' || answer.kind === 'uncertain') {
			// Saying "read up to here" or setting one's reactions twice harms nobody; words do.
			if (job.action.type === 'mark-read') return requeue(tx, job, null, job.lastError);
			return settleUnknown(tx, job, null);
		}
		return settleOutcome(tx, job, answer, this.#core.clock.now());
	}

	async #outcomeOf(
		adapter: ProtocolAdapter,
		job: OutboxJob,
	): Promise<ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown'> {
		// As long as the file is not up, nobody can have been told of it.
		if (pendingUpload(job.action) !== null) return 'not-sent';
		if (adapter.outcomeOf === undefined) return 'unknown';
		try {
			const answer = await withTimeout(
				this.#core.clock,
				outcomeOfTimeoutMs,
				adapter.outcomeOf(job.action, job.attemptedAt ?? 0),
			);
			return answer === timedOut ? 'unknown' : answer;
		} catch {
			return 'unknown';
		}
	}

	/** Stops timers; jobs stay on disk. */
	close(): void {
		this.offline();
	}
}
