/** XEP-0372 References of type mention: who is meant, whatever the words call them. Offsets are code points. */
import { type RemoteUserId } from '../../model/ids.ts';
import { type RichText, richText, type Span } from '../../model/rich-text.ts';
import { type Jid, parseJid } from '../jid.ts';
import { attr, childrenOf, el, type Element, wholeNumber } from '../stanza.ts';

const nsReference = 'urn:xmpp:reference:0';
const maxMentions = 50;

export interface Mention {
	readonly who: Jid;
	/** Code points of the body; null when the sender tells no place. */
	readonly range: { readonly start: number; readonly end: number } | null;
}

/** Only `xmpp:` addresses; anything else is no person. */
function readAddress(uri: string | undefined): Jid | null {
	const match = /^xmpp:([^?#]+)/i.exec(uri ?? '');
	if (match === null) return null;
	try {
		return parseJid(decodeURIComponent(match[1] ?? ''));
	} catch {
		return null;
	}
}

export function readMentions(message: Element): Mention[] {
	return childrenOf(message, 'reference', nsReference)
		.slice(0, maxMentions)
		.flatMap((reference): Mention[] => {
			const who = attr(reference, 'type') === 'mention' ? readAddress(attr(reference, 'uri')) : null;
			if (who === null) return [];
			const start = wholeNumber(attr(reference, 'begin'));
			const end = wholeNumber(attr(reference, 'end'));
			return [{ who, range: start === undefined || end === undefined || end <= start ? null : { start, end } }];
		});
}

/** How often `piece` stands before `at`; overlapping ones count, as in {@link nthIndex}. */
function countBefore(text: string, piece: string, at: number): number {
	let count = 0;
	for (let i = text.indexOf(piece); i >= 0 && i < at; i = text.indexOf(piece, i + 1)) count++;
	return count;
}

function nthIndex(text: string, piece: string, nth: number): number {
	let at = text.indexOf(piece);
	for (let i = 0; i < nth && at >= 0; i++) at = text.indexOf(piece, at + 1);
	return at;
}

/**
 * Where a part of one text stands in another that differs by inserted or removed markers only: the same words, the same
 * time from the start. Markers inside the part make it unfindable.
 */
function sameWords(from: string, start: number, end: number, into: string): number {
	const piece = from.slice(start, end);
	return piece === '' ? -1 : nthIndex(into, piece, countBefore(from, piece, start));
}

export interface PlacedMention {
	readonly user: RemoteUserId;
	/** UTF-16 offsets in the body without fallbacks, before its styling was read. */
	readonly start: number;
	readonly end: number;
}

/** Puts mention spans on a body whose styling has been read. */
export function addMentions(rich: RichText, styled: string, mentions: readonly PlacedMention[]): RichText {
	const spans: Span[] = mentions.flatMap(({ user, start, end }): Span[] => {
		const at = sameWords(styled, start, end, rich.text);
		return at < 0 ? [] : [{ kind: 'mention', user, room: false, start: at, end: at + (end - start) }];
	});
	return spans.length === 0 ? rich : richText(rich.text, [...rich.spans, ...spans]);
}

/** UTF-16 offset of a code point; null beyond the end. */
export function unitOffset(text: string, codePoint: number): number | null {
	let at = 0;
	for (let i = 0; i < codePoint; i++) {
		const char = text.codePointAt(at);
		if (char === undefined) return null;
		at += char > 0xffff ? 2 : 1;
	}
	return at;
}

/**
 * The elements for the mentions of a message we send.
 * @param prefix what stands before the body (the quote of a reply)
 * @param addressOf `room@service/nick` or a bare address for a member; null when it is not known
 */
export function mentionElements(
	rich: RichText,
	styled: string,
	prefix: string,
	addressOf: (user: RemoteUserId) => string | null,
): Element[] {
	const points = (text: string): number => Array.from(text).length;
	return rich.spans.slice(0, maxMentions).flatMap((span): Element[] => {
		if (span.kind !== 'mention' || span.user === null) return [];
		const address = addressOf(span.user);
		const at = sameWords(rich.text, span.start, span.end, styled);
		if (address === null || at < 0) return [];
		const begin = points(prefix) + points(styled.slice(0, at));
		const end = begin + points(rich.text.slice(span.start, span.end));
		const uri = `xmpp:${address.split('/').map(encodeURIComponent).join('/').replaceAll('%40', '@')}`;
		return [el('reference', { xmlns: nsReference, type: 'mention', begin, end, uri })];
	});
}
