/**
 * `npm run package [-- electron-builder options]`: builds, then makes the desktop packages of this system. Needs
 * Electron's binary; PARLEY_ELECTRON_DIST names a folder with an unpacked one.
 */
import { bin, run, runScript, stopChildrenOnSignal } from './child.ts';
import { mirrorAnswers } from './electron-binary.ts';

async function makePackages(args: readonly string[]): Promise<number> {
	const dist = process.env['PARLEY_ELECTRON_DIST'];
	// Without this look, the packager tries for most of a minute and ends with a stack.
	if (dist === undefined && !(await mirrorAnswers(process.env))) {
		console.error(
			'Packages cannot be made here: they contain Electron, and the place it is downloaded from does not answer.\n' +
				'Set PARLEY_ELECTRON_DIST to a folder with an unpacked Electron, or ELECTRON_MIRROR to another place.',
		);
		return 1;
	}
	const built = await runScript('build', [], { output: 'stream' });
	if (built.code !== 0) return built.code;
	const given = dist === undefined ? [] : [`--config.electronDist=${dist}`];
	return (await run(bin('electron-builder'), ['--publish', 'never', ...given, ...args], { output: 'stream' })).code;
}

stopChildrenOnSignal();
process.exitCode = await makePackages(process.argv.slice(2));
