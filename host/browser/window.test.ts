import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openWindow, type OpenWindowOptions } from './window.ts';

const secret = 'c2VjcmV0LXRpY2tldA';
let dir = '';

beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'parley-window-'));
});
afterEach(() => {
	vi.useRealTimers();
	rmSync(dir, { recursive: true, force: true });
});

function given(start: OpenWindowOptions['start'], over: Partial<OpenWindowOptions> = {}): OpenWindowOptions {
	const base = { url: `http://127.0.0.1:1/#t=${secret}`, app: true, browserProfile: dir, redirectDir: join(dir, 'r') };
	// The running Node stands for a Chromium: it is executable, and `start` never runs it.
	const env = { DISPLAY: ':1', PARLEY_CHROMIUM: process.execPath };
	return { ...base, env, platform: 'linux', isRoot: false, ...(start && { start }), ...over };
}

it('keeps the ticket off the command line and in a file for this user alone, for a while', async () => {
	vi.useFakeTimers();
	const commands: (readonly string[])[] = [];
	const start = (command: readonly string[]): Promise<boolean> => {
		commands.push(command);
		return Promise.resolve(true);
	};
	expect(await openWindow(given(start))).toBe(true);
	const line = commands[0]?.join(' ') ?? '';
	expect(line).not.toContain(secret);
	const page = commands[0]?.find((arg) => arg.startsWith('--app='))?.slice('--app='.length) ?? '';
	const path = fileURLToPath(page);
	expect(readFileSync(path, 'utf8')).toContain(`0;url=http://127.0.0.1:1/#t=${secret}`);
	expect(statSync(path).mode & 0o777).toBe(0o600);
	expect(statSync(join(dir, 'r')).mode & 0o777).toBe(0o700);
	vi.advanceTimersByTime(60_000);
	expect(readdirSync(join(dir, 'r'))).toEqual([]);
});

it('does the same for the default browser, when there is no application window', async () => {
	const commands: (readonly string[])[] = [];
	const start = (command: readonly string[]): Promise<boolean> => {
		commands.push(command);
		return Promise.resolve(true);
	};
	expect(await openWindow(given(start, { app: false, redirectMs: 0 }))).toBe(true);
	expect(commands[0]?.join(' ')).not.toContain(secret);
	await vi.waitFor(() => expect(readdirSync(join(dir, 'r'))).toEqual([]));
});

it('leaves nothing behind when nothing could be started, and writes nothing without a display', async () => {
	expect(await openWindow(given(() => Promise.resolve(false)))).toBe(false);
	expect(readdirSync(join(dir, 'r'))).toEqual([]);
	const start = vi.fn(() => Promise.resolve(true));
	expect(await openWindow(given(start, { env: {}, redirectDir: join(dir, 'none') }))).toBe(false);
	expect(start).not.toHaveBeenCalled();
	expect(readdirSync(dir)).not.toContain('none');
});

it('outlives a process that ends at once only when told to hold it', async () => {
	const script = `
		const { openWindow } = await import(${JSON.stringify(new URL('./window.ts', import.meta.url).href)});
		const began = performance.now();
		await openWindow({ url: 'http://127.0.0.1:1/#t=x', app: false, browserProfile: '.', redirectDir: process.argv[1],
			env: { DISPLAY: ':1' }, platform: 'linux', isRoot: false, start: () => Promise.resolve(true),
			redirectMs: 400, holdProcess: process.argv[2] === 'hold' });
		process.once('exit', () => console.log(performance.now() - began >= 390));`;
	const run = (mode: string): string =>
		execFileSync(process.execPath, ['--input-type=module', '-e', script, dir, mode], { encoding: 'utf8' }).trim();
	expect(run('hold')).toBe('true');
	expect(readdirSync(dir)).toEqual([]);
	expect(run('go')).toBe('false');
	expect(readdirSync(dir)).toEqual([]);
});
