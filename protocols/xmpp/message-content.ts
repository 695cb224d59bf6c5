/** What a message stanza shows: fallbacks taken out, formatting as spans, mentions, ciphertext recognised. */
import type { MessageContent } from '../model/content.ts';
import { remoteUserId } from '../model/ids.ts';
import { plain } from '../model/rich-text.ts';
import type { Source, MessageView } from './message-source.ts';
import { bareText, sameBare } from './jid.ts';
import { child, type Element, elements, ns } from './stanza.ts';
import { authorKey } from './trust.ts';
import { readXhtml } from './xep/0071-xhtml-im.ts';
import { readAction } from './xep/0245-me.ts';
import { nsCorrection } from './xep/0308-correction.ts';
import { addMentions, type PlacedMention, readMentions, unitOffset } from './xep/0372-mentions.ts';
import { parseStyling } from './xep/0393-styling.ts';
import { nsRetract } from './xep/0424-retraction.ts';
import { stripFallback, type Stripped } from './xep/0428-fallback.ts';
import { nsSharing, readSharedFile, type SharedFile } from './xep/0447-file-sharing.ts';
import { nsReactions } from './xep/0444-reactions.ts';
import { nsReply } from './xep/0461-reply.ts';

const encryptedNamespaces = new Set([
	'eu.siacs.conversations.axolotl',
	'urn:xmpp:omemo:2',
	'urn:xmpp:openpgp:0',
	'jabber:x:encrypted',
]);

const repeated = new Set([nsReply, nsRetract, nsReactions, nsCorrection]);
/** What a body may repeat beside a file; SIMS and out-of-band data are marked by some. */
const repeatedByFiles = new Set([...repeated, nsSharing, 'urn:xmpp:sims:1', 'jabber:x:oob']);
const maxDescription = 2000;

export interface Shown {
	readonly content: MessageContent;
	/** We are meant by an explicit mention. */
	readonly meant: boolean;
}

/** What there is to show, or null for messages without any content. */
export function readContent(message: Element, source: Source, view: MessageView): Shown | null {
	const ciphertext = readCiphertext(message);
	if (ciphertext !== undefined)
		return ciphertext === null ? null : { content: { kind: 'undecryptable', reason: ciphertext }, meant: false };
	const raw = message.getChildText('body', ns.client);
	const file = readSharedFile(message, stripFallback(message, raw ?? '', repeated).text);
	if (file !== null) return readFile(file, message, raw ?? '', source, view);
	if (raw === null) return null;
	const body = stripFallback(message, raw, repeated);
	return body.text === '' ? null : readText(message, body, source, view);
}

/** A file with the words that came with it. */
function readFile(file: SharedFile, message: Element, raw: string, source: Source, view: MessageView): Shown {
	const { url, description, ...about } = file;
	const stripped = stripFallback(message, raw, repeatedByFiles);
	// A body that is the address repeats it, marked as such or not.
	const spoken = stripped.text.trim() === url.href || stripped.text.trim() === '' ? null : stripped;
	const words = spoken === null ? null : readText(message, spoken, source, view);
	const said = words?.content.kind === 'text' || words?.content.kind === 'emote' ? words.content.body : null;
	const caption = said ?? (description === null ? null : plain(description.slice(0, maxDescription)));
	const host = view.isOwnHost(url) ? null : url.host;
	return { content: { ...about, host, caption }, meant: words?.meant ?? false };
}

function readText(message: Element, body: Stripped, source: Source, view: MessageView): Shown {
	const mentions = placeMentions(message, body, source, view);
	const action = readAction(body.text);
	const unstyled = child(message, 'unstyled', 'urn:xmpp:styling:0') !== undefined;
	const text = action ?? body.text;
	const skipped = body.text.length - text.length;
	const xhtml = action === null && !body.changed ? readXhtml(message) : null;
	const rich =
		xhtml !== null && xhtml.spans.length > 0
			? xhtml
			: addMentions(
					unstyled ? plain(text) : parseStyling(text),
					text,
					mentions.placed.flatMap((mention) =>
						mention.start < skipped ? [] : [{ ...mention, start: mention.start - skipped, end: mention.end - skipped }],
					),
				);
	return { content: { kind: action === null ? 'text' : 'emote', body: rich }, meant: mentions.meant };
}

/** The kind of encryption; null for stanzas that only carry keys between devices; undefined for readable ones. */
function readCiphertext(message: Element): string | null | undefined {
	const encryption = elements(message).find(
		(e) =>
			(e.getName() === 'encrypted' || e.getName() === 'openpgp' || e.getName() === 'x') &&
			encryptedNamespaces.has(e.getNS() ?? ''),
	);
	if (encryption === undefined) return undefined;
	const omemo = (encryption.getNS() ?? '').includes('omemo') || (encryption.getNS() ?? '').includes('axolotl');
	if (omemo && !elements(encryption).some((e) => e.getName() === 'payload')) return null;
	return omemo ? 'OMEMO' : 'OpenPGP';
}

function placeMentions(
	message: Element,
	body: Stripped,
	source: Source,
	view: MessageView,
): { readonly placed: readonly PlacedMention[]; readonly meant: boolean } {
	const placed: PlacedMention[] = [];
	let meant = false;
	for (const { who, range } of readMentions(message)) {
		const here = source.room !== null && sameBare(who, source.room.jid) ? source.room : null;
		meant ||= here === null ? sameBare(who, view.self) : who.resource === here.nick;
		const first = range === null ? null : body.place(range.start);
		const last = range === null ? null : body.place(range.end - 1);
		const start = first === null ? null : unitOffset(body.text, first);
		const end = last === null ? null : unitOffset(body.text, last + 1);
		if (start === null || end === null || end <= start) continue;
		const user =
			here === null ? remoteUserId(bareText(who)) : (here.keyOf(who.resource) ?? remoteUserId(authorKey(who, null)));
		placed.push({ user, start, end });
	}
	return { placed, meant };
}

/** The nickname as a word of its own, whatever its case. */
export function namesNick(text: string, nick: string): boolean {
	if (nick === '' || text === '') return false;
	const hay = text.toLocaleLowerCase('en');
	const needle = nick.toLocaleLowerCase('en');
	for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) {
		const before = at === 0 ? '' : Array.from(hay.slice(Math.max(0, at - 2), at)).at(-1);
		const after = Array.from(hay.slice(at + needle.length, at + needle.length + 2))[0];
		if (!/[\p{L}\p{N}_]/u.test(before ?? '') && !/[\p{L}\p{N}_]/u.test(after ?? '')) return true;
	}
	return false;
}
