/** Opens the browser host's address: as an application window of Chromium when one is found, else in the default browser. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { launch, openCommand } from './host.ts';
import { writeRedirectFile } from './redirect-file.ts';

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

type Environment = Readonly<Record<string, string | undefined>>;

/** A Chromium on the search path; PARLEY_CHROMIUM wins. */
function findChromium(env: Environment): string | undefined {
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
function appWindowCommand(chromium: string, url: string, browserProfile: string): readonly [string, ...string[]] {
	const args = [`--app=${url}`, '--class=Parley', `--user-data-dir=${browserProfile}`, '--no-first-run'];
	return [chromium, ...args, '--no-default-browser-check'];
}

export interface OpenWindowOptions {
	readonly url: string;
	readonly app: boolean;
	/** Folder for the application window's browser profile. */
	readonly browserProfile: string;
	/** Folder, ours alone, for the short-lived page that leads the browser to the address. */
	readonly redirectDir: string;
	readonly env: Environment;
	readonly platform: NodeJS.Platform;
	readonly isRoot: boolean;
	/** Starts a program; a fake in tests. */
	readonly start?: typeof launch;
	/** How long the page with the address stays on the disk, in milliseconds; the address itself works for a minute. */
	readonly redirectMs?: number;
	/** Keeps this process alive until the page is gone: for one that would end before the browser has read it. */
	readonly holdProcess?: boolean;
}

const defaultRedirectMs = 60_000;

/** True when something was started that should show the window. The address never appears on a command line. */
export async function openWindow(options: OpenWindowOptions): Promise<boolean> {
	const { env, platform } = options;
	if (platform === 'linux' && env['DISPLAY'] === undefined && env['WAYLAND_DISPLAY'] === undefined) return false;
	const start = options.start ?? launch;
	const redirect = writeRedirectFile(options.redirectDir, options.url);
	const remove = (): void => {
		process.off('exit', remove);
		redirect.remove();
	};
	process.once('exit', remove);
	// Chromium does not start as root without giving up its sandbox, which is not ours to decide.
	const chromium = options.app && !options.isRoot && platform === 'linux' ? findChromium(env) : undefined;
	const inApp =
		chromium !== undefined && (await start(appWindowCommand(chromium, redirect.url, options.browserProfile)));
	const opened = inApp || (await start(openCommand(platform, redirect.url)));
	if (!opened) {
		remove();
		return false;
	}
	const timer = setTimeout(remove, options.redirectMs ?? defaultRedirectMs);
	if (options.holdProcess !== true) timer.unref();
	return true;
}
