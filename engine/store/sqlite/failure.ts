/** What the SQLite driver throws, told apart. */
import { ChatException } from '../../../protocols/model/errors.ts';
import { storageFailure } from '../storage-failure.ts';
import type { StorageFailureKind } from '../storage-failure.ts';

/** SQLite result code (https://www.sqlite.org/rescode.html) of a driver error, extended codes included. */
export function sqliteCode(thrown: unknown): string | null {
	if (!(thrown instanceof Error) || !('code' in thrown)) return null;
	return typeof thrown.code === 'string' ? thrown.code : null;
}

/**
 * The typed failure of anything thrown while working on the database. The driver's message is passed on because it
 * names tables and columns, never values; for constraint failures of a trigger or check it is our own text.
 */
export function toStorageFailure(thrown: unknown): ChatException {
	if (thrown instanceof ChatException) return thrown;
	const code = sqliteCode(thrown);
	if (code === null)
		return storageFailure('other', thrown instanceof Error ? thrown.message : 'unknown failure', thrown);
	return storageFailure(kindOf(code), thrown instanceof Error ? thrown.message : code, thrown);
}

function kindOf(code: string): StorageFailureKind {
	if (code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_MISMATCH') return 'constraint';
	if (code === 'SQLITE_FULL') return 'disk-full';
	if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'locked';
	if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'corrupt';
	if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM')
		return 'cannot-open';
	// A short read is a file cut off under us; SQLCipher reports a page that fails its HMAC as an I/O error in some paths.
	if (code === 'SQLITE_IOERR_SHORT_READ' || code === 'SQLITE_IOERR_CORRUPTFS' || code === 'SQLITE_IOERR_DATA')
		return 'corrupt';
	return 'other';
}
