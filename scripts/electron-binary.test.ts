import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { electronState, hasDisplay, mirrorAnswers } from './electron-binary.ts';

let dir: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'parley-electron-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function install(parts: { version?: string; path?: string; program?: boolean; manifest?: boolean }): void {
	if (parts.manifest !== false) writeFileSync(join(dir, 'package.json'), '{"version":"45.4.1"}');
	if (parts.version !== undefined) {
		mkdirSync(join(dir, 'dist'), { recursive: true });
		writeFileSync(join(dir, 'dist', 'version'), parts.version);
	}
	if (parts.path !== undefined) writeFileSync(join(dir, 'path.txt'), parts.path);
	if (parts.program === true) {
		writeFileSync(join(dir, 'dist', 'electron'), '');
		chmodSync(join(dir, 'dist', 'electron'), 0o755);
	}
}
const state = (env = {}) => electronState(dir, 'linux', env);

describe('electronState', () => {
	it('sees a complete installation', () => {
		install({ version: 'v45.4.1', path: 'electron', program: true });
		expect(state()).toEqual({ kind: 'ready', path: join(dir, 'dist', 'electron'), version: '45.4.1' });
	});

	it('sees that the package is missing', () => {
		install({ manifest: false });
		expect(state()).toEqual({ kind: 'not-installed' });
	});

	it('sees that nothing was downloaded', () => {
		install({});
		expect(state()).toEqual({ kind: 'absent', version: '45.4.1' });
	});

	it.each([
		['another version', { version: '44.0.0', path: 'electron', program: true }, '44.0.0'],
		['no program', { version: '45.4.1', path: 'electron' }, '45.4.1'],
		['no path.txt', { version: '45.4.1', program: true }, '45.4.1'],
		['another platform', { version: '45.4.1', path: 'electron.exe', program: true }, '45.4.1'],
	])('calls %s partial', (_name, parts, found) => {
		install(parts);
		expect(state()).toEqual({ kind: 'partial', version: '45.4.1', found });
	});

	it('takes another distribution when told to, if it is usable', () => {
		install({ version: '45.4.1', path: 'electron', program: true });
		expect(state({ ELECTRON_OVERRIDE_DIST_PATH: join(dir, 'dist') }).kind).toBe('ready');
		expect(state({ ELECTRON_OVERRIDE_DIST_PATH: join(dir, 'none') }).kind).toBe('partial');
	});
});

describe('hasDisplay', () => {
	it.each([
		['linux', {}, false],
		['linux', { DISPLAY: '' }, false],
		['linux', { DISPLAY: ':0' }, true],
		['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
		['darwin', {}, true],
	] as const)('%s %o: %s', (platform, env, expected) => {
		expect(hasDisplay(platform, env)).toBe(expected);
	});
});

describe('mirrorAnswers', () => {
	it('is true for whatever answers, and false for a closed port', async () => {
		const server = createServer((_request, response) => response.writeHead(404).end());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		const env = { ELECTRON_MIRROR: `http://127.0.0.1:${port}/` };
		expect(await mirrorAnswers(env)).toBe(true);
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		expect(await mirrorAnswers(env)).toBe(false);
	});
});
