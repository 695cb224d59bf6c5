/** Typed access to the columns of a row. A value of the wrong sort is a damaged row, never a crash further on. */
import type { SortKey } from '../../../protocols/model/entities.ts';
import { storageFailure } from '../storage-failure.ts';
import type { Row, SqlValue } from './database.ts';

/** @throws ChatException `storage-failed` of kind `damaged-row` */
function damaged(column: string): never {
	throw storageFailure('damaged-row', `column ${column} holds something unexpected`);
}

export function text(row: Row, column: string): string {
	const value = row[column];
	return typeof value === 'string' ? value : damaged(column);
}

export function textOrNull(row: Row, column: string): string | null {
	return row[column] === null ? null : text(row, column);
}

export function number(row: Row, column: string): number {
	const value = row[column];
	return typeof value === 'number' ? value : damaged(column);
}

export function numberOrNull(row: Row, column: string): number | null {
	return row[column] === null ? null : number(row, column);
}

export function flag(row: Row, column: string): boolean {
	return number(row, column) !== 0;
}

/** A plain copy: the driver's buffers may share memory. */
export function bytes(row: Row, column: string): Uint8Array {
	const value = row[column];
	return value instanceof Uint8Array ? new Uint8Array(value) : damaged(column);
}

/** One of a fixed list of words. */
export function oneOf<T extends string>(row: Row, column: string, words: readonly T[]): T {
	const value = row[column];
	return words.find((word) => word === value) ?? damaged(column);
}

export function json<T>(row: Row, column: string, is: (value: unknown) => value is T): T {
	let value: unknown;
	try {
		value = JSON.parse(text(row, column));
	} catch {
		damaged(column);
	}
	return is(value) ? value : damaged(column);
}

export function jsonOrNull<T>(row: Row, column: string, is: (value: unknown) => value is T): T | null {
	return row[column] === null ? null : json(row, column, is);
}

export function sortOrNull(row: Row, ts: string, seq: string): SortKey | null {
	return row[ts] === null ? null : { ts: number(row, ts), seq: number(row, seq) };
}

export const fromFlag = (value: boolean): number => (value ? 1 : 0);
export const toJson = (value: unknown): string => JSON.stringify(value);
export const toJsonOrNull = (value: unknown): SqlValue => (value === null ? null : JSON.stringify(value));
