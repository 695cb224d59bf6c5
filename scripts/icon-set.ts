/** Which icons Parley ships, and whether those in `assets/` were made from the drawings as they are now. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

export const drawings = { app: 'renderer/public/icon.svg', tray: 'assets/tray-template.svg' } as const;

export interface Picture {
	readonly drawing: keyof typeof drawings;
	/** Edge in pixels. */
	readonly size: number;
	/** Below the project's root. */
	readonly path: string;
}

const appSizes = [16, 24, 32, 48, 64, 96, 128, 256, 512, 1024] as const;

export const pictures: readonly Picture[] = [
	...appSizes.map((size) => ({ drawing: 'app', size, path: `assets/icons/${size}x${size}.png` }) as const),
	{ drawing: 'app', size: 24, path: 'assets/tray.png' },
	{ drawing: 'app', size: 48, path: 'assets/tray@2x.png' },
	{ drawing: 'tray', size: 16, path: 'assets/trayTemplate.png' },
	{ drawing: 'tray', size: 32, path: 'assets/trayTemplate@2x.png' },
];

export const containers = { ico: 'assets/icon.ico', icns: 'assets/icon.icns' } as const;
export const icoSizes: readonly number[] = [16, 24, 32, 48, 64, 128, 256];
export const sourceRecord = 'assets/source.json';

const recordSchema = z.object({ digest: z.string() });

/** Digest of everything that the icons are made from. */
export function drawingsDigest(root: string): string {
	const hash = createHash('sha256');
	for (const path of Object.values(drawings)) hash.update(readFileSync(join(root, path)));
	return hash.update(JSON.stringify([pictures, icoSizes])).digest('hex');
}

/** True when every icon is there and made from the present drawings. */
export function areIconsFresh(root: string): boolean {
	const all = [...pictures.map(({ path }) => path), ...Object.values(containers), sourceRecord];
	if (!all.every((path) => existsSync(join(root, path)))) return false;
	const record = recordSchema.safeParse(JSON.parse(readFileSync(join(root, sourceRecord), 'utf8')));
	return record.success && record.data.digest === drawingsDigest(root);
}
