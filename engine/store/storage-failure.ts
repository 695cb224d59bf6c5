/**
 * The ways the store can fail, as `storage-failed` errors whose `params.kind` tells them apart. The UI picks the sentence
 * by kind; only the kinds that the user can mend (disk full, held by another program) ask for a retry.
 */
import type { ChatError } from '../../protocols/model/errors.ts';
import { ChatException, chatError } from '../../protocols/model/errors.ts';

export const storageFailureKinds = [
	/** The file or its folder cannot be read, written or created. */
	'cannot-open',
	/** The file is whole, but this key does not open it. */
	'wrong-key',
	/** Pages are damaged, or the file is not a database of Parley. */
	'corrupt',
	'disk-full',
	/** Another process holds the profile. */
	'locked',
	/** Written by a newer version of Parley. */
	'too-new',
	/** An operation named something that does not exist, or broke a uniqueness rule: a bug or a lost race. */
	'constraint',
	/** A stored row cannot be read back. */
	'damaged-row',
	/** More requests in flight than allowed. */
	'overloaded',
	/** The store was closed, or its worker died. */
	'closed',
	'other',
] as const;
export type StorageFailureKind = (typeof storageFailureKinds)[number];

/** Builds the exception of one kind. `detail` must not hold message text: it may reach logs. */
export function storageFailure(kind: StorageFailureKind, detail: string, cause?: unknown): ChatException {
	const mendable = kind === 'disk-full' || kind === 'locked' || kind === 'overloaded';
	return new ChatException(
		chatError('storage-failed', detail, { params: { kind }, retry: mendable ? 'later' : 'never' }),
		cause,
	);
}

/** Kind of a storage failure; null for errors of any other sort. */
export function storageFailureKind(error: ChatError): StorageFailureKind | null {
	if (error.code !== 'storage-failed') return null;
	const kind = error.params['kind'];
	return storageFailureKinds.find((known) => known === kind) ?? 'other';
}
