import { describe, expect, it } from 'vitest';
import { summarisePlaywright, totalLines } from './test-totals.ts';

describe('totalLines', () => {
	const suites = [
		{ suite: 'unit', seconds: 3.2, summary: { passed: 10, failed: 0, skipped: [], failures: [], retried: [] } },
		{
			suite: 'servers',
			seconds: 60,
			summary: {
				passed: 3,
				failed: 1,
				skipped: [
					{ name: 'a.server.test.ts > one', reason: 'soju: no network' },
					{ name: 'a.server.test.ts > two', reason: 'soju: no network' },
				],
				failures: ['b.server.test.ts > breaks'],
				retried: ['c.server.test.ts > wobbles'],
			},
		},
	];
	const servers = [
		{ name: 'ergo', version: '2.19', reason: null },
		{ name: 'soju', version: null, reason: 'no network' },
	];

	it('ends with the totals alone on a line', () => {
		const lines = totalLines(suites, servers);
		expect(lines.at(-1)).toBe('13 passed, 1 failed, 2 skipped');
		expect(lines.at(-2)).toBe('');
	});

	it('names servers with version or reason, skipped files with reason, failures', () => {
		const lines = totalLines(suites, servers);
		expect(lines).toContain('server ergo 2.19');
		expect(lines).toContain('server soju NOT RUN: no network');
		expect(lines).toContain('skipped a.server.test.ts (2): soju: no network');
		expect(lines).toContain('failed  servers: b.server.test.ts > breaks');
		expect(lines).toContain('retried servers: c.server.test.ts > wobbles passed on the second try');
	});
});

describe('summarisePlaywright', () => {
	const test = (status: string, annotations: unknown[] = []) => ({ status, projectName: 'browser', annotations });
	const spec = (title: string, one: unknown) => ({ title, file: 'x.spec.ts', tests: [one] });

	it('counts nested specs, names a flaky one, and keeps the reason of a skip', () => {
		const report = {
			errors: [],
			suites: [
				{
					title: 'x.spec.ts',
					specs: [spec('a', test('expected')), spec('b', test('flaky'))],
					suites: [
						{
							title: 'inner',
							specs: [
								spec('c', test('unexpected')),
								spec('d', test('skipped', [{ type: 'skip', description: 'no ergo' }])),
							],
						},
					],
				},
			],
		};
		expect(summarisePlaywright(report)).toEqual({
			passed: 2,
			failed: 1,
			skipped: [{ name: 'x.spec.ts > d [browser]', reason: 'no ergo' }],
			failures: ['x.spec.ts > c [browser]'],
			retried: ['x.spec.ts > b [browser]'],
		});
	});

	it('counts an error outside of tests', () => {
		expect(summarisePlaywright({ suites: [], errors: [{ message: 'cannot load\nstack' }] }).failed).toBe(1);
	});
});
