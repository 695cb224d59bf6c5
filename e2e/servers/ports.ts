import { randomInt } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/**
 * Below Linux's ephemeral range (32768 and up), so that no outgoing connection of another program can sit on a port
 * while the server that owns it is being restarted.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

function reservation(port: number): string {
	// A test run has a temporary folder of its own; reservations must be seen by all runs.
	const shared = process.env['PARLEY_PORTS_FOLDER'] ?? tmpdir();
	return path.join(shared, `parley-ports-${userInfo().uid}`, String(port));
}

/**
 * A free TCP port on 127.0.0.1, reserved for this process until it ends (or {@link releasePort}), also against other
 * test runs of the same user on this machine.
 */
async function reservePort(): Promise<number> {
	await mkdir(path.dirname(reservation(0)), { recursive: true, mode: 0o700 });
	for (let attempt = 0; attempt < 500; attempt++) {
		const port = randomInt(FIRST_PORT, LAST_PORT);
		if (!(await claim(port))) continue;
		if (await isFree(port)) return port;
		await releasePort(port);
	}
	throw new Error('found no free port on 127.0.0.1');
}

/** Reserves one port per name. */
export async function reservePorts<K extends string>(names: readonly K[]): Promise<Record<K, number>> {
	const entries: [K, number][] = [];
	for (const name of names) entries.push([name, await reservePort()]);
	return Object.fromEntries(entries) as Record<K, number>;
}

export async function releasePort(port: number): Promise<void> {
	await rm(reservation(port), { force: true });
}

/** Nothing listens there right now. */
export function isFree(port: number): Promise<boolean> {
	const { promise, resolve } = Promise.withResolvers<boolean>();
	const probe = createServer();
	probe.once('error', () => resolve(false));
	probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
	return promise;
}

async function claim(port: number): Promise<boolean> {
	const file = reservation(port);
	try {
		const handle = await open(file, 'wx', 0o600);
		await handle.write(String(process.pid));
		await handle.close();
		return true;
	} catch {
		const owner = Number(await readFile(file, 'utf8').catch(() => '0'));
		// A reservation whose process is gone is free to be removed; another attempt will claim it.
		if (owner > 0 && !isAlive(owner)) await rm(file, { force: true });
		return false;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
