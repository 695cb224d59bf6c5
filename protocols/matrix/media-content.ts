/**
 * Files in messages, both ways, pure (specification "m.image" and its siblings, captions since version 1.10, voice
 * messages as in MSC3245). What a sender says about a file is a hint: the bytes decide what it is.
 */
import type { MediaContent } from '../model/content.ts';
import { safeFileName } from '../model/file-name.ts';
import type { RichText } from '../model/rich-text.ts';
import { cleanText, get, getArray, getCount, getRecord, getString, isRecord, type JsonRecord } from './json.ts';
import { readMxc } from './matrix-id.ts';
import { serverThumbnail } from './media-reference.ts';
import type { WireContent } from './outgoing-content.ts';

/** Steps of a waveform that are kept; senders give about a hundred. */
const maxWaveform = 256;
const maxLoudness = 1024;
const maxPixels = 100_000;
/** A day. */
const maxDurationMs = 24 * 60 * 60 * 1000;

/**
 * Null when there is no usable reference: none at all, no Matrix Content URI, or an encrypted file whose key we would
 * have to use. `caption` gives the body as rich text.
 */
export function readMedia(
	mediaKind: MediaContent['mediaKind'],
	content: JsonRecord,
	caption: () => RichText,
): MediaContent | null {
	const source = getString(content, 'url', 1024);
	if (source === null || readMxc(source) === null || isRecord(get(content, 'file'))) return null;
	const info = getRecord(content, 'info');
	const body = cleanText(getString(content, 'body') ?? '').trim();
	const given = getString(content, 'filename', 1024)?.trim() ?? '';
	const size = getCount(info, 'size');
	const mime = mimeOf(info);
	return {
		kind: 'media',
		mediaKind,
		name: nameOf(given, body, mediaKind),
		mime,
		size,
		width: positive(info, 'w', maxPixels),
		height: positive(info, 'h', maxPixels),
		durationMs: positive(info, 'duration', maxDurationMs) ?? positive(voiceOf(content), 'duration', maxDurationMs),
		source,
		thumbnail: ownThumbnail(info, source) ?? serverThumbnail({ mediaKind, mime, size, source }),
		host: null,
		waveform: mediaKind === 'audio' ? waveformOf(content) : null,
		// Only a body beside a file name that differs is a caption.
		caption: mediaKind !== 'sticker' && given !== '' && body !== '' && body !== given ? caption() : null,
	};
}

/** A body of several lines is no name; a sticker's is a description of it. */
function nameOf(given: string, body: string, kind: string): string {
	const name = given === '' ? (body.split('\n', 1)[0] ?? '') : given;
	return name === '' ? kind : safeFileName(name);
}

function mimeOf(info: JsonRecord): string | null {
	const mime = getString(info, 'mimetype', 100)?.toLowerCase() ?? null;
	return mime !== null && /^[\w.+-]+\/[\w.+-]+$/.test(mime) ? mime : null;
}

function positive(holder: unknown, key: string, max: number): number | null {
	const value = getCount(holder, key);
	return value !== null && value > 0 && value <= max ? value : null;
}

/** The sender's own smaller picture. One that is the file itself would be no smaller. */
function ownThumbnail(info: JsonRecord, source: string): string | null {
	const url = getString(info, 'thumbnail_url', 1024);
	if (url === null || url === source || readMxc(url) === null) return null;
	// Browsers do not draw these as pictures, or run what is in them.
	const mime = mimeOf(getRecord(info, 'thumbnail_info'));
	return mime === null || (mime.startsWith('image/') && !mime.startsWith('image/svg')) ? url : null;
}

const voiceOf = (content: JsonRecord): JsonRecord => getRecord(content, 'org.matrix.msc1767.audio');

function waveformOf(content: JsonRecord): readonly number[] | null {
	if (!isRecord(get(content, 'org.matrix.msc3245.voice')) && !isRecord(get(content, 'm.voice'))) return null;
	const steps = getArray(voiceOf(content), 'waveform', 10_000).map((step) =>
		typeof step === 'number' && Number.isFinite(step) ? Math.round(Math.min(Math.max(step, 0), maxLoudness)) : 0,
	);
	return thinned(steps);
}

/** The loudest of each stretch, so that a long recording fits. */
function thinned(steps: readonly number[]): readonly number[] {
	if (steps.length <= maxWaveform) return steps;
	return Array.from({ length: maxWaveform }, (_, index) =>
		Math.max(
			...steps.slice(
				Math.floor((index * steps.length) / maxWaveform),
				Math.floor(((index + 1) * steps.length) / maxWaveform),
			),
		),
	);
}

const msgtypes = { image: 'm.image', audio: 'm.audio', video: 'm.video', file: 'm.file', sticker: 'm.image' } as const;

/** `caption`: its parts of a text message, null for none. */
export function writeMedia(
	content: MediaContent,
	caption: { readonly body: string; readonly html: string | null } | null,
): WireContent {
	const { name, mime, size, width, height, durationMs, source, thumbnail } = content;
	const info = {
		...(mime === null ? {} : { mimetype: mime }),
		...(size === null ? {} : { size }),
		...(width === null ? {} : { w: width }),
		...(height === null ? {} : { h: height }),
		...(durationMs === null ? {} : { duration: Math.round(durationMs) }),
		...(thumbnail !== null && readMxc(thumbnail) !== null ? { thumbnail_url: thumbnail } : {}),
	};
	return {
		msgtype: msgtypes[content.mediaKind],
		body: caption?.body ?? name,
		filename: name,
		...(caption?.html == null ? {} : { format: 'org.matrix.custom.html', formatted_body: caption.html }),
		url: source,
		info,
		...(content.mediaKind === 'audio' && content.waveform !== null ? voiceParts(content, content.waveform) : {}),
	};
}

/** What clients take for a recording of the sender's voice (MSC3245 with the blocks of MSC1767). */
function voiceParts(content: MediaContent, waveform: readonly number[]): WireContent {
	return {
		'org.matrix.msc1767.text': content.name,
		'org.matrix.msc1767.file': {
			url: content.source,
			name: content.name,
			...(content.mime === null ? {} : { mimetype: content.mime }),
			...(content.size === null ? {} : { size: content.size }),
		},
		'org.matrix.msc1767.audio': {
			...(content.durationMs === null ? {} : { duration: Math.round(content.durationMs) }),
			waveform,
		},
		'org.matrix.msc3245.voice': {},
	};
}
