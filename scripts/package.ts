/**
 * `npm run package [-- electron-builder options]`: builds, then makes the desktop packages of this system. Needs
 * Electron's binary; PARLEY_ELECTRON_DIST names a folder with an unpacked one.
 */
import { bin, run, runScript, stopChildrenOnSignal } from './child.ts';

stopChildrenOnSignal();
const built = await runScript('build', [], { output: 'stream' });
if (built.code === 0) {
	const dist = process.env['PARLEY_ELECTRON_DIST'];
	const args = dist === undefined ? [] : [`--config.electronDist=${dist}`];
	const { code } = await run(bin('electron-builder'), ['--publish', 'never', ...args, ...process.argv.slice(2)], {
		output: 'stream',
	});
	process.exitCode = code;
} else process.exitCode = built.code;
