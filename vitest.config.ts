import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const never = ['**/node_modules/**', 'out/**', 'dist/**', '**/fixtures/**', 'e2e/journeys/**'];
const serverTests = '**/*.server.test.ts';

/**
 * Three projects: `unit` (plain Node), `ui` (renderer, simulated DOM) and `server` (real servers on loopback, slow,
 * one file at a time because the machine and the ports are shared).
 */
export default defineConfig({
	test: {
		projects: [
			{
				test: {
					name: 'unit',
					environment: 'node',
					include: ['**/*.test.ts', '**/*.test.tsx'],
					exclude: [...never, serverTests, 'renderer/**'],
					testTimeout: 10_000,
				},
			},
			{
				plugins: [react()],
				test: {
					name: 'ui',
					environment: 'happy-dom',
					include: ['renderer/**/*.test.ts', 'renderer/**/*.test.tsx'],
					exclude: never,
					testTimeout: 10_000,
				},
			},
			{
				test: {
					name: 'server',
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
