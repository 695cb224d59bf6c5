/** Actions on rooms: entering, leaving, making and administering them. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import type { AdapterContext } from '../adapter/context.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Role } from '../model/entities.ts';
import { fail } from '../model/errors.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import { doneIn, roomAddress, userAddress } from './addresses.ts';
import { bareText, type Jid, parseJid } from './jid.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';
import { configure, kick, setAffiliation, setRole, setSubject } from './xep/0045-muc.ts';
import { directInvitation, mediatedInvitation } from './xep/0249-invitations.ts';

export type RoomAction = Extract<
	AdapterAction,
	{
		type:
			| 'join'
			| 'answer-invite'
			| 'leave'
			| 'create-room'
			| 'set-topic'
			| 'set-room-name'
			| 'invite'
			| 'kick'
			| 'ban'
			| 'unban'
			| 'set-role';
	}
>;

/** Throws `ChatException` or `StanzaException`; the caller turns them into outcomes. */
export async function performInRoom(
	session: Session,
	action: RoomAction,
	context: AdapterContext,
): Promise<ActionOutcome> {
	switch (action.type) {
		case 'join':
			return join(session, roomAddress(session.roomService, action.name), action.password);
		case 'answer-invite':
			return answerInvite(session, action.conversation, action.accept);
		case 'leave':
			return leave(session, action);
		case 'create-room':
			return createRoom(session, action, context);
		case 'set-room-name':
		case 'set-topic':
		case 'invite':
		case 'kick':
		case 'ban':
		case 'unban':
		case 'set-role':
			return administer(session, joinedRoom(session, action.conversation), action, context);
		default:
			return assertNever(action);
	}
}

type AdminAction = Extract<
	RoomAction,
	{ type: 'set-topic' | 'set-room-name' | 'invite' | 'kick' | 'ban' | 'unban' | 'set-role' }
>;

async function administer(
	session: Session,
	room: Room,
	action: AdminAction,
	context: AdapterContext,
): Promise<ActionOutcome> {
	const key = bareText(room.jid);
	const { iq } = session.stream;
	switch (action.type) {
		case 'set-topic':
			session.stream.send(setSubject(key, context.random.uuid(), action.topic));
			return done;
		case 'set-room-name':
			await configure(iq, key, new Map([['muc#roomconfig_roomname', action.name]]));
			return done;
		case 'invite':
			invite(session, room, bareText(userAddress(action.user)), action.reason);
			return done;
		case 'kick':
			await kick(iq, key, room.nickOf(action.user) ?? fail('no-such-user', action.user), action.reason);
			return done;
		case 'ban':
		case 'unban':
			await setAffiliation(
				iq,
				key,
				realAddress(room, action.user),
				action.type === 'ban' ? 'outcast' : 'none',
				action.reason,
			);
			return done;
		case 'set-role':
			return changeRole(session, room, action.user, action.role);
		default:
			return assertNever(action);
	}
}

/** The room makes the invited a member where only members may enter; elsewhere the direct way reaches more clients. */
function invite(session: Session, room: Room, user: string, reason: string | null): void {
	const key = bareText(room.jid);
	session.stream.send(
		room.has('muc_membersonly') ? mediatedInvitation(key, user, reason) : directInvitation(key, user, reason),
	);
}

/** Throws `not-joined`, to be tried again when we are about to be in. */
export function joinedRoom(session: Pick<Session, 'rooms' | 'expected'>, conversation: RemoteConversationId): Room {
	const room = session.rooms.get(conversation);
	if (room !== undefined && room.phase === 'joined') return room;
	// Being entered, or about to be: worth waiting for, as long as the network takes.
	const soon = room === undefined ? session.expected.has(conversation) : room.phase === 'joining';
	return fail('not-joined', null, {
		params: { room: conversation },
		...(soon ? { retry: 'later', source: 'network' } : {}),
	});
}

function realAddress(room: Room, user: string): string {
	const nick = room.nickOf(user);
	const known = nick === null ? null : room.addressOf(nick);
	const typed = known === null && nick === null ? parseJid(user) : null;
	return (
		known ??
		(typed !== null && typed.local !== ''
			? bareText(typed)
			: fail('not-allowed', 'the room does not show the address of this person'))
	);
}

async function join(session: Session, jid: Jid, password: string | null): Promise<ActionOutcome> {
	const key = bareText(jid);
	const secret = password ?? session.invitePasswords.get(key) ?? session.bookmarks.get(key)?.password ?? null;
	const room = await session.rooms.join(jid, {
		nick: session.bookmarks.get(key)?.nick ?? session.nick,
		password: secret,
		create: null,
	});
	void session.setBookmark(room, true);
	return doneIn(key);
}

async function answerInvite(
	session: Session,
	conversation: RemoteConversationId,
	accept: boolean,
): Promise<ActionOutcome> {
	const jid = roomAddress(session.roomService, conversation);
	if (accept) return join(session, jid, null);
	session.invitePasswords.delete(bareText(jid));
	await session.emit([
		{ type: 'conversation-upsert', conversation: { remoteId: conversation, membership: 'left', invite: null } },
	]);
	return done;
}

async function leave(session: Session, action: Extract<AdapterAction, { type: 'leave' }>): Promise<ActionOutcome> {
	const room = session.rooms.get(action.conversation);
	if (room !== undefined) {
		await session.setBookmark(room, false);
		await session.rooms.leave(room, action.reason);
	} else
		await session.emit([
			{ type: 'conversation-upsert', conversation: { remoteId: action.conversation, membership: 'left' } },
		]);
	if (action.forget) await session.emit([{ type: 'conversation-removed', conversation: action.conversation }]);
	return done;
}

async function createRoom(
	session: Session,
	action: Extract<AdapterAction, { type: 'create-room' }>,
	context: AdapterContext,
): Promise<ActionOutcome> {
	const jid = roomAddress(session.roomService, action.name);
	const wishes = new Map([
		['muc#roomconfig_persistentroom', '1'],
		['muc#roomconfig_publicroom', action.isPublic ? '1' : '0'],
		['muc#roomconfig_membersonly', action.isPublic ? '0' : '1'],
		['muc#roomconfig_whois', action.isPublic ? 'moderators' : 'anyone'],
		['muc#roomconfig_enablelogging', '1'],
		['mam', '1'],
		['muc#roomconfig_roomname', action.name.includes('@') ? '' : action.name.trim()],
	]);
	if (wishes.get('muc#roomconfig_roomname') === '') wishes.delete('muc#roomconfig_roomname');
	const room = await session.rooms.join(jid, { nick: session.nick, password: null, create: wishes });
	const key = bareText(room.jid);
	if (action.topic !== null && action.topic !== '')
		session.stream.send(setSubject(key, context.random.uuid(), action.topic));
	for (const user of action.invite) invite(session, room, bareText(userAddress(user)), null);
	void session.setBookmark(room, true);
	return doneIn(key);
}

async function changeRole(session: Session, room: Room, user: string, role: Role): Promise<ActionOutcome> {
	const key = bareText(room.jid);
	const { iq } = session.stream;
	if (role === 'owner' || role === 'admin') {
		await setAffiliation(iq, key, realAddress(room, user), role, null);
		return done;
	}
	const nick = room.nickOf(user) ?? fail('no-such-user', user);
	await setRole(
		iq,
		key,
		nick,
		role === 'moderator' || role === 'helper' ? 'moderator' : role === 'muted' ? 'visitor' : 'participant',
	);
	return done;
}
