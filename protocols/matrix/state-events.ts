/** State events in a timeline → what the room tells its members, pure. */
import type { SystemEvent } from '../model/content.ts';
import { remoteUserId } from '../model/ids.ts';
import { cleanName, entriesOf, getRecord, getString, isRecord, get } from './json.ts';
import { localpartOf } from './matrix-id.ts';
import { levelOf, membershipOf, type RawEvent, type RoomMembership } from './sync-response.ts';

/** Null for state without news for people (avatars, widgets, aliases, unchanged values). */
export function systemEvent(event: RawEvent, nameOf: (userId: string) => string): SystemEvent | null {
	const by = event.sender === null ? null : nameOf(event.sender);
	switch (event.type) {
		case 'm.room.member':
			return memberEvent(event, nameOf);
		case 'm.room.create':
			return { event: 'created', by };
		case 'm.room.name':
			return { event: 'room-name', by, name: cleanName(getString(event.content, 'name') ?? '') };
		case 'm.room.topic':
			return { event: 'topic', by, topic: cleanName(getString(event.content, 'topic') ?? '', 2000) };
		case 'm.room.encryption':
			return { event: 'encryption-enabled', by };
		case 'm.room.tombstone':
			return { event: 'upgraded', by, reason: textOrNull(getString(event.content, 'body')) };
		case 'm.room.power_levels':
			return powerEvent(event, by, nameOf);
		case 'm.room.join_rules':
			return modeEvent(event, by, 'join_rule');
		case 'm.room.history_visibility':
			return modeEvent(event, by, 'history_visibility');
		case 'm.room.guest_access':
			return modeEvent(event, by, 'guest_access');
		default:
			return null;
	}
}

function textOrNull(text: string | null): string | null {
	const clean = text === null ? '' : cleanName(text, 500);
	return clean === '' ? null : clean;
}

function modeEvent(event: RawEvent, by: string | null, key: string): SystemEvent | null {
	const value = getString(event.content, key, 100);
	if (value === null || getString(previous(event), key) === value) return null;
	return { event: 'mode', by, text: `${key}: ${cleanName(value, 100)}` };
}

/** Older servers put `prev_content` beside `content`; the reader keeps only what the specification names. */
const previous = (event: RawEvent): unknown => get(event.unsigned, 'prev_content');

function memberEvent(event: RawEvent, nameOf: (userId: string) => string): SystemEvent | null {
	const target = event.stateKey;
	if (target === null || event.sender === null) return null;
	const before = previous(event);
	const was: RoomMembership = isRecord(before) ? membershipOf(before) : 'leave';
	const now = membershipOf(event.content);
	const ownName = cleanName(getString(event.content, 'displayname') ?? '');
	const oldName = cleanName(getString(before, 'displayname') ?? '') || localpartOf(target);
	const name = ownName || (isRecord(before) ? oldName : localpartOf(target));
	const user = remoteUserId(target);
	const reason = textOrNull(getString(event.content, 'reason'));
	const byOther = event.sender !== target;
	const by = byOther ? nameOf(event.sender) : null;
	switch (now) {
		case 'join':
			if (was !== 'join') return { event: 'join', user, name, reason };
			return name === oldName ? null : { event: 'rename', user, name: oldName, newName: name };
		case 'invite':
			return was === 'invite' ? null : { event: 'invite', user, name, by: nameOf(event.sender), reason };
		case 'ban':
			return { event: 'ban', user, name: isRecord(before) ? oldName : name, by: nameOf(event.sender), reason };
		case 'knock':
			return { event: 'info', text: `${name} asks to join${reason === null ? '' : `: ${reason}`}` };
		case 'leave': {
			const known = isRecord(before) ? oldName : name;
			if (was === 'ban') return { event: 'unban', user, name: known, by, reason };
			if (byOther) return { event: 'kick', user, name: known, by, reason };
			return was === 'leave' && isRecord(before) ? null : { event: 'leave', user, name: known, reason };
		}
	}
}

/** One changed user is told with the new level; several as one line. */
function powerEvent(event: RawEvent, by: string | null, nameOf: (userId: string) => string): SystemEvent | null {
	const before = previous(event);
	if (!isRecord(before)) return null;
	const levels = (content: unknown): Map<string, number> =>
		new Map(
			entriesOf(getRecord(content, 'users')).flatMap(([user, value]) =>
				levelOf(value) === null ? [] : [[user, levelOf(value) ?? 0] as const],
			),
		);
	const old = levels(before);
	const now = levels(event.content);
	const fallback = levelOf(get(event.content, 'users_default')) ?? 0;
	const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
		(user) => (old.get(user) ?? fallback) !== (now.get(user) ?? fallback),
	);
	const [first] = changed;
	if (first === undefined) return { event: 'mode', by, text: 'power_levels' };
	if (changed.length > 1)
		return { event: 'mode', by, text: `power_levels: ${changed.slice(0, 5).map(nameOf).join(', ')}` };
	return {
		event: 'role',
		user: remoteUserId(first),
		name: nameOf(first),
		by,
		role: levelName(now.get(first) ?? fallback),
	};
}

function levelName(level: number): string {
	if (level >= 100) return 'admin';
	if (level >= 50) return 'moderator';
	return level < 0 ? 'muted' : 'member';
}
