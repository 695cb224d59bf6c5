import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRunningParley } from './attach.ts';

const address = 'http://127.0.0.1:4000/#t=secret-ticket';
let dir: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'parley-attach-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('the ticket stands in a file of ours, never in the address that is opened', async () => {
	const opened: string[] = [];
	await openRunningParley(address, dir, {
		openExternal: (url) => {
			opened.push(url);
			const path = fileURLToPath(url);
			expect(readFileSync(path, 'utf8')).toContain(address);
			if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
			return Promise.resolve();
		},
		wait: () => {
			expect(readdirSync(dir)).toHaveLength(1);
			return Promise.resolve();
		},
	});
	expect(opened).toHaveLength(1);
	expect(opened[0]).toMatch(/^file:/);
	expect(opened[0]).not.toContain('secret-ticket');
	expect(readdirSync(dir)).toEqual([]);
});

it('nothing stays when nothing could be opened', async () => {
	const failing = openRunningParley(address, dir, {
		openExternal: () => Promise.reject(new Error('no browser')),
		wait: () => Promise.resolve(),
	});
	await expect(failing).rejects.toThrow('no browser');
	expect(readdirSync(dir)).toEqual([]);
});
