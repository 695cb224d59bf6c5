/** Actions on rooms and people → requests. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import { chatError, ChatException, fail } from '../model/errors.ts';
import { remoteConversationId } from '../model/ids.ts';
import { MatrixHttpError } from './errors.ts';
import { cleanJson, cleanName, entriesOf, get, getString, isRecord } from './json.ts';
import { isRoomAlias, isRoomId, isUserId, serverOf, userOfLink } from './matrix-id.ts';
import { accountDataPath } from './outgoing.ts';
import { powerForRole } from './power-levels.ts';
import { withRetry } from './retry.ts';
import { clientApi, roomPath, segment, type Session } from './session.ts';
import { readPresence } from './sync-mapper.ts';

type ActionOf<T extends AdapterAction['type']> = Extract<AdapterAction, { type: T }>;
type Method = 'GET' | 'PUT' | 'POST';

function call(
	session: Session,
	method: Method,
	path: string,
	body?: unknown,
	context: 'request' | 'join' = 'request',
): Promise<unknown> {
	return withRetry(session.context.clock, session.signal, () =>
		session.http.request(method, path, { ...(body === undefined ? {} : { body }), signal: session.signal, context }),
	);
}

const why = (reason: string | null): Readonly<Record<string, string>> =>
	reason === null || reason === '' ? {} : { reason };

export async function joinRoom(session: Session, action: ActionOf<'join'>): Promise<ActionOutcome> {
	const name = roomOfText(action.name, session.me);
	if (name === null) fail('bad-address', null, { params: { address: cleanName(action.name, 100) } });
	const servers = viaOf(action.name);
	const via = isRoomId(name) ? (session.rooms.replacedBy(name)?.via ?? null) : null;
	const body = await join(session, name, servers.length > 0 || via === null ? servers : [via]);
	return enter(session, getString(body, 'room_id', 255) ?? (isRoomId(name) ? name : null), 'joined');
}

/** Rooms of other servers are found through servers that are in them (`via`; `server_name` before version 1.12). */
function join(session: Session, name: string, servers: readonly string[]): Promise<unknown> {
	const query = servers.flatMap((server) => [`via=${segment(server)}`, `server_name=${segment(server)}`]).join('&');
	const path = `${clientApi}/join/${segment(name)}${query === '' ? '' : `?${query}`}`;
	return call(session, 'POST', path, {}, 'join');
}

