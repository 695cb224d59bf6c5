import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { iconPaths } from './icons.ts';

const root = join(import.meta.dirname, '..', '..');
const configSchema = z.object({
	files: z.array(z.string()),
	linux: z.object({ icon: z.string() }),
	mac: z.object({ icon: z.string() }),
	win: z.object({ icon: z.string() }),
});
const config = configSchema.parse(parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')));

it.each(['linux', 'darwin', 'win32'] as const)(
	'%s: the icons of the running program exist and are packaged',
	(platform) => {
		const packaged = new Set(
			globSync(
				config.files.filter((pattern) => pattern.startsWith('assets/')),
				{ cwd: root },
			),
		);
		const { tray, window } = iconPaths(join(root, 'assets'), platform);
		const wanted = [tray, tray.replace('.png', '@2x.png'), ...(window === null ? [] : [window])];
		for (const path of wanted) {
			expect(existsSync(path)).toBe(true);
			expect(packaged).toContain(relative(root, path));
		}
	},
);

it('the icons of the packages exist', () => {
	for (const path of [config.linux.icon, config.mac.icon, config.win.icon])
		expect(existsSync(join(root, path))).toBe(true);
});
