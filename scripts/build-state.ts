/** Is the build older than what it was made from? */
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const sources = [
	'{protocols,engine,host,electron,renderer}/**/*.{ts,tsx,css,json,html,svg}',
	'package-lock.json',
	'*.config.ts',
];
const products = ['out/web/index.html', 'out/main/main.js', 'out/preload/preload.cjs'];

function changedAt(path: string): number {
	return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** True when something is missing in `out/`, or a source is newer than the oldest product. */
export function isBuildStale(root: string): boolean {
	const built = Math.min(...products.map((path) => changedAt(join(root, path))));
	if (built === 0) return true;
	return globSync(sources, { cwd: root }).some(
		(path) => !/\.test\.tsx?$/.test(path) && changedAt(join(root, path)) > built,
	);
}
