import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaId } from '../protocols/model/ids.ts';
import type { MediaId } from '../protocols/model/ids.ts';
import { DiskMediaCache } from './media-cache.ts';

let dir: string;
let cache: DiskMediaCache;
const key = randomBytes(32);
const one = mediaId('11'.repeat(20));
const two = mediaId('22'.repeat(20));
const pathOf = (id: MediaId): string => join(dir, id.slice(0, 2), id);

beforeEach(async () => {
	dir = await mkdtemp(join(tmpdir(), 'parley-media-'));
	cache = new DiskMediaCache({ dir, key });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(id: MediaId, content: Buffer, piece = content.length): Promise<void> {
	const writer = await cache.create(id);
	for (let at = 0; at < content.length; at += piece) await writer.write(content.subarray(at, at + piece));
	await writer.finish();
}

async function get(from: DiskMediaCache, id: MediaId): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of from.read(id)) chunks.push(chunk);
	return Buffer.concat(chunks);
}

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_001])('%d bytes come back as they were', async (length) => {
	const content = randomBytes(length);
	await put(one, content, 10_000);
	expect(await cache.size(one)).toBe(length);
	expect((await get(cache, one)).equals(content)).toBe(true);
});

test('nothing of the content is readable on disk', async () => {
	const content = Buffer.from('a very private picture '.repeat(10_000));
	await put(one, content);
	expect((await readFile(pathOf(one))).includes('private')).toBe(false);
});

test('a file is invisible until it is finished, and gone after an abort', async () => {
	const writer = await cache.create(one);
	await writer.write(Buffer.from('half'));
	expect(await cache.size(one)).toBeNull();
	await writer.abort();
	await writer.abort();
	expect(await readdir(join(dir, '11'))).toEqual([]);
});

test.each([
	['a changed byte', async (path: string) => writeFile(path, flip(await readFile(path), 100))],
	['a cut-off chunk', (path: string) => truncate(path, 20 + 65_536 + 16)],
	['a cut-off end', (path: string) => truncate(path, 20 + 65_536 + 16 + 100)],
	['an empty file', (path: string) => truncate(path, 0)],
])('%s is found out', async (_name, damage) => {
	await put(one, randomBytes(100_000));
	await damage(pathOf(one));
	await expect(get(cache, one)).rejects.toMatchObject({ error: { code: 'storage-failed' } });
});

function flip(bytes: Buffer, at: number): Buffer {
	bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
	return bytes;
}

test('another profile cannot read it', async () => {
	await put(one, Buffer.from('mine'));
	const other = new DiskMediaCache({ dir, key: randomBytes(32) });
	await expect(get(other, one)).rejects.toMatchObject({ error: { code: 'storage-failed' } });
});

test('a second name outlives the first', async () => {
	await put(one, Buffer.from('content'));
	await cache.link(one, two);
	await cache.link(one, two);
	await cache.remove(one);
	expect(await cache.size(one)).toBeNull();
	expect((await get(cache, two)).toString()).toBe('content');
	await cache.link(one, two);
	expect(await cache.size(two)).toBe(7);
});

test('trimming deletes what was not used for longest, and never what is to be kept', async () => {
	const small = new DiskMediaCache({ dir, key, maxBytes: 25_000 });
	const ids = ['a', 'b', 'c'].map((letter) => mediaId(letter.repeat(40)));
	for (const [n, id] of ids.entries()) {
		await put(id, randomBytes(10_000));
		await utimes(pathOf(id), n + 1, n + 1);
	}
	const [a, b, c] = ids as [MediaId, MediaId, MediaId];
	await small.trim(new Set([a]));
	expect([await small.size(a), await small.size(b), await small.size(c)]).toEqual([10_000, null, 10_000]);
});

test('trimming sweeps up what a crash left half written', async () => {
	await cache.create(one);
	const [name] = await readdir(join(dir, '11'));
	await utimes(join(dir, '11', String(name)), 1, 1);
	await cache.trim(new Set());
	expect(await readdir(join(dir, '11'))).toEqual([]);
});

test.each(['../../etc/passwd', '', 'zz'.repeat(20), `${'1'.repeat(40)}/x`])('%j is no id', async (text) => {
	await expect(cache.size(mediaId(text))).rejects.toMatchObject({ error: { code: 'bad-input' } });
});
