/**
 * Files in the media repository of the homeserver (specification "Content repository"). Whatever server a file is from,
 * only our own is asked; it fetches the rest, or names the place where it keeps its files.
 */
import type { MediaFacet } from '../adapter/adapter.ts';
import { chatError, ChatException, fail } from '../model/errors.ts';
import { MatrixHttpError } from './errors.ts';
import type { HomeserverHttp } from './http.ts';
import type { Download, Elsewhere } from './http-body.ts';
import { getCount, getString } from './json.ts';
import { readMxc } from './matrix-id.ts';
import { readReference, thumbnailSize } from './media-reference.ts';
import { withRetry } from './retry.ts';
import { segment, type Session } from './session.ts';

type Upload = Parameters<MediaFacet['upload']>[0];

/** Since version 1.11: with the access token. */
const authenticated = '/_matrix/client/v1/media';
const legacy = '/_matrix/media/v3';
const configTimeoutMs = 5000;

type WebGet = (address: string, signal: AbortSignal) => Promise<Download>;

/** @param elsewhere asks where the homeserver sends us: without a token, never a private address */
export function mediaOf(session: () => Session, elsewhere: WebGet): MediaFacet {
	return {
		upload: (request, signal) => upload(session(), request, signal),
		download: async (reference, signal) => {
			const answer = await download(session(), reference, signal);
			return 'location' in answer ? elsewhere(answer.location, signal) : answer;
		},
	};
}

async function upload(session: Session, request: Upload, signal: AbortSignal) {
	const { conversation, name, mime, size } = request;
	const open = (): AsyncIterable<Uint8Array> => request.open();
	const progress = (sent: number): void => request.progress(sent);
	if (!session.rooms.stateKnown(conversation) && !session.guard.wasEverEncrypted(conversation))
		await session.roomState(conversation);
	// A readable file must not lie on the server for a message that may never refer to it.
	const check = (): void => session.guard.check(conversation, 'm.room.message', session.rooms.stateKnown(conversation));
	check();
	const limit = session.rooms.uploadLimit;
	if (limit !== null && size > limit) fail('oversized', null, { params: { limit: String(limit) } });
	const both = AbortSignal.any([signal, session.signal]);
	const answer = await withRetry(session.context.clock, both, () => {
		check();
		return session.http
			.upload(`${legacy}/upload`, { mime, size, open, progress, query: { filename: name }, signal: both })
			.catch(cancelled(signal));
	});
	const source = getString(answer, 'content_uri', 1024);
	if (source === null || readMxc(source) === null)
		fail('protocol-violation', 'the server named no address for the file');
	// We have the file itself, so nobody here needs a smaller one.
	return { source, thumbnail: null };
}

async function download(session: Session, reference: string, signal: AbortSignal): Promise<Download | Elsewhere> {
	const wanted = readReference(reference);
	if (wanted === null) fail('bad-input', 'no reference to a file');
	const both = AbortSignal.any([signal, session.signal]);
	const place = `${wanted.thumbnail ? 'thumbnail' : 'download'}/${segment(wanted.server)}/${segment(wanted.id)}`;
	const query = wanted.thumbnail ? { ...thumbnailSize, method: 'scale', animated: 'false' } : {};
	const open = (base: string, anonymous: boolean): Promise<Download | Elsewhere> =>
		withRetry(session.context.clock, both, () =>
			session.http.download(`${base}/${place}`, { query, anonymous, signal: both }).catch(cancelled(signal)),
		);
	try {
		return await open(authenticated, false);
	} catch (thrown) {
		if (!isUnknownEndpoint(thrown)) throw thrown;
		// From before version 1.11, when the way to a file needed no token and therefore gets none.
		return open(legacy, true);
	}
}

/** Largest file the server takes, in bytes; null when it does not tell. Never rejects. */
export async function uploadLimitOf(http: HomeserverHttp, signal: AbortSignal): Promise<number | null> {
	const ask = (base: string): Promise<unknown> =>
		http.request('GET', `${base}/config`, { signal, timeoutMs: configTimeoutMs });
	const config = await ask(authenticated)
		.catch((thrown: unknown) => (isUnknownEndpoint(thrown) ? ask(legacy) : null))
		.catch(() => null);
	return getCount(config, 'm.upload.size');
}

/** Only then the older way may be tried: a file that is not there is not there either way. */
const isUnknownEndpoint = (thrown: unknown): boolean =>
	thrown instanceof MatrixHttpError &&
	(thrown.errcode === 'M_UNRECOGNIZED' ||
		((thrown.status === 404 || thrown.status === 405) && thrown.errcode === null));

/** What the transport throws when the signal aborted, as a typed error; by us it was the end of the session. */
function cancelled(signal: AbortSignal): (thrown: unknown) => never {
	return (thrown) => {
		if (thrown instanceof ChatException) throw thrown;
		throw new ChatException(signal.aborted ? chatError('cancelled') : chatError('connection-lost'), thrown);
	};
}
