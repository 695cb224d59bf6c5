/** Opens the browser host's address: as an application window of Chromium when one is found, else in the default browser. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { launch, openCommand } from './host.ts';

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

type Environment = Readonly<Record<string, string | undefined>>;

/** A Chromium on the search path; PARLEY_CHROMIUM wins. */
export function findChromium(env: Environment): string | undefined {
	const onPath = (env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
	const candidates = [env['PARLEY_CHROMIUM'], ...onPath.flatMap((dir) => chromiumNames.map((name) => join(dir, name)))];
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

/** The command line of an application window: its own window class and browser profile, so it is no tab of anything. */
export function appWindowCommand(
	chromium: string,
	url: string,
	browserProfile: string,
): readonly [string, ...string[]] {
	const args = [`--app=${url}`, '--class=Parley', `--user-data-dir=${browserProfile}`, '--no-first-run'];
	return [chromium, ...args, '--no-default-browser-check'];
}

export interface OpenWindowOptions {
	readonly url: string;
	readonly app: boolean;
	/** Folder for the application window's browser profile. */
	readonly browserProfile: string;
	readonly env: Environment;
	readonly platform: NodeJS.Platform;
	readonly isRoot: boolean;
}

/** True when something was started that should show the window. */
export async function openWindow(options: OpenWindowOptions): Promise<boolean> {
	const { env, platform, url } = options;
	if (platform === 'linux' && env['DISPLAY'] === undefined && env['WAYLAND_DISPLAY'] === undefined) return false;
	// Chromium does not start as root without giving up its sandbox, which is not ours to decide.
	const chromium = options.app && !options.isRoot && platform === 'linux' ? findChromium(env) : undefined;
	if (chromium !== undefined && (await launch(appWindowCommand(chromium, url, options.browserProfile)))) return true;
	return launch(openCommand(platform, url));
}
