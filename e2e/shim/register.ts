/** `node --import e2e/shim/register.ts out/main/main.js`: makes Electron's modules resolve to the shim. */
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const replacements: ReadonlyMap<string, string> = new Map([
	['electron/main', new URL('./electron-main.ts', import.meta.url).href],
	['electron/common', new URL('./electron-common.ts', import.meta.url).href],
]);

registerHooks({
	resolve: (specifier, context, next) => {
		const replacement = replacements.get(specifier);
		if (replacement !== undefined) return { url: replacement, shortCircuit: true };
		if (specifier === 'electron') throw new Error('the bare electron module must not be imported');
		return next(specifier, context);
	},
});
// Worker threads inherit the `--import`; they must not find Electron, and must not start a browser of their own.
if (isMainThread) {
	const { serveControl } = await import('./control.ts');
	serveControl();
}
