/**
 * The window's way to files, for both hosts: cached ones by opaque id, and new ones from the user's disk. What came
 * from the network gets a type only when its first bytes prove one that a window can show; everything else is a download
 * without a type. SVG is never an image here: it can carry scripts.
 */
import { imageSize } from 'image-size';
import type { MediaCache } from '../engine/media/cache.ts';
import { ChatException, fail, toChatError } from '../protocols/model/errors.ts';
import { isMediaId } from '../protocols/model/ids.ts';
import { DiskMediaCache } from './media-cache.ts';

export interface MediaFile {
	readonly size: number;
	/** To be read to its end or closed by `return`, because it holds the file open. */
	readonly body: AsyncIterableIterator<Uint8Array>;
	readonly headers: Readonly<Record<string, string>>;
}

/** Bytes of one file from the user's disk. */
const maxUploadBytes = 1024 ** 3;
/** Enough of an image to find its size behind any metadata. */
const headBytes = 1024 * 1024;
/** A picture that would take more memory than this many pixels is offered as a download. */
const maxPixels = 100_000_000;

function startsWith(bytes: Buffer, text: string, at = 0): boolean {
	return bytes.subarray(at, at + text.length).toString('latin1') === text;
}

/** The image, audio or video type that the first bytes prove, or undefined. */
function sniffType(bytes: Buffer): string | undefined {
	if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png';
	if (startsWith(bytes, '\xff\xd8\xff')) return 'image/jpeg';
	if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'image/gif';
	if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'image/webp';
	if (startsWith(bytes, 'ftypavif', 4)) return 'image/avif';
	if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WAVE', 8)) return 'audio/wav';
	if (startsWith(bytes, 'fLaC')) return 'audio/flac';
	if (startsWith(bytes, 'OggS')) return 'audio/ogg';
	if (startsWith(bytes, 'ID3')) return 'audio/mpeg';
	// MPEG audio layer III without a tag.
	if (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2) return 'audio/mpeg';
	if (startsWith(bytes, 'ftypM4A', 4)) return 'audio/mp4';
	if (startsWith(bytes, 'ftyp', 4)) return 'video/mp4';
	if (startsWith(bytes, '\x1a\x45\xdf\xa3')) return 'video/webm';
	return undefined;
}

/** The type under which a file may be shown; undefined: as a download only. */
function shownType(head: Buffer): string | undefined {
	const type = sniffType(head);
	if (type === undefined || !type.startsWith('image/')) return type;
	try {
		const { width, height } = imageSize(head);
		return width * height <= maxPixels ? type : undefined;
	} catch {
		return undefined;
	}
}

/** One cached file; undefined when there is none, or it cannot be read. */
export async function readMedia(cache: MediaCache, id: string): Promise<MediaFile | undefined> {
	if (!isMediaId(id)) return undefined;
	let opened: { readonly head: Buffer; readonly body: AsyncIterableIterator<Uint8Array> };
	let size: number | null;
	try {
		size = await cache.size(id);
		if (size === null) return undefined;
		opened = await openAtHead(cache.read(id));
	} catch (thrown) {
		if (thrown instanceof ChatException) return undefined;
		throw thrown;
	}
	const { head, body } = opened;
	const type = shownType(head);
	const headers: Record<string, string> =
		type === undefined
			? { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' }
			: { 'content-type': type, 'content-disposition': 'inline' };
	// Should the type ever be wrong, the content still cannot run.
	headers['content-security-policy'] = "default-src 'none'; sandbox";
	return { size, body, headers };
}

/** Looks at the beginning of a file; the body still has all of it, and nothing is read twice. */
async function openAtHead(
	file: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Buffer; readonly body: AsyncIterableIterator<Uint8Array> }> {
	const rest = file[Symbol.asyncIterator]();
	const seen: Uint8Array[] = [];
	let length = 0;
	while (length < headBytes) {
		const step = await rest.next();
		if (step.done === true) break;
		seen.push(step.value);
		length += step.value.length;
	}
	const head = Buffer.concat(seen);
	const body: AsyncIterableIterator<Uint8Array> = {
		[Symbol.asyncIterator]: () => body,
		next: () => {
			const chunk = seen.shift();
			return chunk === undefined ? rest.next() : Promise.resolve({ done: false, value: chunk });
		},
		return: async () => {
			seen.length = 0;
			await rest.return?.();
			return { done: true, value: undefined };
		},
	};
	return { head, body };
}

/**
 * Takes a file in from the window.
 * @returns its id for `message.sendFile`
 * @throws ChatException `oversized`, `storage-failed`
 */
async function takeUpload(
	cache: MediaCache,
	body: AsyncIterable<Uint8Array>,
): Promise<{ readonly id: string; readonly size: number }> {
	const id = DiskMediaCache.newId();
	const writer = await cache.create(id);
	let size = 0;
	try {
		for await (const chunk of body) {
			size += chunk.length;
			if (size > maxUploadBytes) fail('oversized', null, { params: { limit: String(maxUploadBytes) } });
			await writer.write(chunk);
		}
		await writer.finish();
	} catch (thrown) {
		await writer.abort();
		throw thrown;
	}
	return { id, size };
}

/** The answer to POST `/upload`: its status and its JSON. */
export async function answerUpload(
	cache: MediaCache,
	body: AsyncIterable<Uint8Array>,
): Promise<{ readonly status: number; readonly value: unknown }> {
	try {
		return { status: 200, value: await takeUpload(cache, body) };
	} catch (thrown) {
		const error = toChatError(thrown);
		return { status: error.code === 'oversized' ? 413 : 507, value: { error } };
	}
}
