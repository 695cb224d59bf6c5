/** Entry of the browser host: `node host/browser/cli.ts [options]`. */
import { constants } from 'node:os';
import { join } from 'node:path';
import { KeyUnavailable } from '../key-store.ts';
import { defaultProfileDir } from '../profile.ts';
import type { ProfileHolder } from '../profile-lock.ts';
import { terminalPassphrase } from './ask-passphrase.ts';
import { type CliOptions, parseCli, usage } from './options.ts';
import { runBrowserHost } from './run.ts';
import { openWindow } from './window.ts';

function describeHolder(holder: ProfileHolder | null): string {
	if (holder === null) return 'another Parley that is still starting';
	const kind = holder.host === 'desktop' ? 'the desktop window of Parley' : 'another Parley';
	return `${kind} (process ${holder.pid}, since ${new Date(holder.startedAt).toLocaleString()})`;
}

/** How long a process that only attached waits for the browser to read the address, in milliseconds. */
const attachedHoldMs = 15_000;

async function show(url: string, profileDir: string, options: CliOptions, attached: boolean): Promise<void> {
	console.log(url);
	if (!options.open) return;
	const opened = await openWindow({
		url,
		app: options.app,
		browserProfile: join(profileDir, 'window'),
		redirectDir: join(profileDir, 'window'),
		env: process.env,
		platform: process.platform,
		isRoot: process.getuid?.() === 0,
		...(attached && { holdProcess: true, redirectMs: attachedHoldMs }),
	});
	if (!opened) console.log('Open this address in a browser on this machine; it works once, within a minute.');
}

async function main(options: CliOptions): Promise<void> {
	const fatal = Promise.withResolvers<Error>();
	const log = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
		console.error(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
	};
	const result = await runBrowserHost({
		cli: options,
		env: process.env,
		ask: terminalPassphrase(process.env),
		log,
		onFatal: fatal.resolve,
	});
	if (result.kind === 'held') {
		console.error(`The profile in ${result.profileDir} is open in ${describeHolder(result.holder)}.`);
		process.exitCode = 3;
		return;
	}
	if (result.kind === 'attached') {
		console.log(`Parley is running already (process ${result.holder.pid}); this is a new window of it.`);
		await show(
			result.url,
			options.profile ?? defaultProfileDir(process.platform, process.env),
			{
				...options,
				app: options.app && options.profile !== undefined,
			},
			true,
		);
		return;
	}
	const ended = new Promise<number>((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(signal, () => resolve(128 + constants.signals[signal]));
		}
		void fatal.promise.then((error) => {
			console.error(`Parley has to end: ${error.message}`);
			resolve(1);
		});
	});
	console.log(`Parley is running; Ctrl-C ends it. Profile: ${result.profileDir}`);
	await show(result.server.issueUrl(), result.profileDir, options, false);
	const code = await ended;
	await result.stop();
	process.exitCode = code === 130 || code === 143 ? 0 : code;
}

try {
	const options = parseCli(process.argv.slice(2));
	if (options.help) console.log(usage);
	else await main(options);
} catch (error) {
	if (error instanceof KeyUnavailable) console.error(`The profile stays closed: ${error.message}.`);
	else if (error instanceof Error) console.error(error.message);
	process.exitCode = 1;
}
