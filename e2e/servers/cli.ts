import { parseArgs } from 'node:util';
import { cacheRoot } from './cache.ts';
import { ServerUnavailable } from './errors.ts';
import { type Progress, progressLine } from './progress.ts';
import { ALL_SERVERS, type ServerEntry } from './registry.ts';
import type { TestServer } from './server.ts';

const USAGE = `Usage: node e2e/servers/cli.ts COMMAND [NAME…]

  fetch [NAME…]   put servers into the cache (all of them without a name)
  start NAME…     start servers and keep them running until Ctrl-C
  list            names of all servers

Options of start:
  --dir FOLDER    keep the data in FOLDER/NAME instead of a temporary folder

The cache is ${cacheRoot()}
`;

const say = (line: string): void => {
	process.stdout.write(`${line}\n`);
};
const progress: Progress = (event) => say(progressLine(event));

async function main(argv: readonly string[]): Promise<number> {
	const { positionals, values } = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: { dir: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
	});
	const [command, ...names] = positionals;
	if (values.help === true || command === undefined) {
		say(USAGE);
		return values.help === true ? 0 : 2;
	}
	const unknown = names.filter((name) => !ALL_SERVERS.some((one) => one.name === name));
	if (unknown.length > 0) {
		say(`No such server: ${unknown.join(', ')}. There are: ${ALL_SERVERS.map((one) => one.name).join(', ')}.`);
		return 2;
	}
	const chosen = names.length === 0 ? ALL_SERVERS : ALL_SERVERS.filter((one) => names.includes(one.name));
	switch (command) {
		case 'list':
			for (const one of ALL_SERVERS) say(one.name);
			return 0;
		case 'fetch':
			return fetchAll(chosen);
		case 'start':
			return names.length === 0 ? complain('start needs the name of a server') : startAll(chosen, values.dir);
		default:
			return complain(`there is no command ${command}`);
	}
}

function complain(what: string): number {
	say(`${what}\n\n${USAGE}`);
	return 2;
}

async function fetchAll(servers: readonly ServerEntry[]): Promise<number> {
	let failures = 0;
	for (const server of servers) {
		try {
			const { version } = await server.fetch(progress);
			say(`${server.name} ${version} is in the cache`);
		} catch (error) {
			if (!(error instanceof ServerUnavailable)) throw error;
			say(`${server.name} is not available: ${error.message}`);
			failures++;
		}
	}
	return failures === 0 ? 0 : 1;
}

async function startAll(servers: readonly ServerEntry[], dir: string | undefined): Promise<number> {
	const running: TestServer[] = [];
	const stop = Promise.withResolvers<void>();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.resolve());
	try {
		for (const server of servers) {
			const folder = dir === undefined ? {} : { dir: `${dir}/${server.name}` };
			const started = await server.start({ ...folder, progress });
			running.push(started);
			const ports = Object.entries(started.ports).map(([name, port]) => `${name} ${port}`);
			say(`${started.name} ${started.version} on ${started.host}: ${ports.join(', ')}; data in ${started.dir}`);
		}
		say('Ctrl-C stops everything.');
		await stop.promise;
	} finally {
		await Promise.all(running.map((one) => one.stop()));
	}
	return 0;
}

process.exitCode = await main(process.argv.slice(2));
