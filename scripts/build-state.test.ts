import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBuildStale } from './build-state.ts';

let root: string;
function touch(path: string, at: number): void {
	mkdirSync(dirname(join(root, path)), { recursive: true });
	writeFileSync(join(root, path), '');
	utimesSync(join(root, path), at, at);
}
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'parley-build-'));
	touch('engine/engine.ts', 100);
	for (const path of ['out/web/index.html', 'out/main/main.js', 'out/preload/preload.cjs']) touch(path, 200);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('isBuildStale', () => {
	it('is false after a build, also when only a test changed', () => {
		touch('engine/engine.test.ts', 300);
		expect(isBuildStale(root)).toBe(false);
	});

	it.each(['engine/engine.ts', 'renderer/features/a/styles.module.css', 'vite.config.ts', 'package-lock.json'])(
		'is true when %s is newer',
		(path) => {
			touch(path, 300);
			expect(isBuildStale(root)).toBe(true);
		},
	);

	it('is true when a product is missing', () => {
		rmSync(join(root, 'out/preload/preload.cjs'));
		expect(isBuildStale(root)).toBe(true);
	});
});
