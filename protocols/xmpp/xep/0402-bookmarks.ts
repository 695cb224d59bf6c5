/** XEP-0402 PEP Native Bookmarks: which rooms we are in, on all devices. */
import { type Jid, parseJid } from '../jid.ts';
import { attr, child, childText, el, type Element } from '../stanza.ts';
import type { PubsubItem } from './0223-own-data.ts';

export const nsBookmarks = 'urn:xmpp:bookmarks:1';

export interface Bookmark {
	readonly room: Jid;
	readonly name: string | null;
	readonly autojoin: boolean;
	readonly nick: string | null;
	readonly password: string | null;
	/** What other clients put there; must be kept (section 4.1). */
	readonly extensions: Element | null;
}

export function readBookmark(item: PubsubItem): Bookmark | null {
	const room = parseJid(item.id);
	const conference = item.payload;
	if (
		room === null ||
		room.local === '' ||
		room.resource !== '' ||
		conference === undefined ||
		!conference.is('conference', nsBookmarks)
	)
		return null;
	const autojoin = attr(conference, 'autojoin');
	return {
		room,
		name: attr(conference, 'name') ?? null,
		autojoin: autojoin === 'true' || autojoin === '1',
		nick: childText(conference, 'nick', nsBookmarks) ?? null,
		password: childText(conference, 'password', nsBookmarks) ?? null,
		extensions: child(conference, 'extensions', nsBookmarks) ?? null,
	};
}

export const bookmarkElement = (bookmark: Bookmark): Element =>
	el(
		'conference',
		{ xmlns: nsBookmarks, name: bookmark.name ?? undefined, autojoin: bookmark.autojoin ? 'true' : 'false' },
		bookmark.nick === null ? null : el('nick', {}, bookmark.nick),
		bookmark.password === null ? null : el('password', {}, bookmark.password),
		bookmark.extensions,
	);
