/**
 * Opens the encrypted database: lock, key, checks, backup, migrations, pragmas. The one rule above all others: a file
 * that exists is never replaced or emptied, whatever is wrong with it or with the key.
 */
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { ChatException } from '../../../protocols/model/errors.ts';
import { storageFailure, storageFailureKind } from '../storage-failure.ts';
import { Database } from './database.ts';
import { toStorageFailure } from './failure.ts';
import { checkKey } from './key-check.ts';
import { headVersion, migrate, versionOf } from './migrate.ts';
import { migrations as allMigrations } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';
import { lockFile } from './process-lock.ts';
import type { ProcessLock } from './process-lock.ts';

/** Length of the database key in bytes. */
const keyLength = 32;

export interface OpenDatabase {
	readonly db: Database;
	close(): void;
}

export interface OpenOptions {
	/** Absolute path; null for a database in memory. */
	readonly file: string | null;
	/** 32 raw bytes. */
	readonly key: Uint8Array;
}

/**
 * Opens the writer connection, creating the file if there is none.
 * @throws ChatException `storage-failed`: `cannot-open`, `wrong-key`, `corrupt`, `locked`, `too-new`, `disk-full`
 */
export function openDatabase(options: OpenOptions, migrations: readonly Migration[] = allMigrations): OpenDatabase {
	const { file, key } = options;
	if (key.length !== keyLength) throw storageFailure('wrong-key', `the key must have ${keyLength} bytes`);
	if (file === null) return openInMemory(key, migrations);
	// SQLite would read `file:…` as a URI with options.
	if (!isAbsolute(file)) throw storageFailure('cannot-open', 'the path of the database must be absolute');
	const lock = lockFile(file);
	let db: Database | null = null;
	try {
		if (!existsSync(file)) createFile(file, key, migrations);
		db = unlock(file, key);
		bringToHead(db, file, migrations);
		setWriterPragmas(db);
		return { db, close: closer(db, lock) };
	} catch (thrown) {
		db?.close();
		lock.release();
		throw refine(thrown, file, key);
	}
}

/**
 * Opens a second connection for reading only, after {@link openDatabase} succeeded in this process or another thread.
 * @throws ChatException `storage-failed`
 */
export function openReader(file: string, key: Uint8Array): Database {
	let db: Database | null = null;
	try {
		db = unlock(file, key);
		db.exec('PRAGMA query_only = ON; PRAGMA cache_size = -32768');
		return db;
	} catch (thrown) {
		db?.close();
		throw refine(thrown, file, key);
	}
}

function openInMemory(key: Uint8Array, migrations: readonly Migration[]): OpenDatabase {
	const db = new Database(null, key);
	migrate(db, migrations);
	return { db, close: () => db.close() };
}

/**
 * Durability: FULL, because an adapter acknowledges upstream as soon as a commit returned (XMPP stream management, sync
 * tokens) and the outbox may then have spoken to the network; with NORMAL a power cut could take such a commit back
 * and lose or double messages. It costs one flush per commit, and commits carry whole batches. `fullfsync` makes that
 * flush real on macOS.
 */
function setWriterPragmas(db: Database): void {
	db.exec(`
		PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
		PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;
		PRAGMA journal_size_limit = 16777216; PRAGMA trusted_schema = OFF;
	`);
}

/** Builds a new database under another name and moves it into place, so that a half-made file never looks like ours. */
function createFile(file: string, key: Uint8Array, migrations: readonly Migration[]): void {
	const fresh = `${file}.new`;
	removeDatabase(fresh);
	// Leftovers of a database that is gone would be read as the log of the new one.
	rmSync(`${file}-wal`, { force: true });
	rmSync(`${file}-shm`, { force: true });
	// SQLite keeps the mode of an existing file and gives it to the log files: readable by the owner alone.
	closeSync(openSync(fresh, 'wx', 0o600));
	const db = new Database(fresh, key);
	try {
		migrate(db, migrations);
	} finally {
		db.close();
	}
	flush(fresh);
	renameSync(fresh, file);
	flushFolder(dirname(file));
}

