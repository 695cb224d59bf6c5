import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './child.ts';
import { icnsOf, icoOf, pngSize } from './icon-files.ts';
import { areIconsFresh, containers, icoSizes, pictures } from './icon-set.ts';

const read = (path: string): Buffer => readFileSync(join(projectRoot, path));

describe('the icons in assets/', () => {
	it('were made from the drawings as they are', () => {
		expect(areIconsFresh(projectRoot)).toBe(true);
	});

	it.each(pictures.map(({ path, size }) => [path, size] as const))('%s has an edge of %i pixels', (path, size) => {
		expect(pngSize(read(path))).toEqual({ width: size, height: size });
	});

	it('the two drawings give different pictures', () => {
		for (const [app, tray] of [
			['16x16', 'trayTemplate'],
			['32x32', 'trayTemplate@2x'],
		] as const)
			expect(read(`assets/icons/${app}.png`).equals(read(`assets/${tray}.png`))).toBe(false);
	});

	it('the ICO lists its sizes and where each picture lies', () => {
		const ico = read(containers.ico);
		expect([ico.readUInt16LE(0), ico.readUInt16LE(2), ico.readUInt16LE(4)]).toEqual([0, 1, icoSizes.length]);
		const found = icoSizes.map((_size, index) => {
			const at = 6 + 16 * index;
			const offset = ico.readUInt32LE(at + 12);
			return pngSize(ico.subarray(offset, offset + ico.readUInt32LE(at + 8))).width;
		});
		expect(found).toEqual(icoSizes);
	});

	it('the ICNS holds every size up to 1024, and states its own length', () => {
		const icns = read(containers.icns);
		expect(icns.toString('latin1', 0, 4)).toBe('icns');
		expect(icns.readUInt32BE(4)).toBe(icns.length);
		const found = new Map<string, number>();
		for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
			found.set(icns.toString('latin1', at, at + 4), pngSize(icns.subarray(at + 8)).width);
		}
		expect(found.get('icp4')).toBe(16);
		expect(found.get('ic08')).toBe(256);
		expect(found.get('ic10')).toBe(1024);
	});
});

it('refuses what is no picture, and what does not fit', () => {
	expect(() => icoOf([Buffer.from('GIF89a')])).toThrow('not a PNG');
	expect(() => icnsOf([Buffer.alloc(40)])).toThrow('not a PNG');
	expect(() => icoOf([read('assets/icons/512x512.png')])).toThrow('too many');
});
