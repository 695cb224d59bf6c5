import { expect, test } from 'vitest';
import type { BenchResult } from './measure.ts';
import { meets, table } from './report.ts';
import type { StoredRun } from './report.ts';

const result = (value: number, cpu: number): BenchResult => ({
	references: { cpu, sqlite: 1 },
	figures: [
		{
			name: 'work',
			unit: 'ms',
			p50: null,
			p99: null,
			value,
			target: { limit: 100, is: 'at most' },
			reference: 'cpu',
		},
	],
});
const stored: StoredRun = {
	at: '2026-01-01T00:00:00.000Z',
	machine: { processor: 'x', cores: 2, memoryGb: 8, platform: 'linux', node: 'v24' },
	benches: { some: result(90, 10) },
};

test('runs are compared by their ratios to the reference, not by time', () => {
	// Twice as slow on a machine that is twice as slow: nothing changed, though the target is missed now.
	const lines = table({ some: result(180, 20) }, stored).split('\n');
	expect(lines[2]?.split('|').map((cell) => cell.trim())).toEqual([
		...['', 'some: work', '', '', '180 ms', 'at most 100', 'MISSED', '9.00', '9.00', '0.00 %', ''],
	]);
});

test('a first run has nothing to be compared with', () => {
	const [, , line] = table({ other: result(50, 10) }, stored).split('\n');
	expect(line).toContain('met');
	expect(line).not.toContain('%');
});

test('targets have a direction', () => {
	const [figure] = result(55, 1).figures;
	if (figure === undefined) throw new Error('no figure');
	expect(meets({ ...figure, target: { limit: 55, is: 'at least' } })).toBe(true);
	expect(meets({ ...figure, value: 54, target: { limit: 55, is: 'at least' } })).toBe(false);
	expect(meets({ ...figure, target: null })).toBeNull();
});
