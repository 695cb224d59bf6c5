/**
 * `npm run bench [-- name …] [-- --store]`: runs the benches, each in a process of its own, prints the table and compares
 * with the stored run. `--store` replaces the stored figures of the benches that ran. Never fails for being slow.
 */
import { fork } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { BenchResult } from '../bench/measure.ts';
import { table } from '../bench/report.ts';
import type { StoredRun } from '../bench/report.ts';
import { projectRoot } from './child.ts';

const folder = join(projectRoot, 'bench');
const storedPath = join(folder, 'results', 'stored.json');
const limitMs = 120_000;

/** Null when the bench ended without a result; its own output says why. */
function runOne(name: string): Promise<BenchResult | null> {
	return new Promise((resolve) => {
		const child = fork(join(folder, `${name}.bench.ts`), { cwd: projectRoot, timeout: limitMs });
		let result: BenchResult | null = null;
		// The child is one of our own benches: it sends its result and nothing else.
		child.on('message', (message) => (result = message as BenchResult));
		child.on('error', () => resolve(null));
		child.on('exit', () => resolve(result));
	});
}

function readStored(): StoredRun | null {
	try {
		return JSON.parse(readFileSync(storedPath, 'utf8')) as StoredRun;
	} catch {
		return null;
	}
}

const known = globSync('*.bench.ts', { cwd: folder })
	.map((file) => basename(file, '.bench.ts'))
	.toSorted();
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) console.log(`no such bench: ${unknown.join(', ')}; there are ${known.join(', ')}`);
const benches: Record<string, BenchResult> = {};
for (const name of known.filter((one) => wanted.length === 0 || wanted.includes(one))) {
	const from = performance.now();
	const result = await runOne(name);
	console.log(
		`${name}: ${result === null ? 'no result' : 'done'} in ${((performance.now() - from) / 1000).toFixed(1)} s`,
	);
	if (result !== null) benches[name] = result;
}
const stored = readStored();
console.log(`\n${table(benches, stored)}`);
console.log(
	stored === null ? '\nThere is no stored run to compare with.' : `\nCompared with the run of ${stored.at} by ratios.`,
);
if (process.argv.includes('--store')) {
	const run: StoredRun = {
		at: new Date().toISOString(),
		machine: {
			processor: cpus()[0]?.model ?? 'unknown',
			cores: cpus().length,
			memoryGb: Math.round(totalmem() / 2 ** 30),
			platform: `${process.platform} ${process.arch}`,
			node: process.version,
		},
		benches: { ...stored?.benches, ...benches },
	};
	mkdirSync(dirname(storedPath), { recursive: true });
	writeFileSync(storedPath, `${JSON.stringify(run, null, '\t')}\n`);
	console.log('Stored in bench/results/stored.json.');
}
