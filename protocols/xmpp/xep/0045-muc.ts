/** XEP-0045 Multi-User Chat on the wire: occupants, entering, leaving, administration. */
import type { Availability } from '../../model/capabilities.ts';
import type { Role } from '../../model/entities.ts';
import type { IqTracker } from '../iq-tracker.ts';
import { type Jid, parseJid } from '../jid.ts';
import { attr, child, childrenOf, childText, el, type Element, ns } from '../stanza.ts';
import { availabilityOf } from '../presence.ts';

const nsMuc = 'http://jabber.org/protocol/muc';
const nsMucUser = 'http://jabber.org/protocol/muc#user';
const nsMucOwner = 'http://jabber.org/protocol/muc#owner';
const nsMucAdmin = 'http://jabber.org/protocol/muc#admin';

export type Affiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast';
export type MucRole = 'moderator' | 'participant' | 'visitor' | 'none';

export interface OccupantPresence {
	readonly available: boolean;
	readonly affiliation: Affiliation;
	readonly role: MucRole;
	readonly realJid: Jid | null;
	/** New nickname when this one is being given up. */
	readonly newNick: string | null;
	readonly actor: string | null;
	readonly reason: string | null;
	/** Words of the occupant, such as a farewell. */
	readonly status: string | null;
	/** Compare as a set: servers order them differently. */
	readonly codes: ReadonlySet<string>;
	readonly availability: Availability;
	readonly destroyed: { readonly reason: string | null; readonly alternative: Jid | null } | null;
}

const oneOf = <T extends string>(text: string | undefined, values: readonly T[], otherwise: T): T =>
	values.find((v) => v === text) ?? otherwise;

const maxWords = 2000;
const limited = (text: string | undefined): string | null =>
	text === undefined || text.trim() === '' ? null : text.trim().slice(0, maxWords);

/** XEP-0045 section 15.6: what a presence or message of a room means. */
export const statusCodes = (stanza: Element): ReadonlySet<string> =>
	new Set(
		childrenOf(child(stanza, 'x', nsMucUser), 'status', nsMucUser)
			.slice(0, 20)
			.map((status) => attr(status, 'code') ?? ''),
	);

export function readOccupant(presence: Element): OccupantPresence {
	const x = child(presence, 'x', nsMucUser);
	const item = child(x, 'item', nsMucUser);
	const destroy = child(x, 'destroy', nsMucUser);
	return {
		available: attr(presence, 'type') === undefined,
		affiliation: oneOf(attr(item, 'affiliation'), ['owner', 'admin', 'member', 'none', 'outcast'], 'none'),
		role: oneOf(attr(item, 'role'), ['moderator', 'participant', 'visitor', 'none'], 'none'),
		realJid: parseJid(attr(item, 'jid')),
		newNick: attr(item, 'nick') ?? null,
		actor: attr(child(item, 'actor', nsMucUser), 'nick') ?? null,
		reason: limited(childText(item, 'reason', nsMucUser)),
		status: limited(childText(presence, 'status', ns.client)),
		codes: statusCodes(presence),
		availability: availabilityOf(presence),
		destroyed:
			destroy === undefined
				? null
				: { reason: childText(destroy, 'reason', nsMucUser) ?? null, alternative: parseJid(attr(destroy, 'jid')) },
	};
}

/** Name, description or policy of the room changed (section 10.2.1): what we know of it is old. */
export const configurationChanged = (codes: ReadonlySet<string>): boolean =>
	['104', '170', '171', '172', '173', '174'].some((code) => codes.has(code));

/** In the words common to all networks. */
export function commonRole(affiliation: Affiliation, role: MucRole): Role {
	if (affiliation === 'owner' || affiliation === 'admin') return affiliation;
	if (role === 'moderator') return 'moderator';
	return role === 'visitor' ? 'muted' : 'member';
}

export interface HistoryWish {
	readonly maxStanzas?: number;
	/** ISO time */
	readonly since?: string;
}

export const joinPresence = (
	occupant: string,
	password: string | null,
	history: HistoryWish,
	extra: readonly Element[],
): Element =>
	el(
		'presence',
		{ to: occupant },
		el(
			'x',
			{ xmlns: nsMuc },
			el('history', history.since === undefined ? { maxstanzas: history.maxStanzas ?? 0 } : { since: history.since }),
			password === null ? null : el('password', {}, password),
		),
		...extra,
	);

export const leavePresence = (occupant: string, reason: string | null): Element =>
	el('presence', { to: occupant, type: 'unavailable' }, reason === null ? null : el('status', {}, reason));

export const setSubject = (room: string, id: string, topic: string): Element =>
	el('message', { to: room, type: 'groupchat', id }, el('subject', {}, topic));

const adminSet = (iq: IqTracker, room: string, item: Element): Promise<Element> =>
	iq.set(el('query', { xmlns: nsMucAdmin }, item), { to: room });
const reasonElement = (reason: string | null): Element | null => (reason === null ? null : el('reason', {}, reason));

export const kick = (iq: IqTracker, room: string, nick: string, reason: string | null): Promise<Element> =>
	adminSet(iq, room, el('item', { nick, role: 'none' }, reasonElement(reason)));

export const setAffiliation = (
	iq: IqTracker,
	room: string,
	jid: string,
	affiliation: Affiliation,
	reason: string | null,
): Promise<Element> => adminSet(iq, room, el('item', { jid, affiliation }, reasonElement(reason)));

export const setRole = (iq: IqTracker, room: string, nick: string, role: MucRole): Promise<Element> =>
	adminSet(iq, room, el('item', { nick, role }));

const field = (name: string, value: string): Element => el('field', { var: name }, el('value', {}, value));

/** Unlocks a new room; fields it does not have are left out. An empty set accepts the server's defaults (instant room). */
export async function configure(iq: IqTracker, room: string, wishes: ReadonlyMap<string, string>): Promise<void> {
	let fields: Element[] = [];
	if (wishes.size > 0) {
		const reply = await iq.get(el('query', { xmlns: nsMucOwner }), { to: room });
		const form = child(child(reply, 'query', nsMucOwner), 'x', ns.dataForm);
		const offered = childrenOf(form, 'field', ns.dataForm).filter((f) => attr(f, 'type') !== 'fixed');
		fields = offered.flatMap((f) => {
			const name = attr(f, 'var');
			if (name === undefined) return [];
			const wish = wishes.get(name);
			const values = wish === undefined ? childrenOf(f, 'value', ns.dataForm).map((v) => v.getText()) : [wish];
			return [el('field', { var: name }, ...values.map((v) => el('value', {}, v)))];
		});
		if (!offered.some((f) => attr(f, 'var') === 'FORM_TYPE')) fields.unshift(field('FORM_TYPE', `${nsMuc}#roomconfig`));
	}
	await iq.set(el('query', { xmlns: nsMucOwner }, el('x', { xmlns: ns.dataForm, type: 'submit' }, ...fields)), {
		to: room,
	});
}
