/** `npm run types`: type-checks every compile target. */
import { bin, run, stopChildrenOnSignal } from './child.ts';

stopChildrenOnSignal();
const { code } = await run(bin('tsc'), ['--build', 'tsconfig.json'], { output: 'stream' });
process.exitCode = code;
