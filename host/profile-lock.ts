/**
 * One profile is opened by one process. The lock is SQLite's own file lock on a tiny database, so the system releases it
 * when the process dies, however it dies; no process ids are guessed. A note beside it says who holds it and how to
 * reach that process.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from '@signalapp/sqlcipher';
import * as z from 'zod';
import { readIfPresent, writeDurably } from './durable-file.ts';

const holderSchema = z.object({
	pid: z.number().int().positive(),
	host: z.enum(['desktop', 'browser']),
	startedAt: z.number(),
	/** How to ask the holder for its window: loopback port and bearer token. Null when it cannot be asked. */
	control: z.object({ port: z.number().int(), token: z.string() }).nullable(),
});
export type ProfileHolder = z.infer<typeof holderSchema>;

export type LockAttempt =
	| { readonly kind: 'locked'; readonly lock: ProfileLock }
	/** `holder` is null while the other process is still starting. */
	| { readonly kind: 'held'; readonly holder: ProfileHolder | null };

export interface ProfileLock {
	/** Tells others who holds the profile. */
	announce(holder: ProfileHolder): void;
	release(): void;
}

function readHolder(path: string): ProfileHolder | null {
	try {
		const parsed = holderSchema.safeParse(JSON.parse(readIfPresent(path)?.toString('utf8') ?? 'null'));
		return parsed.success ? parsed.data : null;
	} catch {
		return null;
	}
}

function isBusy(error: unknown): boolean {
	return (
		error instanceof Error &&
		/SQLITE_BUSY|database is locked/.test(`${error.message} ${String(Reflect.get(error, 'code'))}`)
	);
}

/** Takes the lock of the profile in `dir` if nobody holds it. Never waits. */
export function lockProfile(dir: string): LockAttempt {
	const note = join(dir, 'holder.json');
	const database = new Database(join(dir, 'profile.lock'));
	try {
		database.pragma('busy_timeout = 0');
		database.pragma('journal_mode = DELETE');
		database.exec('BEGIN EXCLUSIVE');
	} catch (error) {
		database.close();
		if (isBusy(error)) return { kind: 'held', holder: readHolder(note) };
		throw error;
	}
	// What an earlier, crashed holder left behind.
	rmSync(note, { force: true });
	let held = true;
	return {
		kind: 'locked',
		lock: {
			announce: (holder) => writeDurably(note, JSON.stringify(holder)),
			release: () => {
				if (!held) return;
				held = false;
				rmSync(note, { force: true });
				database.close();
			},
		},
	};
}
