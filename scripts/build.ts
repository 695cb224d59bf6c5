/** `npm run build`: the desktop host (out/main, out/preload) and the window (out/web), the latter shared by both hosts. */
import { bin, run, stopChildrenOnSignal } from './child.ts';

stopChildrenOnSignal();
const quiet = process.argv.includes('--quiet');
const { code, output } = await run(bin('electron-vite'), ['build', '--logLevel', 'warn'], {
	output: quiet ? 'capture' : 'stream',
});
if (code !== 0) console.error(output);
process.exitCode = code;
