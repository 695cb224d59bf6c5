/** `docs/protocols/truth.md` says what the servers give: each is asked again, and its column compared. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { protocolFactories } from '../../protocols/registry.ts';
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { measure } from './measure.ts';
import { truthNetworks } from './networks.ts';
import { columnOf, truthPage } from './table.ts';

const page = readFileSync(new URL('../../docs/protocols/truth.md', import.meta.url), 'utf8');

for (const network of truthNetworks) {
	await describeWithServers(
		`truth of ${network.name}`,
		network.needs,
		() => {
			test('the page says what this server gives', async () => {
				const factory = protocolFactories().find((one) => one.describe().name === network.protocol);
				if (factory === undefined) throw new Error(`Parley does not speak ${network.protocol}`);
				await factory.load?.();
				const truth = await measure(network, factory);
				const found = columnOf(truthPage([truth]), truth.title);
				expect(found.length).toBeGreaterThan(90);
				expect(columnOf(page, truth.title), 'run node scripts/truth-table.ts').toEqual(found);
			});
		},
		{ concurrent: true },
	);
}