function unlock(file: string, key: Uint8Array): Database {
	const { size } = statSync(file);
	// SQLite would take an empty file for a new database.
	if (size === 0) throw storageFailure('corrupt', 'the database file is empty');
	const db = new Database(file, key);
	try {
		// The other connection of this process may be busy with the log while this one reads for the first time.
		db.exec('PRAGMA busy_timeout = 2000');
		db.get('SELECT count(*) AS n FROM sqlite_schema');
		return db;
	} catch (thrown) {
		db.close();
		throw thrown;
	}
}

function bringToHead(db: Database, file: string, migrations: readonly Migration[]): void {
	const version = versionOf(db);
	const head = migrations.at(-1)?.version ?? headVersion;
	if (version > head) throw storageFailure('too-new', `the database has version ${version}, this Parley knows ${head}`);
	if (version < 1) throw storageFailure('corrupt', 'the file is not a database of Parley');
	if (version === head) return;
	const damage = findDamage(db);
	if (damage.length > 0) throw storageFailure('corrupt', `not migrated because of damage: ${damage[0] ?? ''}`);
	backUp(db, file, version);
	migrate(db, migrations);
}

/** Copies the file as it is (encrypted with the same key) to `<file>.v<version>.bak`, replacing an older copy. */
function backUp(db: Database, file: string, version: number): void {
	db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
	const target = `${file}.v${version}.bak`;
	const partial = `${target}.partial`;
	copyFileSync(file, partial);
	flush(partial);
	renameSync(partial, target);
	flushFolder(dirname(file));
}

/**
 * Reads every page and checks signatures, structure and foreign keys. Slow on large files: for diagnostics and before
 * migrations; in daily use each page is checked by its signature whenever it is read.
 * @returns findings, empty when all is well
 */
export function findDamage(db: Database): readonly string[] {
	const findings: string[] = [];
	const add = (rows: readonly unknown[]) => findings.push(...rows.map(String).filter((row) => row !== 'ok'));
	add(db.pragmaList('cipher_integrity_check'));
	add(db.pragmaList('integrity_check(20)'));
	add(db.pragmaList('foreign_key_check').map((table) => `row without its owner in ${String(table)}`));
	return findings;
}

function closer(db: Database, lock: ProcessLock): () => void {
	return () => {
		try {
			db.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
		} catch {
			// Everything committed is in the log already; the next start reads it from there.
		} finally {
			db.close();
			lock.release();
		}
	};
}

/** Looks into the file to tell a wrong key from damage. */
function refine(thrown: unknown, file: string, key: Uint8Array): ChatException {
	const failure = fileFailure(thrown) ?? toStorageFailure(thrown);
	if (storageFailureKind(failure.error) !== 'corrupt' || failure === thrown) return failure;
	try {
		if (checkKey(file, key) === 'wrong-key')
			return storageFailure('wrong-key', 'the key does not open the database', thrown);
	} catch {
		return failure;
	}
	return storageFailure('corrupt', failure.error.detail ?? 'the database is damaged', thrown);
}

/** Failures of the file system calls above, which carry POSIX codes instead of SQLite's. */
function fileFailure(thrown: unknown): ChatException | null {
	if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return null;
	const full = thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT';
	return storageFailure(full ? 'disk-full' : 'cannot-open', String(thrown.code), thrown);
}

function removeDatabase(file: string): void {
	for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}

function flush(file: string): void {
	const fd = openSync(file, 'r+');
	try {
		fsyncSync(fd);
	} finally {
		closeSync(fd);
	}
}

/** Makes a rename durable. Windows has no such call and does not need it. */
function flushFolder(folder: string): void {
	if (process.platform === 'win32') return;
	const fd = openSync(folder, 'r');
	try {
		fsyncSync(fd);
	} finally {
		closeSync(fd);
	}
}
