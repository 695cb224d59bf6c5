/** `npm run format [paths]`: formats the named files, or all. */
import { bin, run, stopChildrenOnSignal } from './child.ts';

stopChildrenOnSignal();
const paths = process.argv.slice(2);
const { code } = await run(bin('biome'), ['format', '--write', ...(paths.length > 0 ? paths : ['.'])], {
	output: 'stream',
});
process.exitCode = code;
