/** Fails when a file of the engine or of the window branches on the name of a protocol (see protocol-names.ts). */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './child.ts';
import { protocolBranches } from './protocol-names.ts';

const files = globSync(['engine/**/*.ts', 'renderer/**/*.{ts,tsx}'], { cwd: projectRoot }).filter(
	(path) => !/\.test\.tsx?$|\.d\.ts$|fixtures\//.test(path),
);
let found = 0;
for (const path of files) {
	for (const { line, text } of protocolBranches(path, readFileSync(join(projectRoot, path), 'utf8'))) {
		console.error(`${path}:${line}: branches on a protocol name: ${text}`);
		found += 1;
	}
}
console.log(`${files.length} files, ${found} branches on a protocol name`);
process.exitCode = found > 0 || files.length === 0 ? 1 : 0;
