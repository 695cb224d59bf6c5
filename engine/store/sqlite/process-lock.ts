/**
 * One process per database file. The main file cannot be held in SQLite's exclusive mode because search reads it through
 * a second connection, so a tiny file beside it is held instead: an operating-system lock that ends with the process,
 * however it ends.
 */
import { Database } from '@signalapp/sqlcipher';
import { storageFailure } from '../storage-failure.ts';
import { sqliteCode } from './failure.ts';

export interface ProcessLock {
	release(): void;
}

/**
 * Takes the lock of a database file.
 * @throws ChatException `storage-failed` of kind `locked` when somebody (this process included) holds it
 */
export function lockFile(file: string): ProcessLock {
	let holder: Database;
	try {
		holder = new Database(`${file}.lock`);
	} catch (thrown) {
		throw storageFailure('cannot-open', 'the folder of the database cannot be written', thrown);
	}
	try {
		holder.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
	} catch (thrown) {
		holder.close();
		if (sqliteCode(thrown)?.startsWith('SQLITE_BUSY') === true) {
			throw storageFailure('locked', 'another Parley uses this profile', thrown);
		}
		throw storageFailure('cannot-open', 'the lock of the database cannot be taken', thrown);
	}
	return { release: () => holder.close() };
}
