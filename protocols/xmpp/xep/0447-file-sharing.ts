/**
 * Files in messages: Stateless File Sharing (XEP-0447) with File Metadata (XEP-0446), Stateless Inline Media Sharing
 * (XEP-0385) when reading, and Out-of-Band Data (XEP-0066) for everybody else. What is said about a file is a hint.
 */
import type { MediaContent } from '../../model/content.ts';
import { attr, child, childrenOf, childText, el, type Element, elements, wholeNumber } from '../stanza.ts';
import { safeFileName } from '../../model/file-name.ts';
import { readReference, writeReference } from '../file-reference.ts';
import { fallbackFor } from './0428-fallback.ts';

export const nsSharing = 'urn:xmpp:sfs:0';
const nsMetadata = 'urn:xmpp:file:metadata:0';
const nsUrlData = 'http://jabber.org/protocol/url-data';
const nsHashes = 'urn:xmpp:hashes:2';
const nsThumbs = 'urn:xmpp:thumbs:1';
const nsReference = 'urn:xmpp:reference:0';
const nsSims = 'urn:xmpp:sims:1';
const nsOob = 'jabber:x:oob';

/** Pixels a side may have, and milliseconds of a day: larger claims are nonsense. */
const maxSide = 100_000;
const maxDuration = 24 * 60 * 60_000;
const maxSources = 10;

/** A file as the stanza describes it; its caption is the caller's. */
export type SharedFile = Omit<MediaContent, 'caption' | 'host'> & {
	readonly url: URL;
	/** What the sender's own description says; null: nothing. */
	readonly description: string | null;
};

/** The first file of a message that can be fetched. @param body to tell a file from a link that is talked about */
export function readSharedFile(message: Element, body: string): SharedFile | null {
	return readSharing(message) ?? readSims(message) ?? readOob(message, body);
}

function readSharing(message: Element): SharedFile | null {
	const sharing = child(message, 'file-sharing', nsSharing);
	const sources = childrenOf(child(sharing, 'sources', nsSharing), 'url-data', nsUrlData);
	return describe(
		elements(sharing).find((e) => e.getName() === 'file' && e.getNS() === nsMetadata),
		sources.slice(0, maxSources).map((e) => attr(e, 'target') ?? ''),
	);
}

function readSims(message: Element): SharedFile | null {
	for (const reference of childrenOf(message, 'reference', nsReference).slice(0, maxSources)) {
		const sharing = child(reference, 'media-sharing', nsSims);
		const sources = elements(child(sharing, 'sources', nsSims)).filter((e) => e.getName() === 'reference');
		const file = describe(
			elements(sharing).find((e) => e.getName() === 'file'),
			sources.slice(0, maxSources).map((e) => attr(e, 'uri') ?? ''),
		);
		if (file !== null) return file;
	}
	return null;
}

function readOob(message: Element, body: string): SharedFile | null {
	const url = childText(child(message, 'x', nsOob), 'url', nsOob)?.trim() ?? '';
	return url !== '' && body.trim() === url ? describe(undefined, [url]) : null;
}

function describe(file: Element | undefined, addresses: readonly string[]): SharedFile | null {
	const text = (name: string): string | null =>
		elements(file)
			.find((e) => e.getName() === name && e.getNS() === file?.getNS())
			?.getText()
			.trim() ?? null;
	const hash = elements(file).find(
		(e) => e.getName() === 'hash' && e.getNS() === nsHashes && attr(e, 'algo') === 'sha-256',
	);
	const source = addresses
		.map((one) => writeReference(one, hash?.getText().trim() ?? null))
		.find((one) => one !== null);
	const url = source === undefined ? undefined : readReference(source)?.url;
	if (source === undefined || url === undefined) return null;
	const number = (name: string, most: number): number | null => {
		const value = wholeNumber(text(name) ?? undefined);
		return value !== undefined && value <= most ? value : null;
	};
	const side = (name: string): number | null => number(name, maxSide) || null;
	const type = text('media-type')?.toLowerCase() ?? '';
	const mime = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(type) ? type : null;
	const name = safeFileName(text('name') || lastSegment(url));
	const description = text('desc');
	return {
		kind: 'media',
		mediaKind: kindOf(mime, name),
		name,
		mime,
		size: number('size', Number.MAX_SAFE_INTEGER),
		width: side('width'),
		height: side('height'),
		durationMs: number('length', maxDuration) || null,
		source,
		thumbnail: thumbnailOf(file, url),
		waveform: null,
		url,
		description: description === '' ? null : description,
	};
}

/** Only from where the file itself is: a picture elsewhere would tell one more host who looks. */
function thumbnailOf(file: Element | undefined, url: URL): string | null {
	for (const thumbnail of childrenOf(file, 'thumbnail', nsThumbs).slice(0, maxSources)) {
		const reference = writeReference(attr(thumbnail, 'uri') ?? '', null);
		if (reference !== null && readReference(reference)?.url.origin === url.origin && reference !== url.href)
			return reference;
	}
	return null;
}

function lastSegment(url: URL): string {
	const last = url.pathname.split('/').findLast((part) => part !== '') ?? '';
	try {
		return decodeURIComponent(last);
	} catch {
		return last;
	}
}

function kindOf(mime: string | null, name: string): MediaContent['mediaKind'] {
	const [type] = (mime ?? '').split('/');
	// A drawing can do more than show a picture, so it is a file like any other.
	if (mime === 'image/svg+xml') return 'file';
	if (type === 'image' || type === 'audio' || type === 'video') return type;
	if (mime !== null && mime !== 'application/octet-stream') return 'file';
	if (/\.(png|jpe?g|gif|webp|avif)$/i.test(name)) return 'image';
	if (/\.(mp3|ogg|oga|opus|m4a|aac|wav|flac)$/i.test(name)) return 'audio';
	return /\.(mp4|m4v|webm|mov|mkv)$/i.test(name) ? 'video' : 'file';
}

/** The elements that offer a file. @param address its address; @param sha256 base64 */
export function sharingElements(content: MediaContent, address: string, sha256: string | null): Element[] {
	const value = (name: string, of: string | number | null): Element | null =>
		of === null ? null : el(name, {}, String(of));
	const inline = content.mediaKind !== 'file';
	return [
		el(
			'file-sharing',
			{ xmlns: nsSharing, disposition: inline ? 'inline' : 'attachment' },
			el(
				'file',
				{ xmlns: nsMetadata },
				value('media-type', content.mime),
				value('name', content.name),
				value('size', content.size),
				value('width', content.width),
				value('height', content.height),
				value('length', content.durationMs),
				sha256 === null ? null : el('hash', { xmlns: nsHashes, algo: 'sha-256' }, sha256),
			),
			el('sources', {}, el('url-data', { xmlns: nsUrlData, target: address })),
		),
		el('x', { xmlns: nsOob }, el('url', {}, address)),
	];
}

/** Marks what a body holds for clients that know no file sharing: all of it, or the part from a code point on. */
export const sharingFallback = (start: number, end: number): Element =>
	start === 0
		? fallbackFor(nsSharing)
		: el('fallback', { xmlns: 'urn:xmpp:fallback:0', for: nsSharing }, el('body', { start, end }));
