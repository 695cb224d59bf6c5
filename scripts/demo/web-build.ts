import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot, runScript } from '../child.ts';

/** What the window is built from. */
const SOURCES = ['renderer', 'engine/contract', 'engine/transport', 'protocols/model', 'electron.vite.config.ts'];

/** Builds the window if it was never built or something in it is newer than the build. */
export async function ensureWebBuild(): Promise<void> {
	const built = await modified(path.join(projectRoot, 'out', 'web', 'index.html'));
	const sources = await Promise.all(SOURCES.map((source) => newest(path.join(projectRoot, source))));
	if (built > 0 && Math.max(...sources) < built) return;
	const { code } = await runScript('build', ['--quiet'], { output: 'stream' });
	if (code !== 0) throw new Error('the window could not be built');
}

async function newest(target: string): Promise<number> {
	const entries = await readdir(target, { recursive: true, withFileTypes: true }).catch(() => undefined);
	if (entries === undefined) return modified(target);
	const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
	return Math.max(0, ...(await Promise.all(files.map(modified))));
}

async function modified(file: string): Promise<number> {
	try {
		return (await stat(file)).mtimeMs;
	} catch {
		return 0;
	}
}
