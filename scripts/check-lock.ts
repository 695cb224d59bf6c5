/** Fails when package-lock.json is incomplete or names a registry (see lock.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './child.ts';
import { lockProblems } from './lock.ts';

const problems = lockProblems(JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')));
for (const problem of problems) console.error(problem);
console.log(`package-lock.json: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
