/** The end of an outbox job, whoever brings it about. */
import type { ChatError } from '../protocols/model/errors.ts';
import type { MessageId } from '../protocols/model/ids.ts';
import type { OutboxJob } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** Takes a job out of the outbox; whoever waits for it is told after the commit. */
export function finishJob(tx: Transaction, job: OutboxJob, error: ChatError | null): void {
	tx.outbox.remove(job.txnId);
	if (job.messageId !== null) tx.messages.touched.add(job.messageId);
	tx.settled.push({ job, error });
}

/**
 * An event from the network shows that our change took effect, instead of the verdict the job was waiting for. A job
 * that is being performed is left alone: its own outcome is on the way and says more.
 */
export function confirmJobs(tx: Transaction, id: MessageId, type: 'edit' | 'remove' | 'react'): void {
	for (const txn of tx.state.jobsOf.get(id) ?? []) {
		const job = tx.outbox.get(txn);
		if (job?.action.type === type && job.state === 'awaiting-echo') finishJob(tx, job, null);
	}
}
