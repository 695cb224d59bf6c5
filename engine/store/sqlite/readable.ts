/** One unreadable row must not take the readable ones with it: it is left out and counted. */
import { ChatException } from '../../../protocols/model/errors.ts';
import { storageFailureKind } from '../storage-failure.ts';
import type { Row } from './database.ts';

/** Called once per read that met damage, with the table, the number of rows left out and the first reason. */
export type DamageReport = (table: string, rows: number, reason: string) => void;

export function readable<T>(
	rows: readonly Row[],
	table: string,
	report: DamageReport,
	read: (row: Row) => T,
): readonly T[] {
	const out: T[] = [];
	let skipped = 0;
	let reason = '';
	for (const row of rows) {
		try {
			out.push(read(row));
		} catch (thrown) {
			if (!(thrown instanceof ChatException) || storageFailureKind(thrown.error) !== 'damaged-row') throw thrown;
			skipped += 1;
			reason ||= thrown.message;
		}
	}
	if (skipped > 0) report(table, skipped, reason);
	return out;
}
