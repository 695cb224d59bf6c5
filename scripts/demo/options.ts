import { parseArgs } from 'node:util';

const NETWORKS = ['irc', 'xmpp', 'matrix'] as const;
export type Network = (typeof NETWORKS)[number];

export interface DemoOptions {
	readonly networks: readonly Network[];
	/** The people talk to each other, not only when they are spoken to. */
	readonly talkative: boolean;
	/** Open a window or browser, not only print the address. */
	readonly open: boolean;
	readonly help: boolean;
}

export const USAGE = `Usage: npm run demo -- [options]

  --without NAME   skip a network: ${NETWORKS.join(', ')}; may be given several times
  --quiet          the people only speak when they are spoken to
  --no-open        print the address, open nothing
  --help`;

/** Throws a TypeError with a readable message for what it does not understand. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
	const { values } = parseArgs({
		args: [...args],
		allowNegative: true,
		options: {
			without: { type: 'string', multiple: true, default: [] },
			quiet: { type: 'boolean', default: false },
			open: { type: 'boolean', default: true },
			help: { type: 'boolean', default: false },
		},
	});
	const without = values.without.flatMap((one) => one.split(','));
	for (const name of without) {
		if (!NETWORKS.some((one) => one === name)) {
			throw new TypeError(`--without ${name}: there are ${NETWORKS.join(', ')}`);
		}
	}
	const networks = NETWORKS.filter((one) => !without.includes(one));
	if (networks.length === 0) throw new TypeError('without all networks there is nothing to show');
	return { networks, talkative: !values.quiet, open: values.open, help: values.help };
}
