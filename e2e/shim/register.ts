/** `node --import e2e/shim/register.ts out/main/main.js`: makes Electron's modules resolve to the shim. */
import { registerHooks } from 'node:module';
import { serveControl } from './control.ts';

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
serveControl();
