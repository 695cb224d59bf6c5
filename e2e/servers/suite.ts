// This file wraps `describe` itself, so the rules for ordinary test files do not fit it.
/* oxlint-disable vitest/no-conditional-tests, vitest/valid-title, vitest/valid-describe-callback, vitest/expect-expect */
import { describe, test } from 'vitest';
import { ServerUnavailable } from './errors.ts';
import { recordServer } from './manifest.ts';
import { progressLine } from './progress.ts';
import type { Fetchable } from './suite-need.ts';

export interface SuiteOptions {
	/** Run beside the other concurrent suites of the file; what is inside inherits it unless it says `false`. */
	readonly concurrent?: boolean;
}

/**
 * A suite against real servers. Fetches what it needs first; where this machine can't have it, the whole suite is
 * skipped under its own name with the reason, and the manifest of the test run says so.
 *
 * Call it with `await` at the top level of a test file.
 */
export async function describeWithServers(
	title: string,
	needs: readonly Fetchable[],
	body: () => void | Promise<void>,
	options: SuiteOptions = {},
): Promise<void> {
	const missing: string[] = [];
	for (const need of needs) {
		try {
			if (!isEnabled(need.name)) throw new ServerUnavailable('disabled', 'not among PARLEY_TEST_SERVERS');
			const { version } = await need.fetch((event) => process.stderr.write(`${progressLine(event)}\n`));
			await recordServer({ name: need.name, version, reason: null });
		} catch (error) {
			if (!(error instanceof ServerUnavailable)) throw error;
			missing.push(`${need.name}: ${error.message}`);
			await recordServer({ name: need.name, version: null, reason: error.message });
		}
	}
	if (missing.length === 0) {
		describe(title, options, body);
		return;
	}
	describe(title, () => {
		test('needs servers', ({ skip }) => skip(missing.join('; ')));
	});
}

function isEnabled(name: string): boolean {
	const only = process.env['PARLEY_TEST_SERVERS'];
	return only === undefined || only === '' || only.split(',').includes(name);
}
