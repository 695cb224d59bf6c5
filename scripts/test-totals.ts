/** What the suites of `npm test` report, and the lines printed at the end. */
import * as z from 'zod';

export const suiteSummarySchema = z.object({
	passed: z.number().int(),
	failed: z.number().int(),
	skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
	failures: z.array(z.string()),
	/** Passed only on a second try: counted as passed, but named. */
	retried: z.array(z.string()).default([]),
});
export type SuiteSummary = z.infer<typeof suiteSummarySchema>;

/** One entry per server that the harness tried: see e2e/servers/README.md. */
export const serverManifestSchema = z.array(
	z.object({
		name: z.string(),
		version: z.string().nullable(),
		/** Why it could not be had; null when it ran. */
		reason: z.string().nullable(),
	}),
);
export type ServerManifest = z.infer<typeof serverManifestSchema>;

type PlaywrightSuite = z.infer<typeof playwrightSuite>;
const playwrightSpec = z.object({
	title: z.string(),
	file: z.string(),
	tests: z.array(
		z.object({
			status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
			projectName: z.string(),
			annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })),
		}),
	),
});
const playwrightSuite = z.object({
	title: z.string(),
	specs: z.array(playwrightSpec),
	get suites() {
		return z.array(playwrightSuite).optional();
	},
});
const playwrightReport = z.object({
	suites: z.array(playwrightSuite),
	errors: z.array(z.object({ message: z.string() })),
});

/** Summary of Playwright's JSON report. A test that passed only on a retry is named. */
export function summarisePlaywright(report: unknown): SuiteSummary {
	const { suites, errors } = playwrightReport.parse(report);
	const failures = errors.map(({ message }) => message.split('\n', 1)[0] ?? 'error');
	const skipped: { name: string; reason: string }[] = [];
	const retried: string[] = [];
	let passed = 0;
	const visit = (suite: PlaywrightSuite): void => {
		for (const { file, title, tests } of suite.specs) {
			for (const test of tests) {
				const name = `${file} > ${title} [${test.projectName}]`;
				if (test.status === 'flaky') retried.push(name);
				if (test.status === 'expected' || test.status === 'flaky') passed += 1;
				else if (test.status === 'skipped') {
					const reason = test.annotations.find(({ type }) => type === 'skip')?.description;
					skipped.push({ name, reason: reason ?? 'no reason given' });
				} else failures.push(name);
			}
		}
		for (const inner of suite.suites ?? []) visit(inner);
	};
	for (const suite of suites) visit(suite);
	return { passed, failed: failures.length, skipped, failures, retried };
}

export type NamedSummary = { readonly suite: string; readonly seconds: number; readonly summary: SuiteSummary };

/** The end of `npm test`: servers, skipped suites, failures, one line per suite and the totals alone on the last line. */
export function totalLines(suites: readonly NamedSummary[], servers: ServerManifest): string[] {
	const lines: string[] = [];
	for (const { name, version, reason } of servers) {
		lines.push(
			reason === null ? `server ${name} ${version ?? 'unknown version'}` : `server ${name} NOT RUN: ${reason}`,
		);
	}
	const skippedBy = new Map<string, Map<string, number>>();
	for (const { summary } of suites) {
		for (const { name, reason } of summary.skipped) {
			const file = name.split(' > ', 1)[0] ?? name;
			const reasons = skippedBy.get(file) ?? new Map<string, number>();
			reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
			skippedBy.set(file, reasons);
		}
	}
	for (const [file, reasons] of skippedBy) {
		for (const [reason, count] of reasons) lines.push(`skipped ${file} (${count}): ${reason}`);
	}
	for (const { suite, summary } of suites) {
		for (const name of summary.retried) lines.push(`retried ${suite}: ${name} passed on the second try`);
	}
	for (const { suite, summary } of suites) {
		for (const failure of summary.failures) lines.push(`failed  ${suite}: ${failure}`);
	}
	for (const { suite, seconds, summary } of suites) {
		const { passed, failed, skipped } = summary;
		lines.push(`${suite}: ${passed} passed, ${failed} failed, ${skipped.length} skipped in ${Math.round(seconds)} s`);
	}
	const sum = (pick: (summary: SuiteSummary) => number): number => suites.reduce((n, one) => n + pick(one.summary), 0);
	lines.push('');
	lines.push(`${sum((s) => s.passed)} passed, ${sum((s) => s.failed)} failed, ${sum((s) => s.skipped.length)} skipped`);
	return lines;
}
