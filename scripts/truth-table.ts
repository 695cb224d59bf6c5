/** Writes `docs/protocols/truth.md`: asks every real server what Parley can do there. Takes about ten seconds. */
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { measure } from './truth/measure.ts';
import { truthNetworks } from './truth/networks.ts';
import { truthPage } from './truth/table.ts';
import { protocolFactories } from '../protocols/registry.ts';

// All at the same time: each mostly waits for its own server.
const truths = await Promise.all(
	truthNetworks.map(async (network) => {
		const factory = protocolFactories().find((one) => one.describe().name === network.protocol);
		if (factory === undefined) throw new Error(`Parley does not speak ${network.protocol}`);
		await factory.load?.();
		return measure(network, factory);
	}),
);
await writeFile(new URL('../docs/protocols/truth.md', import.meta.url), truthPage(truths));
process.stdout.write('written: docs/protocols/truth.md\n');
// Adapters may keep timers of their own for a while.
process.exit();
