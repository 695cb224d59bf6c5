/**
 * `npm run demo [-- options]`: real servers on loopback with a few people on them, and Parley connected to all of them.
 * Ctrl-C takes everything down again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWindow } from '../host/browser/window.ts';
import { type DemoOptions, parseDemoOptions, USAGE } from './demo/options.ts';
import { VISITOR } from './demo/people/stage.ts';
import { startShow } from './demo/show.ts';

async function demo(options: DemoOptions): Promise<number> {
	const began = performance.now();
	const ended = Promise.withResolvers<number>();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.resolve(0));
	const dir = await mkdtemp(join(tmpdir(), 'parley-demo-'));
	const onFatal = (error: Error): void => {
		console.error(`Parley has to end: ${error.message}`);
		ended.resolve(1);
	};
	const starting = startShow(options, dir, (line) => console.log(`  ${line}`), onFatal);
	try {
		const show = await Promise.race([starting, ended.promise]);
		if (typeof show === 'number') return show;
		for (const reason of show.missing) console.log(`  not available, ${reason}`);
		const url = show.window.url();
		console.log(`\nReady after ${((performance.now() - began) / 1000).toFixed(1)} s. You are ${VISITOR.name}:`);
		for (const { server, visitor } of show.stages) console.log(`  ${visitor} on ${server.name} ${server.version}`);
		console.log(
			'Say something in a room or to somebody: they answer. Enter gives a new address, Ctrl-C ends the demo.',
		);
		console.log(`\n${url}\n`);
		process.stdin.on('data', () => console.log(show.window.url()));
		if (options.open) await openFor(url, dir);
		return await ended.promise;
	} finally {
		console.log('Taking everything down.');
		process.stdin.destroy();
		await starting.then(
			(show) => show.stop(),
			() => undefined,
		);
		await rm(dir, { recursive: true, force: true });
	}
}

async function openFor(url: string, dir: string): Promise<void> {
	await openWindow({
		url,
		app: true,
		browserProfile: join(dir, 'window'),
		redirectDir: join(dir, 'window'),
		env: process.env,
		platform: process.platform,
		isRoot: process.getuid?.() === 0,
	});
}

try {
	const options = parseDemoOptions(process.argv.slice(2));
	if (options.help) console.log(USAGE);
	else process.exitCode = await demo(options);
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
}
