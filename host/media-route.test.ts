import { expect, test } from 'vitest';
import type { MediaCache } from '../engine/media/cache.ts';
import { ChatException, chatError } from '../protocols/model/errors.ts';
import { mediaId } from '../protocols/model/ids.ts';
import { MemoryMediaCache } from '../protocols/testkit/memory-media-cache.ts';
import { answerUpload, readMedia } from './media-route.ts';

const id = mediaId('ab'.repeat(20));

async function* pieces(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
	await Promise.resolve();
	yield* chunks;
}

/** Counts how often the file is opened, and how often it was closed again. */
class WatchedCache extends MemoryMediaCache {
	opened = 0;
	closed = 0;

	override async *read(file: typeof id): AsyncIterable<Uint8Array> {
		this.opened += 1;
		try {
			yield* super.read(file);
		} finally {
			this.closed += 1;
		}
	}
}

test.each([0, 10, 1024 * 1024 - 1, 3 * 1024 * 1024 + 7])('%d bytes are read once, and all of them', async (length) => {
	const cache = new WatchedCache();
	const bytes = Buffer.alloc(length, 'parley');
	cache.files.set(id, bytes);
	const file = await readMedia(cache, id);
	if (file === undefined) throw new Error('no file');
	const chunks: Uint8Array[] = [];
	for await (const chunk of file.body) chunks.push(chunk);
	expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
	expect([cache.opened, cache.closed]).toEqual([1, 1]);
});

test('a file that is not read on is closed', async () => {
	const cache = new WatchedCache();
	cache.files.set(id, Buffer.alloc(3 * 1024 * 1024));
	const file = await readMedia(cache, id);
	await file?.body.return?.();
	expect([cache.opened, cache.closed]).toEqual([1, 1]);
	expect(await file?.body.next()).toMatchObject({ done: true });
});

test.each([
	['a page that calls itself a picture', '<html><script>x</script>'],
	['a vector picture', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
	['a picture without a size', '\x89PNG\r\n\x1a\n'],
])('%s is a download', async (_, words) => {
	const cache = new MemoryMediaCache();
	cache.files.set(id, Buffer.from(words, 'latin1'));
	expect((await readMedia(cache, id))?.headers).toMatchObject({
		'content-type': 'application/octet-stream',
		'content-disposition': 'attachment',
	});
});

test('an upload answers its id and size', async () => {
	const cache = new MemoryMediaCache();
	const { status, value } = await answerUpload(cache, pieces(Buffer.from('ab'), Buffer.from('c')));
	expect([status, value]).toEqual([200, { id: expect.stringMatching(/^[0-9a-f]+$/u) as string, size: 3 }]);
	expect(cache.files.size).toBe(1);
});

test.each([
	['oversized', 413],
	['storage-failed', 507],
] as const)('%s answers %d', async (code, expected) => {
	const cache: MediaCache = new MemoryMediaCache();
	cache.create = () => Promise.reject(new ChatException(chatError(code)));
	expect(await answerUpload(cache, pieces())).toMatchObject({ status: expected, value: { error: { code } } });
});
