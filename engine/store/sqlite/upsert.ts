/** Writes whole rows: inserts, or overwrites all given columns of the row with the same key. */
import type { Database, Params } from './database.ts';

const texts = new Map<string, string>();

/**
 * Column names are the keys of `row`, so they are constants of the code. Never `REPLACE`: that would delete the old row
 * and everything that hangs on it.
 */
export function upsert(db: Database, table: string, keys: readonly string[], row: Params): void {
	let sql = texts.get(table);
	if (sql === undefined) {
		sql = upsertText(table, keys, Object.keys(row));
		texts.set(table, sql);
	}
	db.run(sql, row);
}

function upsertText(table: string, keys: readonly string[], columns: readonly string[]): string {
	const set = columns.filter((column) => !keys.includes(column)).map((column) => `${column} = excluded.${column}`);
	return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `$${column}`).join(', ')})
		ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${set.join(', ')}`;
}
