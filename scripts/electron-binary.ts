/**
 * Is Electron's binary here? Looks at the disk only: importing the package from plain Node would start a download.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type ElectronState =
	| { readonly kind: 'ready'; readonly path: string; readonly version: string }
	| { readonly kind: 'not-installed' }
	| { readonly kind: 'absent'; readonly version: string }
	/** An interrupted download, or the binary of another version. */
	| { readonly kind: 'partial'; readonly version: string; readonly found: string };

type Environment = Readonly<Record<string, string | undefined>>;

function read(path: string): string | undefined {
	try {
		return readFileSync(path, 'utf8').trim();
	} catch {
		return undefined;
	}
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** Path of the program inside Electron's distribution. */
export function electronProgram(platform: NodeJS.Platform): string {
	switch (platform) {
		case 'darwin':
			return 'Electron.app/Contents/MacOS/Electron';
		case 'win32':
			return 'electron.exe';
		default:
			return 'electron';
	}
}

/** State of the binary that belongs to the electron package in `packageDir`. */
export function electronState(packageDir: string, platform: NodeJS.Platform, env: Environment): ElectronState {
	const manifest = read(join(packageDir, 'package.json'));
	if (manifest === undefined) return { kind: 'not-installed' };
	const { version } = JSON.parse(manifest) as { version: string };
	const program = electronProgram(platform);
	const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
	if (override !== undefined) {
		const path = join(override, program);
		return isExecutable(path) ? { kind: 'ready', path, version } : { kind: 'partial', version, found: override };
	}
	const found = read(join(packageDir, 'dist', 'version'))?.replace(/^v/, '');
	if (found === undefined) return { kind: 'absent', version };
	const path = join(packageDir, 'dist', program);
	const complete = found === version && read(join(packageDir, 'path.txt')) === program && isExecutable(path);
	return complete ? { kind: 'ready', path, version } : { kind: 'partial', version, found };
}

/** True when a window can be shown: Linux needs a display server. */
export function hasDisplay(platform: NodeJS.Platform, env: Environment): boolean {
	return platform !== 'linux' || (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '';
}

const probeTimeoutMs = 4_000;
const defaultMirror = 'https://github.com/electron/electron/releases/download/';

/** True when the place that the binary comes from answers at all, within four seconds. */
export async function mirrorAnswers(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
	try {
		const url = env['ELECTRON_MIRROR'] ?? defaultMirror;
		await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(probeTimeoutMs) });
		return true;
	} catch {
		return false;
	}
}
