/** Vitest's global set-up: tests write into a folder of the run, and a passed run must have left it empty. */
import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { type RunFolder, enterRunFolder } from './run-folder.ts';

let folder: RunFolder | undefined;
let failedTests: () => number = () => 0;

export function setup(project: TestProject): void {
	folder = enterRunFolder(tmpdir());
	failedTests = () => project.vitest.state.getCountOfFailedTests();
}

/** Throws when tests that passed left something behind; what failed tests leave is removed without a word. */
export function teardown(): void {
	const left = folder?.leftovers() ?? [];
	folder?.remove();
	if (left.length > 0 && failedTests() === 0) throw new Error(`tests left temporary files behind: ${left.join(', ')}`);
}
