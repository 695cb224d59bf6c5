import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinnedNode, reasonToInstall, scriptEnvironment } from './run.mjs';

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'parley-run-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: unknown): void {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, JSON.stringify(content));
}
const wanted = {
	'': {},
	'node_modules/a': { version: '1.0.0' },
	'node_modules/b-darwin': { version: '1.0.0', optional: true },
};
function install(packages: Record<string, unknown>): void {
	write(join(root, 'node_modules', '.package-lock.json'), { packages });
	write(pinnedNode(root), '');
}

describe('reasonToInstall', () => {
	it('is none when what the lock names is installed; packages of other platforms do not count', () => {
		write(join(root, 'package-lock.json'), { packages: wanted });
		install({ 'node_modules/a': { version: '1.0.0' } });
		expect(reasonToInstall(root)).toBeUndefined();
	});

	it('is a fresh clone', () => {
		write(join(root, 'package-lock.json'), { packages: wanted });
		expect(reasonToInstall(root)).toBe('nothing is installed yet');
	});

	it('is a lock that changed', () => {
		write(join(root, 'package-lock.json'), { packages: wanted });
		install({ 'node_modules/a': { version: '0.9.0' } });
		expect(reasonToInstall(root)).toBe('node_modules/a is not at 1.0.0');
	});

	it('is a missing Node', () => {
		write(join(root, 'package-lock.json'), { packages: wanted });
		install({ 'node_modules/a': { version: '1.0.0' } });
		rmSync(pinnedNode(root));
		expect(reasonToInstall(root)).toBe('the pinned Node is missing');
	});
});

describe('scriptEnvironment', () => {
	it('puts the installed programs first and keeps what was there', () => {
		const env = scriptEnvironment(root, { PATH: '/usr/bin', LANG: 'C' });
		expect(env['PATH']).toBe([join(root, 'node_modules', '.bin'), '/usr/bin'].join(delimiter));
		expect(env['LANG']).toBe('C');
	});

	it('keeps compiled code beside the modules, or where the user wants it', () => {
		expect(scriptEnvironment(root, { NODE_COMPILE_CACHE: '/elsewhere' })['NODE_COMPILE_CACHE']).toBe('/elsewhere');
		const env = scriptEnvironment(root, { PATH: process.env['PATH'] });
		const script = join(root, 'script.ts');
		writeFileSync(script, 'const answer: number = 42; console.log(answer);');
		expect(spawnSync(process.execPath, [script], { env, encoding: 'utf8' }).stdout).toBe('42\n');
		expect(existsSync(join(root, 'node_modules', '.cache', 'compiled'))).toBe(true);
	});
});
