/** A thin typed face of the driver: cached statements, transactions, typed failures. Everything here is synchronous. */
import { Database as Driver } from '@signalapp/sqlcipher';
import { toStorageFailure } from './failure.ts';

export type SqlValue = string | number | null | Uint8Array<ArrayBuffer>;
export type Row = Readonly<Record<string, SqlValue>>;
export type Params = Readonly<Record<string, SqlValue>>;

// The cipher writes its diagnostics to stderr otherwise; failures reach us as errors anyway.
let quiet = false;
function silenceCipher(driver: Driver): void {
	if (quiet) return;
	driver.pragma('cipher_log_level = NONE');
	quiet = true;
}

/**
 * One connection. Statements are compiled once per text, so texts must be constants of the code (never built from
 * values): the cache then cannot grow without bound and nothing from outside can reach the SQL parser.
 */
export class Database {
	readonly #driver: Driver;

	/**
	 * @param file absolute path, or null for a private database in memory
	 * @param key 32 raw bytes
	 */
	constructor(file: string | null, key: Uint8Array) {
		try {
			this.#driver = new Driver(file ?? ':memory:', { cacheStatements: true });
		} catch (thrown) {
			throw Object.assign(new Error(thrown instanceof Error ? thrown.message : 'cannot open'), {
				code: 'SQLITE_CANTOPEN',
			});
		}
		silenceCipher(this.#driver);
		// Raw key form: 64 hex digits in a blob literal skip the password derivation.
		this.#driver.exec(`PRAGMA key = "x'${Buffer.from(key).toString('hex')}'"`);
	}

	/** Runs constant SQL, possibly several statements. */
	exec(sql: string): void {
		this.#driver.exec(sql);
	}

	run(sql: string, params?: Params): number {
		return this.#driver.prepare(sql).run(params).changes;
	}

	get(sql: string, params?: Params): Row | null {
		return this.#driver.prepare(sql).get<Row>(params) ?? null;
	}

	all(sql: string, params?: Params): readonly Row[] {
		return this.#driver.prepare(sql).all<Row>(params);
	}

	/** First column of the first row of a PRAGMA. */
	pragma(source: string): SqlValue {
		const row = this.#driver.pragma(source)[0];
		if (row === undefined) return null;
		return Object.values(row)[0] ?? null;
	}

	/** All first columns of a PRAGMA that answers with a list. */
	pragmaList(source: string): readonly SqlValue[] {
		return this.#driver.pragma(source).map((row) => Object.values(row)[0] ?? null);
	}

	/**
	 * Runs `work` in one transaction that takes the write lock at once; commits when it returns, rolls back when it
	 * throws.
	 * @throws ChatException `storage-failed`
	 */
	transaction<T>(work: () => T): T {
		try {
			this.#driver.exec('BEGIN IMMEDIATE');
		} catch (thrown) {
			throw toStorageFailure(thrown);
		}
		try {
			const result = work();
			this.#driver.exec('COMMIT');
			return result;
		} catch (thrown) {
			this.#rollback();
			throw toStorageFailure(thrown);
		}
	}

	/** Runs `work` inside a transaction so that its failure undoes only its own part. */
	savepoint<T>(work: () => T): T {
		this.#driver.exec('SAVEPOINT part');
		try {
			const result = work();
			this.#driver.exec('RELEASE part');
			return result;
		} catch (thrown) {
			// After a disk-full or I/O error SQLite may have ended the whole transaction already; then the outer COMMIT fails.
			try {
				this.#driver.exec('ROLLBACK TO part; RELEASE part');
			} catch {
				throw toStorageFailure(thrown);
			}
			throw toStorageFailure(thrown);
		}
	}

	#rollback(): void {
		try {
			this.#driver.exec('ROLLBACK');
		} catch {
			// SQLite rolled back by itself (disk full, I/O error): nothing is left to undo.
		}
	}

	close(): void {
		this.#driver.close();
	}
}
