/** Brings a database to the newest schema, one numbered migration per transaction. */
import { storageFailure } from '../storage-failure.ts';
import type { Database } from './database.ts';
import { toStorageFailure } from './failure.ts';
import { migrations as allMigrations } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';

export const headVersion = allMigrations.at(-1)?.version ?? 0;

/** Schema version of an open database. */
export function versionOf(db: Database): number {
	return Number(db.pragma('user_version'));
}

/**
 * Runs what is missing. The caller has made a backup.
 * @throws ChatException `storage-failed`: the database is as it was before the migration that failed
 */
export function migrate(db: Database, migrations: readonly Migration[] = allMigrations): void {
	const from = versionOf(db);
	db.exec('PRAGMA foreign_keys = OFF');
	try {
		for (const migration of migrations) {
			if (migration.version > from) runMigration(db, migration);
		}
	} finally {
		db.exec('PRAGMA foreign_keys = ON');
	}
}

function runMigration(db: Database, migration: Migration): void {
	const label = `migration ${migration.version} (${migration.name})`;
	try {
		db.transaction(() => {
			db.exec(migration.sql);
			if (db.pragmaList('foreign_key_check').length > 0) {
				throw storageFailure('constraint', `${label} would leave rows without their owner`);
			}
			db.exec(`PRAGMA user_version = ${migration.version}`);
		});
	} catch (thrown) {
		const { error } = toStorageFailure(thrown);
		throw storageFailure('corrupt', `${label} failed: ${error.detail ?? error.code}`, thrown);
	}
}
