/**
 * Cached media by opaque id, for both hosts. What came from the network is served as an image only when its first bytes
 * say so; everything else is a download without a type. SVG is never an image here: it can carry scripts.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type MediaFile = { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> };

const idPattern = /^[0-9a-f]{32,64}$/;

function startsWith(bytes: Buffer, text: string, at = 0): boolean {
	return bytes.subarray(at, at + text.length).toString('latin1') === text;
}

/** The image type that the first bytes prove, or undefined. */
export function sniffImage(bytes: Buffer): string | undefined {
	if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png';
	if (startsWith(bytes, '\xff\xd8\xff')) return 'image/jpeg';
	if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'image/gif';
	if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'image/webp';
	if (startsWith(bytes, 'ftypavif', 4)) return 'image/avif';
	return undefined;
}

/** Where the media cache keeps an id; undefined when it is no id at all. */
export function mediaPath(mediaDir: string, id: string): string | undefined {
	return idPattern.test(id) ? join(mediaDir, id.slice(0, 2), id) : undefined;
}

/** Reads one cached medium; undefined when there is none. */
export async function readMedia(mediaDir: string, id: string): Promise<MediaFile | undefined> {
	const path = mediaPath(mediaDir, id);
	if (path === undefined) return undefined;
	let body: Buffer;
	try {
		body = await readFile(path);
	} catch {
		return undefined;
	}
	const type = sniffImage(body);
	const headers: Record<string, string> =
		type === undefined
			? { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' }
			: { 'content-type': type, 'content-disposition': 'inline' };
	// Should the type ever be wrong, the content still cannot run.
	headers['content-security-policy'] = "default-src 'none'; sandbox";
	return { body, headers };
}
