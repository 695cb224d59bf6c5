/** What the benches share: clocks, percentiles, the two reference workloads, and how one bench reports its figures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDatabase } from '../engine/store/sqlite/open.ts';

/** One measured number. Times are milliseconds. */
export interface Figure {
	readonly name: string;
	readonly unit: 'ms' | 'px' | 'frames/s' | 'frames' | 'MB';
	/** Median and 99th percentile, where there were many samples. */
	readonly p50: number | null;
	readonly p99: number | null;
	/** The number that the target speaks of. */
	readonly value: number;
	readonly target: { readonly limit: number; readonly is: 'at most' | 'at least' } | null;
	/** The reference workload that this number moves with on another machine; null when it should be the same anywhere. */
	readonly reference: 'cpu' | 'sqlite' | null;
}

/** Times of the reference workloads in the same process, in milliseconds. */
export interface References {
	readonly cpu: number;
	readonly sqlite: number;
}

export interface BenchResult {
	readonly references: References;
	readonly figures: readonly Figure[];
}

export const databaseKey = new Uint8Array(32).fill(7);

/** Runs `work` in a fresh folder that is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
	try {
		return await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	}
}

export function percentile(samples: readonly number[], share: number): number {
	const sorted = samples.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

type FigureOptions = Partial<Pick<Figure, 'unit' | 'target' | 'reference'>>;

/** Many samples, judged by their 99th percentile. */
export function spread(name: string, samples: readonly number[], options: FigureOptions = {}): Figure {
	const p99 = percentile(samples, 0.99);
	return {
		name,
		unit: 'ms',
		target: null,
		reference: 'cpu',
		...options,
		p50: percentile(samples, 0.5),
		p99,
		value: p99,
	};
}

/** One number. */
export function single(name: string, value: number, options: FigureOptions = {}): Figure {
	return { name, unit: 'ms', target: null, reference: 'cpu', ...options, p50: null, p99: null, value };
}

export const atMost = (limit: number): NonNullable<Figure['target']> => ({ limit, is: 'at most' });
export const atLeast = (limit: number): NonNullable<Figure['target']> => ({ limit, is: 'at least' });

export async function timed(work: () => unknown): Promise<number> {
	const from = performance.now();
	await work();
	return performance.now() - from;
}

/** Longest time the event loop of this thread did not turn while `work` ran, in milliseconds. */
export async function longestStall(work: () => Promise<void>): Promise<number> {
	const delay = monitorEventLoopDelay({ resolution: 2 });
	delay.enable();
	await work();
	delay.disable();
	return delay.max / 1e6;
}

/** Resolves when `probe` is true; looks every 5 ms. Rejects after `limitMs`. */
export async function until(probe: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
	const end = performance.now() + limitMs;
	while (!(await probe())) {
		if (performance.now() > end) throw new Error('what the bench waits for did not happen');
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

/** The best of three of a fixed loop over integers and a map: what this machine's processor does for our kind of code. */
function cpuReference(): number {
	const once = (): number => {
		const from = performance.now();
		const map = new Map<string, number>();
		let hash = 17;
		for (let i = 0; i < 20_000_000; i++) {
			hash = (Math.imul(hash, 31) + i) | 0;
			if (i % 32 === 0) map.set(`key ${hash & 4095}`, hash);
		}
		return map.size > 0 ? performance.now() - from : Number.NaN;
	};
	return Math.min(once(), once(), once());
}

/** 10,000 bare inserts of 200 bytes, 200 a transaction, into an encrypted file with the product's own settings. */
async function sqliteReference(): Promise<number> {
	return inFolder(async (folder) => {
		const { db, close } = openDatabase({ file: join(folder, 'reference.db'), key: databaseKey }, [
			{ version: 1, name: 'reference', sql: 'CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT' },
		]);
		const body = 'x'.repeat(200);
		const ms = await timed(() => {
			for (let batch = 0; batch < 50; batch++) {
				db.transaction(() => {
					for (let i = 0; i < 200; i++) db.run('INSERT INTO rows (body) VALUES ($body)', { body });
				});
			}
		});
		close();
		return ms;
	});
}

export async function measureReferences(): Promise<References> {
	return { cpu: cpuReference(), sqlite: await sqliteReference() };
}

/**
 * Runs one bench file: references first, then its figures, handed to the parent process, or printed when there is none.
 */
export async function runBench(measure: () => Promise<readonly Figure[]>): Promise<void> {
	const references = await measureReferences();
	const result: BenchResult = { references, figures: await measure() };
	if (process.send === undefined) console.log(JSON.stringify(result, null, '\t'));
	else process.send(result);
	// Workers and sockets of the bench are closed by now; nothing else may keep the process.
	if (process.connected) process.disconnect();
}
