/**
 * What is wrong with a package lock. npm drops platform builds that a registry lacks from the lock without a word, and
 * `npm ci` then refuses the lock on another machine; and a lock must not say which registry its author used.
 */
import * as z from 'zod';

const lockSchema = z.object({
	packages: z.record(
		z.string(),
		z.object({
			version: z.string().optional(),
			link: z.boolean().optional(),
			resolved: z.string().optional(),
			integrity: z.string().optional(),
			optionalDependencies: z.record(z.string(), z.string()).optional(),
		}),
	),
});

const nested = 'node_modules/';

/** True when Node would find `name` from the package at `from`, walking up as module resolution does. */
function isReachable(packages: ReadonlyMap<string, unknown>, from: string, name: string): boolean {
	for (let at = from; ; ) {
		if (packages.has(`${at === '' ? '' : `${at}/`}${nested}${name}`)) return true;
		if (at === '') return false;
		const cut = at.lastIndexOf(nested);
		at = cut <= 0 ? '' : at.slice(0, cut - 1);
	}
}

/** Every defect of the lock, as a sentence. Throws a ZodError when `lock` is no package lock. */
export function lockProblems(lock: unknown): string[] {
	const packages = new Map(Object.entries(lockSchema.parse(lock).packages));
	const problems: string[] = [];
	for (const [path, entry] of packages) {
		if (entry.resolved !== undefined) problems.push(`${path}: names a registry or a file: ${entry.resolved}`);
		if (path !== '' && entry.link !== true && entry.integrity === undefined)
			problems.push(`${path}: has no integrity hash`);
		for (const name of Object.keys(entry.optionalDependencies ?? {})) {
			if (!isReachable(packages, path, name)) problems.push(`${path}: its optional dependency ${name} has no entry`);
		}
	}
	return problems;
}
