/**
 * Tables of what was measured, and the comparison with a stored run. Two runs are compared by ratios: each time is
 * divided by the time of the reference workload in the same process, so that a busy or another machine counts little.
 */
import type { BenchResult, Figure } from './measure.ts';

/** A whole run as it is stored: facts of the machine that explain the numbers, nothing that names it. */
export interface StoredRun {
	readonly at: string;
	readonly machine: {
		readonly processor: string;
		readonly cores: number;
		readonly memoryGb: number;
		readonly platform: string;
		readonly node: string;
	};
	readonly benches: Readonly<Record<string, BenchResult>>;
}

const header = ['', 'p50', 'p99', 'judged', 'target', '', 'ratio', 'stored', 'change'] as const;

/** Times per reference workload; null where a number does not scale with the machine. */
function ratioOf(figure: Figure, result: BenchResult): number | null {
	return figure.reference === null ? null : figure.value / result.references[figure.reference];
}

function round(value: number): string {
	return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

const withUnit = (value: number, unit: Figure['unit']): string => `${round(value)} ${unit}`;

/** Is the target met? Null without one. */
export function meets(figure: Figure): boolean | null {
	if (figure.target === null) return null;
	const { limit, is } = figure.target;
	return is === 'at most' ? figure.value <= limit : figure.value >= limit;
}

function rowOf(name: string, figure: Figure, result: BenchResult, stored: StoredRun | null): string[] {
	const before = stored?.benches[name];
	const old = before?.figures.find((other) => other.name === figure.name);
	const ratio = ratioOf(figure, result);
	const oldRatio = before === undefined || old === undefined ? null : ratioOf(old, before);
	const { p50, p99, target, unit } = figure;
	const met = meets(figure);
	return [
		`${name}: ${figure.name}`,
		p50 === null ? '' : withUnit(p50, unit),
		p99 === null ? '' : withUnit(p99, unit),
		withUnit(figure.value, unit),
		target === null ? '' : `${target.is} ${target.limit}`,
		met === null ? '' : met ? 'met' : 'MISSED',
		ratio === null ? '' : round(ratio),
		oldRatio === null ? '' : round(oldRatio),
		ratio === null || oldRatio === null || oldRatio === 0 ? '' : `${round((ratio / oldRatio - 1) * 100)} %`,
	];
}

/** The run as a Markdown table, which a terminal shows well enough. */
export function table(benches: Readonly<Record<string, BenchResult>>, stored: StoredRun | null): string {
	const rows = Object.entries(benches).flatMap(([name, result]) =>
		result.figures.map((figure) => rowOf(name, figure, result, stored)),
	);
	const widths = header.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i]?.length ?? 0)));
	const line = (cells: readonly string[]): string =>
		`| ${widths.map((width, i) => (i === 0 ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width))).join(' | ')} |`;
	const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
	return [line(header), rule, ...rows.map(line)].join('\n');
}
