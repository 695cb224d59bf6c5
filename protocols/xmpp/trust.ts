/**
 * Whose word counts for what. Every privileged stanza (a copy of our own traffic, an archived message, a change of
 * our contact list, our own published data) is checked here and nowhere else, because forgetting one check is how
 * most clients were broken: carbons (CVE-2017-5589 and its family), archive results (CVE-2019-16237), roster pushes
 * (CVE-2015-8688), bookmarks (CVE-2023-28686), corrections (CVE-2022-39835). Two tables say it: who may exercise a
 * privilege on our account, and who may say what about another message.
 */
import type { RemoteIdKind } from '../model/ids.ts';
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

/** What one stanza can say about another message. */
export type Relation =
	/** XEP-0308 */
	| 'edit'
	/** XEP-0424 */
	| 'retract'
	/** XEP-0425, the room's word about somebody else's message */
	| 'moderate'
	/** XEP-0444, the whole set of one sender */
	| 'react'
	/** XEP-0461 */
	| 'reply'
	/** XEP-0184 */
	| 'receipt'
	/** XEP-0333 of others */
	| 'displayed'
	/** XEP-0333 of our other devices: our own read position */
	| 'own-displayed';

/** `direct`: one to one. `room`: said to everybody there. `whisper`: private between occupants of a room. */
export type Place = 'direct' | 'room' | 'whisper';

/** Who says it, as the server stamped it: we, the other side or another occupant, or the room as such. */
export type Speaker = 'self' | 'other' | 'room';

interface RelationRule {
	/** The id space in which the target is named, where the relation exists at all (business rules of each XEP). */
	readonly target: Readonly<Record<Place, RemoteIdKind | null>>;
	readonly speakers: readonly Speaker[];
	/**
	 * Changes the target, so only its author counts. A nickname alone is no author: anybody may have borne it before
	 * (archive, greeting history), so our own messages need proof that it is us.
	 */
	readonly authorOnly: boolean;
}

/** A stanza's own id names it everywhere, except where only the room's numbering is the same for everybody. */
const bySender = { direct: 'origin', room: 'origin', whisper: 'origin' } as const;
const byArchive = { direct: 'origin', room: 'server', whisper: 'origin' } as const;

const relationRules: Readonly<Record<Relation, RelationRule>> = {
	// XEP-0308 section 4: the same sender; in rooms the same occupant. The target is its message id, also in rooms.
	edit: { target: bySender, speakers: ['self', 'other'], authorOnly: true },
	// XEP-0424 section 5: the same sender; groupchat targets are named by the room's stanza-id.
	retract: { target: byArchive, speakers: ['self', 'other'], authorOnly: true },
	// XEP-0425 section 4.2: from the room's bare address only; it exists nowhere else.
	moderate: { target: { direct: null, room: 'server', whisper: null }, speakers: ['room'], authorOnly: false },
	// XEP-0444 section 4: credited to the stamped sender.
	react: { target: byArchive, speakers: ['self', 'other'], authorOnly: false },
	reply: { target: byArchive, speakers: ['self', 'other'], authorOnly: false },
	// XEP-0184 section 5.3: never in rooms; our own devices confirm nothing to us.
	receipt: { target: { direct: 'origin', room: null, whisper: 'origin' }, speakers: ['other'], authorOnly: false },
	displayed: { target: byArchive, speakers: ['other'], authorOnly: false },
	'own-displayed': { target: byArchive, speakers: ['self'], authorOnly: false },
};

/** Where a claim comes from. */
export interface Claim {
	readonly place: Place;
	readonly speaker: Speaker;
	/** That a claim of ours is ours is proven by more than a nickname. Without meaning for others. */
	readonly proven: boolean;
}

/** The id space in which the target is to be looked up, or null when the claim counts for nothing. */
export function relationTarget(relation: Relation, claim: Claim): RemoteIdKind | null {
	const rule = relationRules[relation];
	if (!rule.speakers.includes(claim.speaker)) return null;
	if (rule.authorOnly && claim.speaker === 'self' && !claim.proven) return null;
	return rule.target[claim.place];
}

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
	// A room's messages are in the room's archive, under its ids; here they could only borrow ours.
	if (attr(inner, 'type') === 'groupchat') return false;
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
