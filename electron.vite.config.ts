import { join } from 'node:path';
import { defineConfig } from 'electron-vite';
import { rendererBuild } from './vite.config.ts';

const source = (path: string): string => join(import.meta.dirname, path);

/**
 * The desktop host. Main is an ES module beside its workers, which are entries of their own; packages from
 * `dependencies` stay in node_modules. The preload runs sandboxed, so it must be one CommonJS file.
 */
export default defineConfig({
	main: {
		build: {
			outDir: 'out/main',
			externalizeDeps: true,
			target: 'node24',
			rollupOptions: {
				input: {
					main: source('electron/main/main.ts'),
					'engine-worker': source('host/engine-worker.ts'),
					'store-worker': source('engine/store/store-worker.ts'),
				},
				output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
			},
		},
	},
	preload: {
		build: {
			outDir: 'out/preload',
			externalizeDeps: false,
			rollupOptions: {
				input: { preload: source('electron/preload/preload.ts') },
				output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
			},
		},
	},
	renderer: rendererBuild,
});
