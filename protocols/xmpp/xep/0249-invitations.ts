/** Invitations to rooms: direct (XEP-0249) and through the room (XEP-0045 section 7.8.2). */
import { fullText, type Jid, parseJid } from '../jid.ts';
import { attr, child, childText, el, type Element } from '../stanza.ts';

const nsConference = 'jabber:x:conference';
const nsMucUser = 'http://jabber.org/protocol/muc#user';

export interface RoomInvitation {
	readonly room: Jid;
	readonly from: string;
	readonly reason: string | null;
	readonly password: string | null;
}

export function readInvitation(message: Element): RoomInvitation | null {
	const sender = parseJid(attr(message, 'from'));
	if (sender === null || attr(message, 'type') === 'groupchat') return null;
	const mediated = child(child(message, 'x', nsMucUser), 'invite', nsMucUser);
	if (mediated !== undefined) {
		// Passed on by the room itself; the inviter is what the room says.
		if (sender.resource !== '') return null;
		const from = parseJid(attr(mediated, 'from'));
		const password = childText(child(message, 'x', nsMucUser), 'password', nsMucUser) ?? null;
		return {
			room: sender,
			from: from === null ? fullText(sender) : fullText(from),
			reason: childText(mediated, 'reason', nsMucUser) ?? null,
			password,
		};
	}
	const direct = child(message, 'x', nsConference);
	const room = parseJid(attr(direct, 'jid'));
	if (direct === undefined || room === null || room.local === '' || room.resource !== '') return null;
	return {
		room,
		from: fullText({ ...sender, resource: '' }),
		reason: attr(direct, 'reason') ?? null,
		password: attr(direct, 'password') ?? null,
	};
}

export const mediatedInvitation = (room: string, user: string, reason: string | null): Element =>
	el(
		'message',
		{ to: room },
		el('x', { xmlns: nsMucUser }, el('invite', { to: user }, reason === null ? null : el('reason', {}, reason))),
	);

export const directInvitation = (room: string, user: string, reason: string | null): Element =>
	el('message', { to: user }, el('x', { xmlns: nsConference, jid: room, reason: reason ?? undefined }));
