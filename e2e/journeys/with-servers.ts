/** Journeys that need real servers or other people's programs. */
import { ServerUnavailable } from '../servers/errors.ts';
import { recordServer } from '../servers/manifest.ts';
import type { Fetchable } from '../servers/suite-need.ts';
import { test } from './fixture.ts';

/**
 * Call first in `beforeAll`: fetches what is needed. Where this machine can't have it, the tests of the file are skipped
 * under their own names with the reason, and the manifest of the test run says so.
 */
export async function needServers(needs: readonly Fetchable[]): Promise<void> {
	const only = process.env['PARLEY_TEST_SERVERS'] ?? '';
	const missing: string[] = [];
	for (const need of needs) {
		try {
			if (only !== '' && !only.split(',').includes(need.name)) {
				throw new ServerUnavailable('disabled', 'not among PARLEY_TEST_SERVERS');
			}
			const { version } = await need.fetch();
			await recordServer({ name: need.name, version, reason: null });
		} catch (error) {
			if (!(error instanceof ServerUnavailable)) throw error;
			missing.push(`${need.name}: ${error.message}`);
			await recordServer({ name: need.name, version: null, reason: error.message });
		}
	}
	test.skip(missing.length > 0, missing.join('; '));
}

/** Things to stop at the end, in reverse order, whatever happened to the ones before. */
export class Stops {
	readonly #stops: (() => Promise<unknown>)[] = [];

	add(stop: () => Promise<unknown>): void {
		this.#stops.push(stop);
	}

	async stop(): Promise<void> {
		for (const stop of this.#stops.splice(0).reverse()) await stop().catch(() => undefined);
	}
}
