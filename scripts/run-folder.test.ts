import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRunFolder } from './run-folder.ts';

let parent: string;
beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), 'parley-folders-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

it('names what tests have left, and nothing that other programs write', () => {
	const folder = openRunFolder(parent, process.pid);
	expect(folder.leftovers()).toEqual([]);
	mkdirSync(join(folder.path, 'org.chromium.Chromium.x1'));
	mkdirSync(join(folder.path, 'parley-http-x1'));
	writeFileSync(join(folder.path, 'parley-http-x1', 'file'), '1');
	expect(folder.leftovers()).toEqual(['parley-http-x1']);
	folder.remove();
	expect(readdirSync(parent)).toEqual([]);
});

it('removes the folder of a run that was killed, and no other', () => {
	const gone = spawnSync(process.execPath, ['--version']).pid;
	const abandoned = openRunFolder(parent, gone).path;
	const running = openRunFolder(parent, process.pid).path;
	mkdirSync(join(parent, 'parley-run-of-somebody'));
	openRunFolder(parent, process.pid);
	expect(existsSync(abandoned)).toBe(false);
	expect(existsSync(running)).toBe(true);
	expect(existsSync(join(parent, 'parley-run-of-somebody'))).toBe(true);
});

it('takes the temporary folder of a program and removes it when the program is interrupted', () => {
	const script = `
		import { writeFileSync } from 'node:fs';
		import { tmpdir } from 'node:os';
		import { enterRunFolder } from ${JSON.stringify(new URL('./run-folder.ts', import.meta.url).href)};
		enterRunFolder(${JSON.stringify(parent)});
		writeFileSync(tmpdir() + '/left', '1');
		console.log(tmpdir());
		process.exit(130);
	`;
	const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
	expect(stdout).toContain(join(parent, 'parley-run-'));
	expect(readdirSync(parent)).toEqual([]);
});
