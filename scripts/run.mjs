/**
 * Entry of every npm script: `node scripts/run.mjs <script> [arguments]`.
 *
 * Works from a fresh clone on Node 20 or newer: installs what the lock file names when node_modules does not match it,
 * then runs `scripts/<script>.ts` on the Node that the project pins. Plain JavaScript and no dependency, because it runs
 * before anything is installed.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const progressEveryMs = 5_000;

/** Path of the pinned Node under `projectRoot`. */
export function pinnedNode(projectRoot) {
	return join(projectRoot, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/**
 * What every script and all that it starts find in their environment: the programs npm installed, and Node's cache of
 * compiled code. Parley runs from TypeScript source, and without the cache half of its start is reading that.
 */
export function scriptEnvironment(projectRoot, env) {
	const modules = join(projectRoot, 'node_modules');
	return {
		...env,
		PATH: `${join(modules, '.bin')}${delimiter}${env.PATH ?? ''}`,
		// Beside the code and as trusted as that; never in a folder that others can write to.
		NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(modules, '.cache', 'compiled'),
	};
}

function readJson(path) {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch {
		return undefined;
	}
}

/**
 * Why node_modules must be installed, or undefined when it matches the lock file. npm records what it installed in
 * `node_modules/.package-lock.json`; packages for other platforms are absent there and do not count.
 */
export function reasonToInstall(projectRoot) {
	const wanted = readJson(join(projectRoot, 'package-lock.json'));
	if (wanted === undefined) return 'package-lock.json cannot be read';
	const installed = readJson(join(projectRoot, 'node_modules', '.package-lock.json'));
	if (installed === undefined) return 'nothing is installed yet';
	for (const [path, entry] of Object.entries(wanted.packages)) {
		if (path === '' || entry.optional === true || entry.devOptional === true) continue;
		if (installed.packages[path]?.version !== entry.version) return `${path} is not at ${entry.version}`;
	}
	if (!existsSync(pinnedNode(projectRoot))) return 'the pinned Node is missing';
	return undefined;
}

/** Runs a child to its end. Ctrl-C reaches it through the terminal; other signals are passed on. */
function runToEnd(command, args, env) {
	return new Promise((resolve) => {
		const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
		const forward = (signal) => child.kill(signal);
		const interrupted = () => {
			// A terminal sends SIGINT to the whole foreground group, so the child has it already.
			if (!process.stdin.isTTY) child.kill('SIGINT');
		};
		process.on('SIGINT', interrupted);
		process.on('SIGTERM', forward);
		process.on('SIGHUP', forward);
		const done = (code) => {
			process.off('SIGINT', interrupted);
			process.off('SIGTERM', forward);
			process.off('SIGHUP', forward);
			resolve(code);
		};
		child.on('error', (error) => {
			console.error(`cannot run ${command}: ${error.message}`);
			done(127);
		});
		child.on('exit', (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
	});
}

async function install(reason) {
	console.log(`Installing dependencies (${reason}); about a minute on a first run.`);
	const started = Date.now();
	const timer = setInterval(
		() => console.log(`  still installing, ${Math.round((Date.now() - started) / 1000)} s`),
		progressEveryMs,
	);
	const npm = process.env.npm_execpath;
	const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
	const code =
		npm !== undefined && npm.endsWith('.js')
			? await runToEnd(process.execPath, [npm, ...args], process.env)
			: await runToEnd(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, process.env);
	clearInterval(timer);
	if (code === 0) console.log(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
	else console.error('npm ci failed; its messages are above.');
	return code;
}

async function main([name, ...args]) {
	const script = join(root, 'scripts', `${name}.ts`);
	if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(script)) {
		console.error(`usage: node scripts/run.mjs <script> [arguments]; there is no scripts/${name}.ts`);
		return 2;
	}
	const reason = reasonToInstall(root);
	if (reason !== undefined) {
		const code = await install(reason);
		if (code !== 0) return code;
	}
	return runToEnd(pinnedNode(root), [script, ...args], scriptEnvironment(root, process.env));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv.slice(2));
