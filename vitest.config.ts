import { availableParallelism } from 'node:os';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const never = ['**/node_modules/**', 'out/**', 'dist/**', '**/fixtures/**', 'e2e/journeys/**'];
const serverTests = '**/*.server.test.ts';
// Generous: a test that hangs is rare, a machine that is busy with something else is not.
const quickTests = {
	testTimeout: 30_000,
	hookTimeout: 30_000,
	// A fresh set of modules per file would cost a third of the time of `npm run check`; a test must tidy up after itself
	// anyway, and those that need a worker or a process start one.
	isolate: false,
} as const;

/**
 * Three projects: `unit` (plain Node), `ui` (renderer, simulated DOM) and `server` (real servers on loopback, slow,
 * one file at a time because the machine and the ports are shared).
 */
export default defineConfig({
	test: {
		globalSetup: './scripts/vitest-run-folder.ts',
		// Vitest leaves one core free, which halves a machine with two.
		maxWorkers: Math.max(2, availableParallelism() - 1),
		projects: [
			{
				test: {
					name: 'unit',
					environment: 'node',
					include: ['**/*.test.ts', '**/*.test.tsx'],
					exclude: [...never, serverTests, 'renderer/**'],
					...quickTests,
				},
			},
			{
				plugins: [react()],
				test: {
					name: 'ui',
					environment: 'happy-dom',
					include: ['renderer/**/*.test.ts', 'renderer/**/*.test.tsx'],
					exclude: never,
					...quickTests,
				},
			},
			{
				test: {
					name: 'server',
					// Real servers on a shared machine: a second try is allowed, and named in the totals.
					retry: 1,
					environment: 'node',
					include: [serverTests],
					exclude: never,
					testTimeout: 120_000,
					hookTimeout: 300_000,
					fileParallelism: false,
					maxWorkers: 1,
				},
			},
		],
	},
});
