/** `npm run build`: the desktop host (out/main, out/preload) and the window (out/web), the latter shared by both hosts. */
import { bin, projectRoot, run, runScript, stopChildrenOnSignal } from './child.ts';
import { areIconsFresh } from './icon-set.ts';

stopChildrenOnSignal();
const quiet = process.argv.includes('--quiet');
// The icons are part of the repository: without a Chromium to draw them, the old ones do.
if (!areIconsFresh(projectRoot)) await runScript('icons', [], { output: 'stream' });
const { code, output } = await run(bin('electron-vite'), ['build', '--logLevel', 'warn'], {
	output: quiet ? 'capture' : 'stream',
});
if (code !== 0) console.error(output);
process.exitCode = code;