/** Servers that a link to a room names. */
export function viaOf(text: string): readonly string[] {
	const query = /^(?:https:\/\/(?:www\.)?matrix\.to\/#\/|matrix:)[^?]+\?(.*)$/.exec(text.trim())?.[1] ?? '';
	return new URLSearchParams(query)
		.getAll('via')
		.filter((server) => /^[\w.:[\]-]{1,255}$/.test(server))
		.slice(0, 5);
}

/** A room id, an alias, a link to a room, or a bare name on our own server. */
export function roomOfText(text: string, me: string): string | null {
	const trimmed = text.trim();
	const link =
		/^https:\/\/(?:www\.)?matrix\.to\/#\/([^/?]+)/.exec(trimmed)?.[1] ??
		/^matrix:(?:roomid|r)\/([^/?#]+)/.exec(trimmed)?.[1];
	let name = trimmed;
	if (link !== undefined) {
		try {
			name = decodeURIComponent(link);
		} catch {
			return null;
		}
		if (trimmed.startsWith('matrix:')) name = `${trimmed.startsWith('matrix:roomid') ? '!' : '#'}${name}`;
	}
	if (isRoomId(name) || isRoomAlias(name)) return name;
	const local = /^#?([^\s:#!@]+)$/.exec(name)?.[1];
	const alias = local === undefined ? '' : `#${local}:${serverOf(me)}`;
	return isRoomAlias(alias) ? alias : null;
}

async function enter(session: Session, roomId: string | null, membership: 'joined'): Promise<ActionOutcome> {
	if (roomId === null || !isRoomId(roomId)) fail('protocol-violation', 'the server named no room');
	const conversation = remoteConversationId(roomId);
	if (!session.rooms.stateKnown(roomId)) session.entering.add(roomId);
	// Sync brings the rest; the conversation exists from now on, and sends into it wait for its state.
	if (!session.rooms.stateKnown(roomId))
		await session.context.emit({
			origin: 'live',
			events: [
				{
					type: 'conversation-upsert',
					conversation: { remoteId: conversation, membership, invite: null, error: null },
				},
			],
		});
	return { kind: 'accepted', ids: [], time: null, conversation };
}

export async function leaveRoom(session: Session, action: ActionOf<'leave'>): Promise<ActionOutcome> {
	await call(session, 'POST', roomPath(action.conversation, 'leave'), why(action.reason)).catch((thrown: unknown) => {
		// Already out: only forgetting is left to do.
		if (!(thrown instanceof MatrixHttpError) || (thrown.status !== 403 && thrown.status !== 404)) throw thrown;
	});
	if (action.forget) await forget(session, action.conversation);
	return done;
}

async function forget(session: Session, roomId: string): Promise<void> {
	await call(session, 'POST', roomPath(roomId, 'forget'), {});
	await removed(session, roomId);
}

async function removed(session: Session, roomId: string): Promise<void> {
	await session.context.emit({
		origin: 'live',
		events: [{ type: 'conversation-removed', conversation: remoteConversationId(roomId) }],
	});
}

export async function answerInvite(session: Session, action: ActionOf<'answer-invite'>): Promise<ActionOutcome> {
	// The continuation of a room is offered like an invitation, without the server knowing of one.
	const offered =
		session.rooms.membership(action.conversation) === 'left' ? session.rooms.replacedBy(action.conversation) : null;
	if (offered !== null && !action.accept) {
		await removed(session, action.conversation);
		return done;
	}
	if (!action.accept) {
		await call(session, 'POST', roomPath(action.conversation, 'leave'), {});
		await forget(session, action.conversation);
		return done;
	}
	const invited = session.rooms.describe(action.conversation);
	const inviter = session.rooms.inviterForDirect(action.conversation);
	const body = await join(session, action.conversation, offered === null ? [] : [offered.via]);
	if (inviter !== null) await saveDirect(session, { room: action.conversation, user: inviter });
	return enter(session, getString(body, 'room_id', 255) ?? invited?.remoteId ?? action.conversation, 'joined');
}

export async function createRoom(session: Session, action: ActionOf<'create-room'>): Promise<ActionOutcome> {
	const invite = action.invite.map((user) => requireUser(session, user));
	const alias = action.isPublic ? aliasLocalpart(action.name) : null;
	const body = {
		name: action.name,
		preset: action.isPublic ? 'public_chat' : 'private_chat',
		visibility: action.isPublic ? 'public' : 'private',
		...(action.topic === null || action.topic === '' ? {} : { topic: action.topic }),
		...(alias === null ? {} : { room_alias_name: alias }),
		...(invite.length > 0 ? { invite } : {}),
	};
	const made = await call(session, 'POST', `${clientApi}/createRoom`, body).catch((thrown: unknown) => {
		// The address is a nicety: a name that cannot be one must not prevent the room.
		if (
			alias === null ||
			!(thrown instanceof MatrixHttpError) ||
			thrown.errcode === 'M_ROOM_IN_USE' ||
			thrown.error.code === 'rate-limited'
		)
			throw thrown;
		return call(session, 'POST', `${clientApi}/createRoom`, { ...body, room_alias_name: undefined });
	});
	return enter(session, getString(made, 'room_id', 255), 'joined');
}

/** Local part of an alias from a room's name, or null when nothing of it is usable. */
export function aliasLocalpart(name: string): string | null {
	const local = name
		.toLowerCase()
		.normalize('NFKD')
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+|-+$/g, '')
		.slice(0, 100);
	return local === '' ? null : local;
}

export async function openDirect(session: Session, action: ActionOf<'open-direct'>): Promise<ActionOutcome> {
	const user = requireUser(session, action.user);
	if (user === session.me) fail('bad-input', 'that is yourself');
	const underWay =
		session.rooms.directPeers().find((direct) => direct.user === user && session.entering.has(direct.room))?.room ??
		null;
	const known = session.rooms.directRoomOf(user) ?? underWay;
	if (known !== null) return { kind: 'accepted', ids: [], time: null, conversation: remoteConversationId(known) };
	// Inviting somebody who does not exist succeeds on many servers, so ask first.
	await call(session, 'GET', `${clientApi}/profile/${segment(user)}`).catch((thrown: unknown) => {
		if (thrown instanceof MatrixHttpError && thrown.status === 404)
			throw new ChatException(chatError('no-such-user', null, { params: { user } }));
		if (!(thrown instanceof MatrixHttpError) || thrown.status !== 403) throw thrown;
	});
	const made = await call(session, 'POST', `${clientApi}/createRoom`, {
		preset: 'trusted_private_chat',
		visibility: 'private',
		is_direct: true,
		invite: [user],
	});
	const roomId = getString(made, 'room_id', 255);
	if (roomId !== null) await saveDirect(session, { room: roomId, user });
	return enter(session, roomId, 'joined');
}

export async function saveDirect(
	session: Session,
	change: { readonly room: string; readonly user: string | null },
): Promise<void> {
	const content = session.rooms.directWith(change);
	await call(session, 'PUT', accountDataPath(session, 'm.direct'), content);
	session.rooms.setDirect(content);
}

/** A full id, a link, or the bare name of somebody on our own server. */
export function requireUser(session: { readonly me: string }, text: string): string {
	const trimmed = text.trim();
	const linked = userOfLink(trimmed);
	if (linked !== null) return linked;
	if (isUserId(trimmed)) return trimmed;
	const local = /^@?([^\s:@!#]+)$/.exec(trimmed)?.[1];
	const full = local === undefined ? '' : `@${local}:${serverOf(session.me)}`;
	if (!isUserId(full)) fail('bad-address', null, { params: { address: cleanName(text, 100) } });
	return full;
}

export async function setState(
	session: Session,
	roomId: string,
	type: string,
	content: unknown,
): Promise<ActionOutcome> {
	await call(session, 'PUT', roomPath(roomId, `state/${segment(type)}/`), content);
	return done;
}

export async function moderate(
	session: Session,
	action: ActionOf<'invite' | 'kick' | 'ban' | 'unban'>,
): Promise<ActionOutcome> {
	const user = requireUser(session, action.user);
	await call(session, 'POST', roomPath(action.conversation, action.type), { user_id: user, ...why(action.reason) });
	return done;
}

/** Power levels are one event for the whole room, so the current one is read from the server just before. */
export async function setRole(session: Session, action: ActionOf<'set-role'>): Promise<ActionOutcome> {
	const level = powerForRole(action.role, session.rooms.rules(action.conversation));
	if (level === null) fail('unsupported');
	const user = requireUser(session, action.user);
	const current = await call(session, 'GET', roomPath(action.conversation, 'state/m.room.power_levels/'));
	const levels = cleanJson(current);
	const users = Object.fromEntries(entriesOf(get(levels, 'users')));
	return setState(session, action.conversation, 'm.room.power_levels', {
		...(isRecord(levels) ? levels : {}),
		users: { ...users, [user]: level },
	});
}

export async function setIgnored(session: Session, user: string, ignored: boolean): Promise<ActionOutcome> {
	const users = new Set(session.mapper.ignoredUsers());
	if (ignored) users.add(user);
	else users.delete(user);
	const content = { ignored_users: Object.fromEntries([...users].map((id) => [id, {}])) };
	await call(session, 'PUT', accountDataPath(session, 'm.ignored_user_list'), content);
	session.mapper.setIgnored(content);
	return done;
}

export async function setDisplayName(session: Session, name: string): Promise<ActionOutcome> {
	await call(session, 'PUT', `${clientApi}/profile/${segment(session.me)}/displayname`, { displayname: name });
	return done;
}

export async function whois(session: Session, action: ActionOf<'whois'>): Promise<ActionOutcome> {
	const user = requireUser(session, action.user);
	const profile = await call(session, 'GET', `${clientApi}/profile/${segment(user)}`).catch((thrown: unknown) => {
		if (thrown instanceof MatrixHttpError && thrown.status === 404)
			throw new ChatException(chatError('no-such-user', null, { params: { user } }));
		throw thrown;
	});
	const presence = await call(session, 'GET', `${clientApi}/presence/${segment(user)}/status`).catch(() => null);
	const name = cleanName(getString(profile, 'displayname') ?? '');
	const { availability, statusText } = readPresence(presence, true);
	const power = action.conversation === null ? null : session.rooms.member(action.conversation, user)?.role;
	const lines = [
		`${user}${name === '' ? '' : ` (${name})`}`,
		...(presence === null ? [] : [`presence: ${availability}${statusText === '' ? '' : ` – ${statusText}`}`]),
		...(power == null ? [] : [`role here: ${power}`]),
	];
	await session.context.emit({
		origin: 'live',
		events: [
			{
				type: 'server-text',
				level: 'info',
				text: lines.join('\n'),
				time: session.context.clock.now(),
				conversation: action.conversation,
				reply: true,
				code: null,
			},
		],
	});
	return done;
}

/** `/knock`: ask to be let in (specification "Knocking on rooms"). */
export async function knock(session: Session, args: string): Promise<ActionOutcome> {
	const [target = '', ...reason] = args.trim().split(/\s+/);
	const name = roomOfText(target, session.me);
	if (name === null) fail('bad-address', null, { params: { address: cleanName(target, 100) } });
	await call(session, 'POST', `${clientApi}/knock/${segment(name)}`, why(reason.join(' ')), 'join');
	return done;
}

/** `/roomnick`: a name for this room only. */
export async function setRoomNick(session: Session, roomId: string, name: string): Promise<ActionOutcome> {
	const path = roomPath(roomId, `state/m.room.member/${segment(session.me)}`);
	const current = cleanJson(await call(session, 'GET', path));
	await call(session, 'PUT', path, { ...(isRecord(current) ? current : {}), membership: 'join', displayname: name });
	return done;
}
