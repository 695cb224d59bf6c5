/**
 * Files on the network's own file host, which ISUPPORT names (`soju.im/FILEHOST`, IRCv3 draft `FILEHOST`): uploaded by
 * POST, and spoken of by their address as the text of a message.
 */
import type { UploadRequest } from '../adapter/adapter.ts';
import type { MediaContent } from '../model/content.ts';
import { fail } from '../model/errors.ts';
import { safeFileName } from '../model/file-name.ts';
import type { RichText } from '../model/rich-text.ts';
import type { WebClient } from '../web/web-client.ts';
import type { Session } from './session.ts';

const tokens = ['SOJU.IM/FILEHOST', 'FILEHOST', 'DRAFT/FILEHOST'] as const;
const maxUrl = 400;

/** Where files go; null where there is no such place, or where somebody in between could have named it. */
export function fileHostOf(session: Session): URL | null {
	if (!session.link.encrypted) return null;
	for (const token of tokens) {
		const value = session.isupport.get(token);
		const url = value === null || value.length > maxUrl ? null : URL.parse(value);
		if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url;
	}
	return null;
}

/** Can files be sent? A file host asks for the account, and its password goes only where the server has seen it already. */
export const mayUpload = (session: Session): boolean => session.link.plainLogin && fileHostOf(session) !== null;

/** The file host when it is the server that the user has named: it may stand in a private network, like the server itself. */
export function ownFileHost(session: Session): URL | null {
	const host = fileHostOf(session);
	return host !== null && host.hostname === session.link.host ? host : null;
}

/**
 * Sends the bytes and says where they are.
 * @param login account and password as SASL PLAIN sent them
 * @throws ChatException
 */
export async function uploadFile(
	session: Session,
	web: WebClient,
	login: { readonly account: string; readonly password: string },
	request: UploadRequest,
	signal: AbortSignal,
): Promise<string> {
	const host = fileHostOf(session);
	if (host === null || !mayUpload(session)) fail('unsupported', 'files');
	const basic = Buffer.from(`${login.account}:${login.password}`, 'utf8').toString('base64');
	const location = await web.put(host.href, {
		method: 'POST',
		headers: [
			['authorization', `Basic ${basic}`],
			['content-disposition', `attachment; filename*=UTF-8''${encode(request.name)}`],
		],
		mime: request.mime,
		size: request.size,
		body: counted(request),
		signal,
	});
	const url = location === null ? null : URL.parse(location, host.href);
	if (url === null || url.protocol !== 'https:' || url.username !== '' || url.href.length > maxUrl)
		fail('protocol-violation', 'the file host named no address for the file');
	return url.href;
}

async function* counted(request: UploadRequest): AsyncGenerator<Uint8Array> {
	let sent = 0;
	for await (const chunk of request.open()) {
		yield chunk;
		sent += chunk.length;
		request.progress(sent);
	}
}

/** RFC 8187: what `encodeURIComponent` leaves but a parameter may not hold. */
const encode = (name: string): string =>
	encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);

const kinds: readonly (readonly [MediaContent['mediaKind'], RegExp])[] = [
	['image', /\.(?:png|jpe?g|gif|webp|avif)$/i],
	['audio', /\.(?:mp3|ogg|oga|opus|m4a|flac|wav)$/i],
	['video', /\.(?:mp4|webm|mov|mkv)$/i],
];

/**
 * A message that is nothing but the address of a file on the network's own file host; null for every other text. The
 * address stays readable as the caption.
 */
export function fileIn(body: RichText, session: Session): MediaContent | null {
	const text = body.text.trim();
	if (!text.startsWith('https://') || text.length > maxUrl || /\s/.test(text)) return null;
	const host = fileHostOf(session);
	const url = host === null ? null : URL.parse(text);
	if (host === null || url === null || url.origin !== host.origin || url.username !== '' || url.password !== '')
		return null;
	const folder = host.pathname.endsWith('/') ? host.pathname : `${host.pathname}/`;
	if (!url.pathname.startsWith(folder) || url.pathname === folder) return null;
	const name = nameIn(url);
	return {
		kind: 'media',
		mediaKind: kinds.find(([, pattern]) => pattern.test(name))?.[0] ?? 'file',
		name,
		mime: null,
		size: null,
		width: null,
		height: null,
		durationMs: null,
		source: url.href,
		thumbnail: null,
		host: ownFileHost(session) === null ? url.hostname : null,
		waveform: null,
		caption: { text, spans: [{ kind: 'link', url: url.href, start: 0, end: text.length }] },
	};
}

function nameIn(url: URL): string {
	const last = url.pathname.split('/').at(-1) ?? '';
	try {
		return safeFileName(decodeURIComponent(last));
	} catch {
		return safeFileName(last);
	}
}

/** The text that speaks of a file: its address, under the words that go with it. */
export const textOfFile = (content: MediaContent): RichText => ({
	text: content.caption === null ? content.source : `${content.caption.text}\n${content.source}`,
	spans: content.caption?.spans ?? [],
});
