/**
 * `npm start [-- options]`: Parley for one's own accounts. The desktop window when Electron's binary is on the disk or
 * can be had at once; otherwise one line that says why, and the browser host.
 */
import { join } from 'node:path';
import { isBuildStale } from './build-state.ts';
import { projectRoot, run, runScript, stopChildrenOnSignal } from './child.ts';
import { type ElectronState, electronState, hasDisplay, mirrorAnswers } from './electron-binary.ts';

const packageDir = join(projectRoot, 'node_modules', 'electron');
const downloadTimeoutMs = 10 * 60_000;

function state(): ElectronState {
	return electronState(packageDir, process.platform, process.env);
}

/** One bounded attempt to download the binary. */
async function download(): Promise<ElectronState> {
	if (!(await mirrorAnswers(process.env))) return state();
	console.log('Downloading the desktop window (Electron, about 120 MB, once).');
	await run(process.execPath, [join(packageDir, 'install.js')], { output: 'stream', timeoutMs: downloadTimeoutMs });
	return state();
}

function whyNot(found: ElectronState): string {
	switch (found.kind) {
		case 'ready':
			return 'no display to show it on';
		case 'not-installed':
			return 'electron is not installed';
		case 'absent':
			return `electron ${found.version}: binary not downloaded`;
		case 'partial':
			return `electron ${found.version}: incomplete, found ${found.found}`;
	}
}

async function built(): Promise<boolean> {
	if (!isBuildStale(projectRoot)) return true;
	console.log('Building Parley (a few seconds).');
	return (await runScript('build', ['--quiet'], { output: 'stream' })).code === 0;
}

async function start(args: readonly string[]): Promise<number> {
	const wantsDesktop = args.includes('--desktop');
	const wantsWeb = args.includes('--web');
	const rest = args.filter((arg) => arg !== '--desktop' && arg !== '--web');
	const helpOnly = rest.includes('--help');
	if (!helpOnly && !(await built())) return 1;
	if (!wantsWeb && !helpOnly) {
		let found = state();
		const display = hasDisplay(process.platform, process.env);
		if (display && found.kind !== 'ready' && found.kind !== 'not-installed') found = await download();
		if (found.kind === 'ready' && display) {
			if (process.getuid?.() === 0)
				console.log('Running as root: Electron needs --no-sandbox, which is not recommended.');
			return (await run(found.path, [projectRoot, ...rest], { output: 'stream' })).code;
		}
		const reason = whyNot(found);
		if (wantsDesktop) {
			console.error(`Desktop window not available (${reason}).`);
			return 1;
		}
		console.log(`Desktop window not available (${reason}); starting in the browser instead.`);
	}
	return (await run(process.execPath, [join(projectRoot, 'host', 'browser', 'cli.ts'), ...rest], { output: 'stream' }))
		.code;
}

stopChildrenOnSignal();
process.exitCode = await start(process.argv.slice(2));
