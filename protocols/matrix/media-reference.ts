/** The adapter's references to files: a Matrix Content URI, or one marked as "a smaller picture of this". */
import type { MediaContent } from '../model/content.ts';
import { type Mxc, readMxc } from './matrix-id.ts';

/** What we ask of the server's own thumbnails, in pixels; most servers have this size ready. */
export const thumbnailSize = { width: 800, height: 600 } as const;

const mark = 'thumbnail:';
/** Pictures up to this many bytes are shown as they are. */
const smallBytes = 150_000;
/** What homeservers make thumbnails of. */
const scalable: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

export function readReference(reference: string): (Mxc & { readonly thumbnail: boolean }) | null {
	const thumbnail = reference.startsWith(mark);
	const mxc = readMxc(thumbnail ? reference.slice(mark.length) : reference);
	return mxc === null ? null : { ...mxc, thumbnail };
}

type PictureFacts = Pick<MediaContent, 'mediaKind' | 'mime' | 'size' | 'source'>;

/** A picture that the server scales for us; null where it could not, or where it would save nothing. */
export function serverThumbnail({ mediaKind, mime, size, source }: PictureFacts): string | null {
	if (mediaKind !== 'image' && mediaKind !== 'sticker') return null;
	if (mime !== null && !scalable.has(mime)) return null;
	return size !== null && size <= smallBytes ? null : mark + source;
}
