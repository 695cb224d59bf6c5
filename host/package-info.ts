/** Name and version of this build, from the project's manifest. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const manifestSchema = z.object({ name: z.literal('parley'), version: z.string() });

/** The installation's root: the folder above `startUrl` whose package.json is ours. Throws when there is none. */
export function installationRoot(startUrl: string): string {
	for (let dir = dirname(fileURLToPath(startUrl)); ; dir = dirname(dir)) {
		const path = join(dir, 'package.json');
		if (existsSync(path) && manifestSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).success) return dir;
		if (dirname(dir) === dir) throw new Error('this is not an installation of Parley: no package.json found');
	}
}

export function productVersion(root: string): string {
	return manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version;
}
