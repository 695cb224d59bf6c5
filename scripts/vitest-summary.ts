/**
 * Vitest reporter that leaves a machine-readable summary behind, for the totals that `npm test` prints. Output file:
 * environment variable PARLEY_TEST_SUMMARY.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { SuiteSummary } from './test-totals.ts';

function skipReason(note: string | undefined): string {
	return note ?? 'no reason given';
}

export function summarise(modules: readonly TestModule[]): SuiteSummary {
	const summary = {
		passed: 0,
		failed: 0,
		skipped: [] as { name: string; reason: string }[],
		failures: [] as string[],
		retried: [] as string[],
	};
	for (const testModule of modules) {
		for (const test of testModule.children.allTests()) {
			const result = test.result();
			const name = `${testModule.relativeModuleId} > ${test.fullName}`;
			if (test.diagnostic()?.flaky === true) summary.retried.push(name);
			if (result.state === 'passed') summary.passed += 1;
			else if (result.state === 'failed') {
				summary.failed += 1;
				summary.failures.push(name);
			} else summary.skipped.push({ name, reason: skipReason(result.state === 'skipped' ? result.note : 'never ran') });
		}
		// A file that cannot be loaded, or whose hooks fail, has no failing test of its own.
		const ownErrors = testModule.errors().length;
		const suiteErrors = [...testModule.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
		if (ownErrors + suiteErrors > 0) {
			summary.failed += ownErrors + suiteErrors;
			summary.failures.push(`${testModule.relativeModuleId} (outside of a test)`);
		}
	}
	return summary;
}

class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
		const path = process.env['PARLEY_TEST_SUMMARY'];
		if (path === undefined) return;
		const summary = summarise(modules);
		const failures = [...summary.failures, ...unhandled.map(() => 'unhandled error')];
		writeFileSync(path, JSON.stringify({ ...summary, failed: summary.failed + unhandled.length, failures }));
	}
}

export default SummaryReporter;
