/** The first half of sending a file: its bytes go up, and the message learns where they are. */
import type { ProtocolAdapter } from '../protocols/adapter/adapter.ts';
import type { Core } from './core.ts';
import { mediaIdOf } from './media/media-id.ts';
import { pendingUpload } from './media/uploads.ts';
import { settleOutcome } from './outbox-settle.ts';
import type { OutboxJob } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** The job as it stands, if this attempt is still the one that counts. */
function current(tx: Transaction, job: OutboxJob): OutboxJob | null {
	const known = tx.outbox.get(job.txnId);
	return known?.state === 'sending' && known.attempts === job.attempts ? known : null;
}

/**
 * Uploads the file of a job that needs it. Where the bytes are is durable before any message refers to them.
 * @returns the job to perform, or null when there is nothing more to do in this attempt
 */
export async function uploadFirst(core: Core, adapter: ProtocolAdapter, job: OutboxJob): Promise<OutboxJob | null> {
	const local = pendingUpload(job.action);
	if (local === null || job.action.type !== 'send-file') return job;
	const { action } = job;
	const result = await core.files.uploads.run(adapter, action, local);
	// The user's doing, or the link's end: either has settled the job or will.
	if (result.kind === 'cancelled') return null;
	if (result.kind === 'failed') {
		await core.write(async (tx) => {
			const now = current(tx, job);
			if (now !== null) await settleOutcome(tx, now, { kind: 'rejected', error: result.error }, core.clock.now());
		});
		return null;
	}
	const content = { ...action.content, source: result.source, thumbnail: result.thumbnail };
	// What we have need not be fetched again to be shown.
	await core.media.link(local, mediaIdOf(job.accountId, result.source));
	return core.write(async (tx) => {
		const now = current(tx, job);
		if (now === null) return null;
		const next: OutboxJob = { ...now, action: { ...action, content } };
		tx.outbox.put(job.txnId, next);
		if (job.messageId !== null) {
			await tx.messages.load([job.messageId]);
			tx.messages.update(job.messageId, { content });
		}
		return next;
	});
}
