import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheRoot } from './cache.ts';
import { withFileLock } from './file-lock.ts';
import { poll } from './poll.ts';
import { isFree, releasePort, reservePorts } from './ports.ts';
import { type ProgressEvent, progressLine, withProgress } from './progress.ts';
import { CommandFailed, runCommand } from './run-command.ts';
import { ServerProcess } from './server-process.ts';

let dir: string;

beforeEach(async () => {
	dir = await mkdtemp(path.join(tmpdir(), 'parley-cache-'));
});

afterEach(async () => {
	vi.unstubAllEnvs();
	vi.useRealTimers();
	await rm(dir, { recursive: true, force: true });
});

test('the cache lies where the base directory specification says', () => {
	vi.stubEnv('XDG_CACHE_HOME', '/somewhere/cache');
	expect(cacheRoot()).toBe('/somewhere/cache/parley/servers');
	vi.stubEnv('XDG_CACHE_HOME', 'relative');
	expect(cacheRoot()).toMatch(/\/\.cache\/parley\/servers$/);
});

describe.runIf(process.platform === 'linux')('between processes', () => {
	test('only one holder of a lock works at a time', async () => {
		const file = path.join(dir, 'lock');
		let inside = 0;
		let most = 0;
		const work = (): Promise<void> =>
			withFileLock(file, async () => {
				most = Math.max(most, ++inside);
				await runCommand('true', []);
				inside--;
			});
		await Promise.all([work(), work(), work()]);
		expect(most).toBe(1);
	});

	test('a failed holder frees the lock', async () => {
		const file = path.join(dir, 'lock');
		await expect(withFileLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
		await expect(withFileLock(file, () => Promise.resolve('free'))).resolves.toBe('free');
	});

	test('a server dies with the process that started it, even when that is killed', async () => {
		const module = path.join(import.meta.dirname, 'server-process.ts');
		const script = `
			const { ServerProcess } = await import(${JSON.stringify(module)});
			const launch = { command: 'sleep', args: ['600'], env: { PATH: '/usr/bin:/bin' } };
			const child = await ServerProcess.spawn('sleep', launch, ${JSON.stringify(path.join(dir, 'log'))});
			console.log(child.pid);
		`;
		const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
		const pid = Number(chunk.toString());
		expect(() => process.kill(pid, 0)).not.toThrow();
		parent.kill('SIGKILL');
		await poll(
			() => {
				try {
					process.kill(pid, 0);
					return false;
				} catch {
					return true;
				}
			},
			{ timeout: 5000, what: 'the server to die' },
		);
	});

	test('a server that ends at once fails with its own words', async () => {
		const launch = { command: 'sh', args: ['-c', 'echo no such option; exit 3'], env: {} };
		const child = await ServerProcess.spawn('broken', launch, path.join(dir, 'log'));
		await expect(child.waitUntil(() => Promise.resolve(false), 5000)).rejects.toThrow(
			/broken: ended during start \(exit code 3\)\nno such option/,
		);
	});
});

describe('ports', () => {
	test('are different, free, and outside the range of outgoing connections', async () => {
		const ports = await reservePorts(['a', 'b', 'c']);
		const list = Object.values(ports);
		expect(new Set(list).size).toBe(3);
		expect(Math.max(...list)).toBeLessThan(32_768);
		expect(await Promise.all(list.map(isFree))).toEqual([true, true, true]);
		await Promise.all(list.map(releasePort));
	});

	test('a port in use is not free', async () => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const address = server.address();
		expect(await isFree(typeof address === 'object' ? (address?.port ?? 0) : 0)).toBe(false);
		server.close();
	});
});

describe('progress', () => {
	test('quick work is silent, slow work is told twice', async () => {
		vi.useFakeTimers();
		const told: ProgressEvent[] = [];
		const note = (event: ProgressEvent): void => {
			told.push(event);
		};
		await withProgress(note, 'ergo', 'quick', () => Promise.resolve());
		expect(told).toEqual([]);
		const { promise, resolve } = Promise.withResolvers<void>();
		const slow = withProgress(note, 'ergo', 'slow', () => promise);
		await vi.advanceTimersByTimeAsync(1500);
		resolve();
		await slow;
		expect(told.map((event) => [event.step, event.ended])).toEqual([
			['slow', undefined],
			['slow', 'done'],
		]);
		expect(progressLine({ subject: 'ergo', step: 'slow', ended: 'done', elapsed: 1530 })).toBe(
			'ergo: slow, done in 1.5 s',
		);
	});
});

describe('commands', () => {
	test('a missing program and a failing one are told apart', async () => {
		await expect(runCommand('parley-no-such-program', [])).rejects.toMatchObject({ code: 'ENOENT' });
		const failed = runCommand('sh', ['-c', 'echo reason >&2; exit 4']);
		await expect(failed).rejects.toThrow(CommandFailed);
		await expect(failed).rejects.toThrow(/ended with code 4\nreason/);
	});
});
