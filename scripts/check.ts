/**
 * `npm run check`: everything that can be known in under a minute without a server. Each step prints its time; a failing
 * step prints its output and the others still run, so that one run shows all problems.
 */
import { bin, type Finished, isStopping, run, runScript, stopChildrenOnSignal } from './child.ts';

type Step = { readonly name: string; readonly start: () => Promise<Finished> };

const capture = { output: 'capture' } as const;
const quick: readonly Step[] = [
	{ name: 'format', start: () => run(bin('biome'), ['format', '--max-diagnostics=20', '.'], capture) },
	{ name: 'lint', start: () => run(bin('oxlint'), ['--type-aware', '--quiet', '.'], capture) },
	{ name: 'boundaries', start: () => runScript('check-boundaries', [], capture) },
	{ name: 'unused code', start: () => run(bin('knip'), ['--no-progress', '--treat-config-hints-as-errors'], capture) },
	{ name: 'protocol names', start: () => runScript('check-protocol-names', [], capture) },
	{ name: 'lock file', start: () => runScript('check-lock', [], capture) },
	{ name: 'licences', start: () => runScript('check-licences', [], capture) },
	{ name: 'types', start: () => runScript('types', [], capture) },
];
const unit: Step = {
	name: 'unit tests',
	start: () => run(bin('vitest'), ['run', '--project', 'unit', '--project', 'ui', '--silent=passed-only'], capture),
};

function seconds(since: number): string {
	return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

async function perform({ name, start }: Step): Promise<boolean> {
	const since = performance.now();
	const { code, output } = await start();
	const ok = code === 0;
	console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds(since)}`);
	if (!ok && !isStopping()) console.log(output.trimEnd().replaceAll(/^/gm, '    '));
	return ok;
}

stopChildrenOnSignal();
const since = performance.now();
const failed: string[] = [];

async function performAll(steps: readonly Step[]): Promise<void> {
	for (const step of steps) {
		if (isStopping()) return;
		if (!(await perform(step))) failed.push(step.name);
	}
}

// The tests spend part of their time waiting; the quick steps, one after the other, fit into it.
await Promise.all([performAll(quick), performAll([unit])]);
console.log(
	failed.length === 0 ? `check passed in ${seconds(since)}` : `check FAILED: ${failed.join(', ')} (${seconds(since)})`,
);
if (failed.length > 0) process.exitCode = 1;
