import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const require = createRequire(import.meta.url);
const emojiFiles = ['data.json', 'messages.json'] as const;

/** Serves the emoji tables from our own origin, under `/emoji/en/`; the window loads nothing from elsewhere. */
function emojiTables(): Plugin {
	const read = (file: string): Buffer => readFileSync(require.resolve(`emojibase-data/en/${file}`));
	return {
		name: 'emoji-tables',
		generateBundle() {
			for (const file of emojiFiles) this.emitFile({ type: 'asset', fileName: `emoji/en/${file}`, source: read(file) });
		},
		configureServer(server) {
			server.middlewares.use((request, response, next) => {
				const file = emojiFiles.find((one) => request.url === `/emoji/en/${one}`);
				if (file === undefined) return next();
				response.setHeader('content-type', 'application/json');
				response.end(read(file));
			});
		},
	};
}

/** How the window is built: one bundle for every host. */
export const rendererBuild = {
	root: join(import.meta.dirname, 'renderer'),
	base: './',
	plugins: [react(), emojiTables()],
	build: {
		outDir: join(import.meta.dirname, 'out', 'web'),
		emptyOutDir: true,
		target: 'chrome140',
		minify: true,
		// Inlined assets would be data: URLs, which the content policy refuses for scripts and fonts.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		rollupOptions: { input: join(import.meta.dirname, 'renderer', 'index.html') },
	},
} satisfies UserConfig;

export default defineConfig(rendererBuild);
