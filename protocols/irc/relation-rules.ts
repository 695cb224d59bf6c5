/**
 * Who may do what to a message that is already there. A nick proves nothing, so the rules rest on what the server
 * checks by itself: a tag is the word of its sender and no more, REDACT is a command that the server has judged.
 * Everything not allowed here is dropped before it becomes an event.
 */
import type { Role } from '../model/entities.ts';
import { type IrcLine, param } from './line.ts';
import type { Session } from './session.ts';

export type RelationKind = 'edit' | 'redact' | 'react' | 'unreact' | 'reply';

/** Whose line it is, as far as the server vouches for it. */
export type Author =
	/** Us, from this or another client of ours. */
	| 'self'
	/** A member of the channel without rank; the partner of a private chat. */
	| 'member'
	/** A member of rank, or a network operator. */
	| 'operator'
	/** Somebody who is not in the channel: services, operators; elsewhere anybody. */
	| 'outsider'
	/** The server itself. */
	| 'server'
	/** A line of history: the server tells what was done, and has judged it then. */
	| 'record';

/**
 * `refused`: dropped. `own`: counts for the author of the message alone, which the engine checks by identity.
 * `moderated`: counts for any message of the conversation. `allowed`: is credited to its sender and changes nothing else.
 */
export type Ruling = 'refused' | 'own' | 'moderated' | 'allowed';

export const relationRules: Readonly<Record<RelationKind, Readonly<Record<Author, Ruling>>>> = {
	// IRC has no edits; a client that invents them edits nothing here.
	edit: {
		self: 'refused',
		member: 'refused',
		operator: 'refused',
		outsider: 'refused',
		server: 'refused',
		record: 'refused',
	},
	// Nobody of the channel's members but its operators removes what others said, whatever a server lets through.
	redact: {
		self: 'moderated',
		member: 'own',
		operator: 'moderated',
		outsider: 'moderated',
		server: 'moderated',
		record: 'moderated',
	},
	react: {
		self: 'allowed',
		member: 'allowed',
		operator: 'allowed',
		outsider: 'allowed',
		server: 'refused',
		record: 'allowed',
	},
	unreact: {
		self: 'own',
		member: 'own',
		operator: 'own',
		outsider: 'own',
		server: 'refused',
		record: 'own',
	},
	reply: {
		self: 'allowed',
		member: 'allowed',
		operator: 'allowed',
		outsider: 'allowed',
		server: 'allowed',
		record: 'allowed',
	},
};

const moderators: ReadonlySet<Role> = new Set<Role>(['helper', 'moderator', 'admin', 'owner']);

/** @param own whether the line is ours; @param live false for lines of history */
export function authorOf(line: IrcLine, session: Session, own: boolean, live: boolean): Author {
	const { source } = line;
	if (own) return 'self';
	if (!live) return 'record';
	if (source === null || (source.user === '' && source.host === '' && source.nick.includes('.'))) return 'server';
	const target = session.stripStatus(param(line, 0));
	if (!session.isChannel(target)) return 'member';
	const modes = session.channel(target)?.members.get(session.fold(source.nick));
	if (session.seen(source.nick)?.oper === true) return 'operator';
	if (modes === undefined) return 'outsider';
	return moderators.has(session.roleOf(modes)) ? 'operator' : 'member';
}

/** Longest message id that is believed; a longer one is refused whole, since a cut one might name another message. */
const maxId = 512;

/** A message id as it may stand in a tag or parameter, or null. */
export const relationTarget = (value: string | undefined): string | null =>
	value === undefined || value === '' || value.length > maxId || /[\s\0-\x1f\x7f]/.test(value) ? null : value;

/** May the line concern messages of this place at all? A channel that we are not in is none of its business. */
export function isOurPlace(line: IrcLine, session: Session, live: boolean): boolean {
	const target = session.stripStatus(param(line, 0));
	if (target === '') return false;
	if (session.isChannel(target)) return !live || session.channel(target) !== undefined;
	const own = line.source !== null && session.isSelf(line.source.nick);
	return own || session.isSelf(target) || !live;
}
