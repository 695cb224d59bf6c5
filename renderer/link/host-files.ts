/** The bytes of files: to and from the window's host, never to or from anybody else. */
import { ChatException, chatError } from '../../protocols/model/errors.ts';
import { isMediaId } from '../../protocols/model/ids.ts';
import type { MediaId } from '../../protocols/model/ids.ts';
import { sessionKey } from './open-link.ts';

function authorization(): Readonly<Record<string, string>> {
	const session = sessionKey();
	return session === null ? {} : { authorization: `Bearer ${session}` };
}

/**
 * Hands a file to the host.
 * @param progress bytes so far
 * @throws ChatException `cancelled`, `oversized`, `storage-failed`, `connection-lost`
 */
export function uploadFile(file: Blob, progress: (done: number) => void, signal: AbortSignal): Promise<MediaId> {
	return new Promise((resolve, reject) => {
		if (signal.aborted) {
			reject(new ChatException(chatError('cancelled')));
			return;
		}
		// Not `fetch`, which does not tell how much of a body was sent.
		const request = new XMLHttpRequest();
		request.open('POST', '/upload');
		for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
		request.upload.addEventListener('progress', (event) => progress(event.loaded));
		request.addEventListener('error', () => reject(new ChatException(chatError('connection-lost'))));
		request.addEventListener('abort', () => reject(new ChatException(chatError('cancelled'))));
		request.addEventListener('load', () => {
			const id = request.status === 200 ? idOf(request.responseText) : null;
			if (id !== null) resolve(id);
			else reject(new ChatException(chatError(request.status === 413 ? 'oversized' : 'storage-failed')));
		});
		signal.addEventListener('abort', () => request.abort(), { once: true });
		request.send(file);
	});
}

function idOf(json: string): MediaId | null {
	try {
		const answer: unknown = JSON.parse(json);
		const id = typeof answer === 'object' && answer !== null && 'id' in answer ? answer.id : null;
		return typeof id === 'string' && isMediaId(id) ? id : null;
	} catch {
		return null;
	}
}

/**
 * A file that the host has; its type is what its first bytes prove, `application/octet-stream` when that is nothing
 * that a window may show.
 * @throws ChatException `storage-failed`
 */
export async function readFile(id: MediaId, signal: AbortSignal): Promise<Blob> {
	const response = await fetch(`/media/${id}`, { headers: authorization(), signal });
	if (!response.ok) throw new ChatException(chatError('storage-failed'));
	return response.blob();
}
