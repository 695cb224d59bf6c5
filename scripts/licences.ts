/**
 * Which licences of dependencies are compatible with AGPL-3.0-only, and which packages of a lock have another one. An
 * unknown licence is a problem until somebody has read it.
 */
import * as z from 'zod';

const compatible = new Set([
	'0BSD',
	'AGPL-3.0-only',
	'AGPL-3.0-or-later',
	'Apache-2.0',
	'BlueOak-1.0.0',
	'BSD-2-Clause',
	'BSD-3-Clause',
	'CC0-1.0',
	'GPL-3.0-only',
	'GPL-3.0-or-later',
	'ISC',
	'LGPL-3.0-only',
	'LGPL-3.0-or-later',
	'MIT',
	'MPL-2.0',
	'Python-2.0',
	'Unicode-3.0',
	'Unlicense',
	'WTFPL',
	'Zlib',
]);

/** Licences read by hand, because the package states them elsewhere than in its manifest or they need a reason. */
const readByHand: ReadonlyMap<string, string> = new Map([
	['middleware-handler', 'MIT, in its LICENSE file'],
	['caniuse-lite', 'CC-BY-4.0: data of a build tool, not part of the product'],
]);

/** True for an SPDX expression of which at least one choice is compatible. Understands OR, AND and parentheses. */
export function isCompatible(expression: string): boolean {
	const bare = expression.trim().replace(/^\((.*)\)$/, '$1');
	if (/\sOR\s/.test(bare)) return bare.split(/\sOR\s/).some(isCompatible);
	if (/\sAND\s/.test(bare)) return bare.split(/\sAND\s/).every(isCompatible);
	return compatible.has(bare);
}

const lockSchema = z.object({
	packages: z.record(
		z.string(),
		z.object({ name: z.string().optional(), license: z.string().optional(), link: z.boolean().optional() }),
	),
});

/** Every package of a lock whose licence is not known to be compatible, as a sentence. */
export function licenceProblems(lock: unknown): string[] {
	const problems: string[] = [];
	for (const [path, entry] of Object.entries(lockSchema.parse(lock).packages)) {
		if (path === '') continue;
		const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
		if (readByHand.has(name) || (entry.license !== undefined && isCompatible(entry.license))) continue;
		problems.push(`${name}: ${entry.license ?? 'states no licence'}`);
	}
	return problems;
}
