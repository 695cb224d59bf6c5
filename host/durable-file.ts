/** Small files that must never be half written, and that nobody else may read. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

let counter = 0;

/** Replaces the file as a whole, durably: after a crash it holds the old or the new bytes. Mode 0600. */
export function writeDurably(path: string, data: string | Uint8Array): void {
	const temporary = `${path}.${process.pid}.${(counter += 1)}.tmp`;
	const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
	const file = openSync(temporary, 'wx', 0o600);
	try {
		for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
		fsyncSync(file);
		closeSync(file);
		renameSync(temporary, path);
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	}
	syncDirectory(dirname(path));
}

function syncDirectory(path: string): void {
	// Windows cannot open a directory; its rename is durable by journal.
	if (process.platform === 'win32') return;
	const directory = openSync(path, 'r');
	try {
		fsyncSync(directory);
	} finally {
		closeSync(directory);
	}
}

/** The file's bytes, or undefined when it does not exist. Other failures throw. */
export function readIfPresent(path: string): Buffer | undefined {
	try {
		return readFileSync(path);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
		throw error;
	}
}
