/** Bodies of requests and answers: read within bounds, counted, or handed on as they come. */
import type { Response } from 'undici';
import { fail } from '../model/errors.ts';
import { networkError } from './errors.ts';

export interface UploadOptions {
	readonly mime: string;
	/** Bytes that `open` will give. */
	readonly size: number;
	/** The bytes from the start; called again when the token had to be swapped. */
	readonly open: () => AsyncIterable<Uint8Array>;
	/** Bytes handed to the network so far. */
	readonly progress: (sent: number) => void;
	readonly query?: Readonly<Record<string, string>>;
	readonly signal: AbortSignal;
}

/** The server sends us elsewhere for a file, such as to where it rents storage. */
export interface Elsewhere {
	readonly location: string;
}

export interface Download {
	/** Bytes, where the server tells. */
	readonly size: number | null;
	readonly body: AsyncIterable<Uint8Array>;
}

/** An answer read to its end. */
export interface Answer {
	readonly status: number;
	readonly text: string;
	readonly retryAfter: string | null;
	readonly contentType: string | null;
}

export const answerOf = (response: Response, text: string): Answer => ({
	status: response.status,
	text,
	retryAfter: response.headers.get('retry-after'),
	contentType: response.headers.get('content-type'),
});

export async function* counted({ open, progress }: UploadOptions): AsyncIterable<Uint8Array> {
	let sent = 0;
	for await (const chunk of open()) {
		yield chunk;
		sent += chunk.byteLength;
		progress(sent);
	}
}

export async function* bodyOf(response: Response): AsyncIterable<Uint8Array> {
	if (response.body === null) return;
	try {
		yield* response.body as AsyncIterable<Uint8Array>;
	} catch (thrown) {
		throw networkError(thrown);
	}
}

/** Reads at most `maxBytes` after decompression, so neither a huge body nor a bomb fills the memory. */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
	if (response.body === null) return '';
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
		bytes += chunk.byteLength;
		if (bytes > maxBytes) fail('oversized', `answer larger than ${maxBytes} bytes`);
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The part of a Response that the SDK reads; the body is parsed already, so it is not serialised again. */
export function sdkResponse(answer: Answer, json: unknown): globalThis.Response {
	const headers = new Headers();
	// Error bodies that do not parse are announced as text, else the SDK would throw while parsing them.
	if (answer.contentType !== null) headers.set('Content-Type', json === undefined ? 'text/plain' : 'application/json');
	if (answer.retryAfter !== null) headers.set('Retry-After', answer.retryAfter);
	const response = {
		ok: answer.status >= 200 && answer.status <= 299,
		status: answer.status,
		url: '',
		headers,
		text: () => Promise.resolve(json === undefined ? '' : JSON.stringify(json)),
		json: () => Promise.resolve(json),
	};
	return response as unknown as globalThis.Response;
}
