import { dirname, join, resolve } from 'node:path';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { rendererBuild } from './vite.config.ts';

const source = (path: string): string => join(import.meta.dirname, path);

/**
 * Worker threads are started by `new URL('./name.ts', import.meta.url)`, which Node runs as it is. In a bundle each of
 * them becomes a file beside the bundle, and the address is changed to match.
 */
function workerThreads(): Plugin {
	return {
		name: 'worker-threads',
		transform(code, id) {
			if (!code.includes('new Worker(')) return null;
			const changed = code.replace(
				/new URL\((['"])(\.\/[\w-]+)\.ts\1, import\.meta\.url\)/g,
				(_match, _quote, path: string) => {
					const entry = resolve(dirname(id), `${path}.ts`);
					const fileName = `${path.slice(2)}.js`;
					this.emitFile({ type: 'chunk', id: entry, fileName });
					return `new URL('./${fileName}', import.meta.url)`;
				},
			);
			return changed === code ? null : { code: changed, map: null };
		},
	};
}

/**
 * The desktop host. Main is an ES module with its workers beside it; packages from `dependencies` stay in node_modules.
 * The preload runs sandboxed, so it must be one CommonJS file.
 */
export default defineConfig({
	main: {
		plugins: [workerThreads()],
		build: {
			outDir: 'out/main',
			externalizeDeps: true,
			target: 'node24',
			rollupOptions: {
				input: { main: source('electron/main/main.ts') },
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
