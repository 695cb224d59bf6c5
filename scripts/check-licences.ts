/** Fails when a dependency has a licence that is not known to be compatible with ours (see licences.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './child.ts';
import { licenceProblems } from './licences.ts';

const problems = licenceProblems(JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')));
for (const problem of problems) console.error(problem);
console.log(`licences: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
