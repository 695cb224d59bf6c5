/**
 * One folder for everything that a test run writes to the system's temporary folder. It goes when the run ends, however
 * it ends; what a run that was killed left is removed by the next one.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const prefix = 'parley-run-';
/** Written by programs that we only start, at times of their own. */
const foreign = /^(org\.chromium\.|\.org\.chromium\.|playwright|node-compile-cache|tsx-|v8-compile-cache)/;

export interface RunFolder {
	readonly path: string;
	/** What tests have left in it. */
	leftovers(): string[];
	remove(): void;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

function removeFolder(path: string): void {
	rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Removes the folders of runs whose process is gone. */
function removeAbandoned(parent: string): void {
	for (const name of readdirSync(parent)) {
		const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
		if (Number.isNaN(pid) || isAlive(pid)) continue;
		try {
			removeFolder(join(parent, name));
		} catch {
			// Another user's; theirs to remove.
		}
	}
}

/** Makes the folder of a run by process `pid` in `parent`. Its name is short: sockets live in it. */
export function openRunFolder(parent: string, pid: number): RunFolder {
	removeAbandoned(parent);
	const path = mkdtempSync(join(parent, `${prefix}${pid}-`));
	return {
		path,
		leftovers: () => readdirSync(path).filter((name) => !foreign.test(name)),
		remove: () => removeFolder(path),
	};
}

/**
 * Makes the run's folder the temporary folder of this process and of all that it starts. Port reservations stay where
 * other runs see them.
 */
export function enterRunFolder(parent: string): RunFolder {
	const folder = openRunFolder(parent, process.pid);
	process.env['PARLEY_PORTS_FOLDER'] ??= parent;
	process.env['TMPDIR'] = folder.path;
	// A run that is interrupted ends without its teardown.
	process.once('exit', () => folder.remove());
	return folder;
}
