/**
 * Whose word counts for what. Every privileged stanza (a copy of our own traffic, an archived message, a change of
 * our contact list, our own published data) is checked here and nowhere else, because forgetting one check is how
 * most clients were broken: carbons (CVE-2017-5589 and its family), archive results (CVE-2019-16237), roster pushes
 * (CVE-2015-8688), bookmarks (CVE-2023-28686), corrections (CVE-2022-39835).
 */
import { fullText, type Jid, parseJid, sameBare, sameJid } from './jid.ts';
import { attr, childrenOf, type Element } from './stanza.ts';

export type Privilege =
	/** Copy of a message of another device (XEP-0280). */
	| 'carbon'
	/** Change of the contact list (RFC 6121 section 2.1.6). */
	| 'roster-push'
	/** Change of the block list (XEP-0191). */
	| 'block-push'
	/** Our own published data: bookmarks, read positions (XEP-0223). */
	| 'own-data'
	/** Result of a query to our own archive (XEP-0313). */
	| 'own-archive';

/** Sender of a stanza: null when it has no `from` (then only our own server can have made it), `invalid` when unreadable. */
export type Sender = Jid | null | 'invalid';

export function senderOf(stanza: Element): Sender {
	const text = attr(stanza, 'from');
	if (text === undefined) return null;
	return parseJid(text) ?? 'invalid';
}

const isOwnBare = (sender: Sender, self: Jid): boolean =>
	sender === null || (sender !== 'invalid' && sameBare(sender, self) && sender.resource === '');

const rules: Readonly<Record<Privilege, (sender: Sender, self: Jid) => boolean>> = {
	// Our own full address or another device may not: any stanza sent to oneself would forge a copy.
	carbon: isOwnBare,
	'roster-push': isOwnBare,
	'block-push': isOwnBare,
	'own-data': isOwnBare,
	'own-archive': isOwnBare,
};

/** May this sender exercise the privilege on our account? */
export const mayExercise = (privilege: Privilege, sender: Sender, self: Jid): boolean => rules[privilege](sender, self);

/** Archive results of a room only count from the room itself. */
export const isFromRoom = (sender: Sender, room: Jid): boolean =>
	sender !== null && sender !== 'invalid' && sameBare(sender, room) && sender.resource === '';

/** Moderation (XEP-0425) is announced by the room, never by an occupant. */
export const mayModerate = isFromRoom;

/**
 * A copied message must be ours in the direction it claims: `sent` copies come from our account, `received` ones go
 * to it; never a groupchat message and never a copy of a copy.
 */
export function isPlausibleCarbon(direction: 'sent' | 'received', inner: Element, self: Jid): boolean {
	const from = parseJid(attr(inner, 'from'));
	const to = parseJid(attr(inner, 'to'));
	if (attr(inner, 'type') === 'groupchat' || from === null) return false;
	const nested = ['sent', 'received'].some((name) => childrenOf(inner, name, 'urn:xmpp:carbons:2').length > 0);
	if (nested) return false;
	return direction === 'sent' ? sameBare(from, self) : to === null || sameBare(to, self);
}

/** A message in our own archive must be from or to us; a room's archive holds only messages of its occupants. */
export function isPlausibleArchived(inner: Element, archive: Jid, isRoom: boolean): boolean {
	const from = parseJid(attr(inner, 'from'));
	const to = parseJid(attr(inner, 'to'));
	if (from === null) return false;
	if (isRoom) return sameBare(from, archive) && attr(inner, 'type') === 'groupchat';
	return sameBare(from, archive) || (to !== null && sameBare(to, archive)) || to === null;
}

/**
 * The id an archive gave a message (XEP-0359 section 5): only from the archive that we asked or that serves the
 * conversation, only where it announces to keep others' forgeries out, and never when the id is there twice.
 */
export function stanzaIdBy(message: Element, archive: Jid, announced: boolean): string | null {
	if (!announced) return null;
	const mine = childrenOf(message, 'stanza-id', 'urn:xmpp:sid:0').filter((e) => {
		const by = parseJid(attr(e, 'by'));
		return by !== null && sameJid(by, archive);
	});
	const id = attr(mine[0], 'id');
	return mine.length === 1 && id !== undefined && id !== '' ? id : null;
}

/**
 * Key under which the engine compares authors of a message and of its correction, reaction or retraction. With an
 * occupant id a nickname taken over by somebody else is another author; without one the nickname is all there is.
 */
export function authorKey(jid: Jid, occupantId: string | null): string {
	return occupantId === null ? fullText(jid) : `${fullText({ ...jid, resource: '' })}?occupant=${occupantId}`;
}
