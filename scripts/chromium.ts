/** Finds a Chromium for the browser journeys, and installs Debian's when there is none and we may. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './child.ts';

export type FoundChromium = { readonly path: string } | { readonly path: undefined; readonly reason: string };

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** A Chromium on the machine: PARLEY_CHROMIUM, else the search path. Looks at the disk only. */
export function installedChromium(): string | undefined {
	const candidates = [
		process.env['PARLEY_CHROMIUM'],
		...(process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => names.map((name) => join(dir, name))),
	];
	return candidates.find((path) => {
		if (path === undefined || path === '') return false;
		try {
			accessSync(path, constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** Like {@link installedChromium}, but on Debian as root the package is installed when missing. */
export async function findChromium(): Promise<FoundChromium> {
	const found = installedChromium();
	if (found !== undefined) return { path: found };
	if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
		return { path: undefined, reason: 'no Chromium found; install one or set PARLEY_CHROMIUM' };
	}
	console.log('Installing Chromium from the system package source (first run, one to three minutes).');
	const wait = ['-o', 'DPkg::Lock::Timeout=600'];
	const env = { DEBIAN_FRONTEND: 'noninteractive' };
	await run('apt-get', ['update', '-qq', ...wait], { output: 'stream', env });
	const args = ['install', '-y', '-qq', '--no-install-recommends', ...wait, 'chromium', 'fonts-dejavu-core'];
	const installed = await run('apt-get', args, { output: 'stream', env });
	const path = installedChromium();
	return path === undefined
		? { path, reason: `apt-get could not install chromium (code ${installed.code})` }
		: { path };
}
