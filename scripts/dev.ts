/**
 * `npm run dev`: the window with hot reload over the fake protocol, no server and no account needed. Changes of the
 * engine need a restart.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createServer } from 'vite';
import { rendererBuild } from '../vite.config.ts';
import { projectRoot, runScript } from './child.ts';

const devPort = 5173;
const hostPort = 5174;
const target = `http://127.0.0.1:${hostPort}`;

// The host serves the built window too and does not start without one.
if (!existsSync(join(projectRoot, 'out', 'web', 'index.html')))
	await runScript('build', ['--quiet'], { output: 'stream' });

const server = await createServer({
	...rendererBuild,
	configFile: false,
	server: {
		host: '127.0.0.1',
		port: devPort,
		strictPort: true,
		// Exact: the window's own sources live below /link too.
		proxy: { '^/session$': { target }, '^/media/': { target }, '^/link$': { target, ws: true } },
	},
});
await server.listen();

const host = spawn(
	process.execPath,
	[
		join(projectRoot, 'host', 'browser', 'cli.ts'),
		...['--no-open', '--protocols', 'fake', '--port', String(hostPort)],
		...['--profile', join(projectRoot, 'out', 'dev-profile'), '--allow-host', `127.0.0.1:${devPort}`],
		...process.argv.slice(2),
	],
	{ cwd: projectRoot, stdio: ['inherit', 'pipe', 'inherit'] },
);
host.stdout.on('data', (chunk: Buffer) => {
	// The same ticket, on the address that hot reload works on.
	process.stdout.write(chunk.toString().replaceAll(`:${hostPort}/`, `:${devPort}/`));
});

let ending = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.on(signal, () => {
		if (ending) return;
		ending = true;
		if (!(signal === 'SIGINT' && process.stdin.isTTY)) host.kill('SIGTERM');
		void server.close();
	});
}
host.on('exit', (code) => {
	void server.close();
	process.exitCode = ending ? 0 : (code ?? 1);
});
