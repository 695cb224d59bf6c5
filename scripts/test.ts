/**
 * `npm test [suite…]`: unit tests, adapter conformance, real servers and browser journeys, one after the other, with
 * their progress; at the end what was skipped and why, which servers ran, and one line of totals.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium } from './chromium.ts';
import { bin, isStopping, projectRoot, run, runScript, stopChildrenOnSignal } from './child.ts';
import {
	type NamedSummary,
	type ServerManifest,
	type SuiteSummary,
	serverManifestSchema,
	suiteSummarySchema,
	summarisePlaywright,
	totalLines,
} from './test-totals.ts';

const resultsDir = join(projectRoot, 'out', 'test');
const serverManifestPath = join(resultsDir, 'server-manifest.json');

function failedSuite(reason: string): SuiteSummary {
	return { passed: 0, failed: 1, skipped: [], failures: [reason], retried: [] };
}

function readJson(path: string): unknown {
	return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : undefined;
}

async function vitest(name: string, args: readonly string[]): Promise<SuiteSummary> {
	const path = join(resultsDir, `${name}.json`);
	const reporters = ['--reporter=default', '--reporter=./scripts/vitest-summary.ts', '--silent=passed-only'];
	const env = { PARLEY_TEST_SUMMARY: path, PARLEY_SERVER_MANIFEST: serverManifestPath };
	const { code } = await run(bin('vitest'), ['run', ...reporters, ...args], { output: 'stream', env });
	const summary = readJson(path);
	if (summary === undefined) return failedSuite(`vitest ended with code ${code} and no summary`);
	const parsed = suiteSummarySchema.parse(summary);
	return code !== 0 && parsed.failed === 0 ? { ...parsed, ...failedSuite(`vitest ended with code ${code}`) } : parsed;
}

async function journeys(): Promise<SuiteSummary> {
	const chromium = await findChromium();
	if (chromium.path === undefined) {
		return {
			passed: 0,
			failed: 0,
			skipped: [{ name: 'browser journeys', reason: chromium.reason }],
			failures: [],
			retried: [],
		};
	}
	const built = await runScript('build', ['--quiet'], { output: 'stream' });
	if (built.code !== 0) return failedSuite('the build failed');
	const path = join(resultsDir, 'journeys.json');
	const env = {
		PARLEY_CHROMIUM: chromium.path,
		PLAYWRIGHT_JSON_OUTPUT_NAME: path,
		PARLEY_SERVER_MANIFEST: serverManifestPath,
	};
	const args = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json'];
	const { code } = await run(bin('playwright'), args, { output: 'stream', env });
	const report = readJson(path);
	return report === undefined
		? failedSuite(`playwright ended with code ${code} and no report`)
		: summarisePlaywright(report);
}

const suites: ReadonlyMap<string, () => Promise<SuiteSummary>> = new Map([
	['unit', () => vitest('unit', ['--project', 'unit', '--project', 'ui', '--exclude', '**/*conformance.test.ts'])],
	['conformance', () => vitest('conformance', ['--project', 'unit', 'conformance.test.ts'])],
	['servers', () => vitest('servers', ['--project', 'server'])],
	['journeys', journeys],
]);

function serversSeen(): ServerManifest {
	const manifest = serverManifestSchema.safeParse(readJson(serverManifestPath));
	return manifest.success ? manifest.data : [];
}

stopChildrenOnSignal();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.has(name));
if (unknown.length > 0) {
	console.error(`unknown suite ${unknown.join(', ')}; there are ${[...suites.keys()].join(', ')}`);
	process.exitCode = 2;
} else {
	rmSync(resultsDir, { recursive: true, force: true });
	mkdirSync(resultsDir, { recursive: true });
	const done: NamedSummary[] = [];
	for (const [suite, start] of suites) {
		if ((wanted.length > 0 && !wanted.includes(suite)) || isStopping()) continue;
		console.log(`\n== ${suite} ==`);
		const since = performance.now();
		const summary = await start();
		done.push({ suite, seconds: (performance.now() - since) / 1000, summary });
	}
	console.log('');
	for (const line of totalLines(done, serversSeen())) console.log(line);
	if (done.some(({ summary }) => summary.failed > 0)) process.exitCode = 1;
}
