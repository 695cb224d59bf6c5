/** Gajim's settings are a SQLite file; a copy is read, so that a running Gajim is not disturbed. */
import { Database } from '@signalapp/sqlcipher';
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GajimRow } from '../../protocols/import/gajim.ts';

const maxBytes = 32 * 1024 * 1024;
const maxRows = 200;

/**
 * Rows of the table `account_settings`.
 * @returns null when there is no such file
 * @throws Error when the file is none of Gajim's
 */
export async function readGajimStore(file: string): Promise<readonly GajimRow[] | null> {
	const known = await stat(file).catch(() => null);
	if (known === null || !known.isFile() || known.size > maxBytes) return null;
	const folder = await mkdtemp(join(tmpdir(), 'parley-import-'));
	try {
		const copy = join(folder, 'settings.sqlite');
		await copyFile(file, copy);
		// What was changed last may still be beside the file.
		await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => undefined);
		const database = new Database(copy);
		try {
			return database
				.prepare(`SELECT account, settings FROM account_settings LIMIT ${maxRows}`)
				.all()
				.flatMap(({ account, settings }) =>
					typeof account === 'string' && typeof settings === 'string' ? [{ account, settings }] : [],
				);
		} finally {
			database.close();
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
