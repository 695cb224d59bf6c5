/** Command line of the browser host. */
import { parseArgs } from 'node:util';

export interface CliOptions {
	readonly port: number;
	readonly profile: string | undefined;
	readonly open: boolean;
	readonly app: boolean;
	readonly passphrase: boolean;
	readonly allowHosts: readonly string[];
	readonly protocols: 'real' | 'fake';
	readonly help: boolean;
}

export const usage = `Usage: npm start -- [options]

  --web               in the browser, even when the desktop window is available
  --desktop           the desktop window or nothing
  --profile DIR       folder of the profile (default: the system's folder for application data)
  --port N            port on 127.0.0.1 (default: any free one)
  --no-open           print the address only, open nothing
  --no-app            a tab of the default browser instead of an application window
  --passphrase        protect a new profile with a passphrase (also PARLEY_PASSPHRASE)
  --allow-host NAME   also answer requests for this host name; for a proxy with TLS in front
  --help`;

/** Throws a TypeError with a readable message for what it does not understand. */
export function parseCli(args: readonly string[]): CliOptions {
	const { values } = parseArgs({
		args: [...args],
		allowNegative: true,
		options: {
			port: { type: 'string', default: '0' },
			profile: { type: 'string' },
			open: { type: 'boolean', default: true },
			app: { type: 'boolean', default: true },
			passphrase: { type: 'boolean', default: false },
			'allow-host': { type: 'string', multiple: true, default: [] },
			protocols: { type: 'string', default: 'real' },
			help: { type: 'boolean', default: false },
		},
	});
	const port = Number(values.port);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError(`--port ${values.port}: not a port`);
	if (values.protocols !== 'real' && values.protocols !== 'fake') throw new TypeError('--protocols: real or fake');
	return {
		port,
		profile: values.profile,
		open: values.open,
		app: values.app,
		passphrase: values.passphrase,
		allowHosts: values['allow-host'],
		protocols: values.protocols,
		help: values.help,
	};
}
