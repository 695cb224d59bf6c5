/** Fails when a file imports what it may not (see boundaries.ts), or when nothing was looked at. */
import { checkBoundaries } from './boundaries.ts';
import { projectRoot } from './child.ts';

const { modules, violations } = await checkBoundaries(projectRoot);
for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
// With a compiler that has no API the cruiser warns, looks at nothing and reports success.
if (modules === 0) console.error('no module was cruised: the boundary check did not run');
console.log(`${modules} modules, ${violations.length} violations`);
process.exitCode = violations.length > 0 || modules === 0 ? 1 : 0;
