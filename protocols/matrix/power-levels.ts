/** Who may do what in a room (specification "m.room.power_levels"; creators of room version 12 stand above all). */
import {
	full,
	rejected,
	type ConversationCapabilities,
	type Feature,
	noConversationCapabilities,
} from '../model/capabilities.ts';
import type { Membership, Role } from '../model/entities.ts';
import { getRecord, get, isRecord } from './json.ts';
import { levelOf } from './sync-response.ts';

/** What capabilities and roles are derived from. */
export interface RoomRules {
	/** Content of `m.room.power_levels`, or null when the room has none. */
	readonly levels: unknown;
	/** Sender of `m.room.create`. */
	readonly creator: string | null;
	readonly additionalCreators: readonly string[];
	/** Room version 12 or later: creators have no upper limit. */
	readonly creatorsUnlimited: boolean;
}

export function powerOf(rules: RoomRules, user: string): number {
	const isCreator = rules.creator === user || (rules.creatorsUnlimited && rules.additionalCreators.includes(user));
	if (isCreator && rules.creatorsUnlimited) return Number.POSITIVE_INFINITY;
	if (!isRecord(rules.levels)) return isCreator ? 100 : 0;
	return levelOf(get(getRecord(rules.levels, 'users'), user)) ?? levelOf(get(rules.levels, 'users_default')) ?? 0;
}

const defaults: Readonly<Record<string, number>> = {
	ban: 50,
	kick: 50,
	redact: 50,
	invite: 0,
	events_default: 0,
	state_default: 50,
};

export function levelFor(rules: RoomRules, action: 'ban' | 'kick' | 'redact' | 'invite'): number {
	return levelOf(get(rules.levels, action)) ?? defaults[action] ?? 50;
}

function levelForEvent(rules: RoomRules, type: string, isState: boolean): number {
	const exact = levelOf(get(getRecord(rules.levels, 'events'), type));
	if (exact !== null) return exact;
	const fallbackLevel = isState ? 'state_default' : 'events_default';
	if (!isRecord(rules.levels)) return 0;
	return levelOf(get(rules.levels, fallbackLevel)) ?? defaults[fallbackLevel] ?? 0;
}

export const levelForState = (rules: RoomRules, type: string): number => levelForEvent(rules, type, true);

/** Who may notify everybody with `@room`. */
export const levelForRoomMention = (rules: RoomRules): number =>
	levelOf(get(getRecord(rules.levels, 'notifications'), 'room')) ?? 50;

export function roleOf(rules: RoomRules, user: string): Role {
	const power = powerOf(rules, user);
	if (power >= 100) return power === Number.POSITIVE_INFINITY || rules.creator === user ? 'owner' : 'admin';
	if (power >= 50) return 'moderator';
	if (power < levelForEvent(rules, 'm.room.message', false)) return 'muted';
	return power > (levelOf(get(rules.levels, 'users_default')) ?? 0) ? 'helper' : 'member';
}

/** Power a role is given when the user sets it; null for roles Matrix does not have. */
export function powerForRole(role: Role, rules: RoomRules): number | null {
	switch (role) {
		case 'owner':
		case 'admin':
			return 100;
		case 'moderator':
			return 50;
		case 'member':
			return levelOf(get(rules.levels, 'users_default')) ?? 0;
		case 'muted':
			return levelForEvent(rules, 'm.room.message', false) - 1;
		case 'helper':
		case 'voice':
			return null;
	}
}

export interface RoomFacts {
	readonly membership: Membership;
	/** Is or ever was encrypted. */
	readonly encrypted: boolean;
	/** The state of the room has arrived, so `encrypted` and `rules` can be relied on. */
	readonly known: boolean;
	readonly space: boolean;
	readonly rules: RoomRules;
	readonly me: string;
	readonly membersLoaded: boolean;
	/** Largest file the server takes, in bytes; null when it does not tell. */
	readonly uploadLimit: number | null;
	/** The room goes on elsewhere (`m.room.tombstone`). */
	readonly replaced: boolean;
}

/**
 * An event may take 65,536 bytes; the text is in it twice when it is formatted, and JSON may escape a byte as six.
 * Longer ones that still fit are sent, so this is what certainly fits.
 */
const maxTextBytes = 28_000;

export const matrixRoomCapabilities: ConversationCapabilities = {
	text: {
		send: full,
		maxBytes: maxTextBytes,
		multiline: 'native',
		formatting: [
			'bold',
			'italic',
			'underline',
			'strike',
			'code',
			'code-block',
			'quote',
			'spoiler',
			'link',
			'mention',
			'color',
			'heading',
			'list-item',
		],
		emote: full,
	},
	reply: full,
	thread: full,
	edit: { ...full, maxAgeMs: null },
	removeOwn: full,
	removeAny: full,
	react: full,
	attachments: { ...full, maxBytes: null },
	typingSend: full,
	typingReceive: full,
	deliveryReceipt: rejected('protocol'),
	readReceipt: full,
	readMarkerSync: full,
	history: 'scrollback',
	members: 'complete',
	topic: full,
	invite: full,
	kick: full,
	ban: full,
	setRole: full,
	leave: full,
	encryption: 'none',
	echo: 'server',
	ordering: 'server',
};

export function capabilitiesOf(room: RoomFacts): ConversationCapabilities {
	if (room.membership !== 'joined') return notJoined(room.membership);
	const power = powerOf(room.rules, room.me);
	const allow = (needed: number): Feature => (power >= needed ? full : rejected('room'));
	const messages = room.encrypted
		? rejected('encrypted')
		: !room.known || room.space || room.replaced
			? rejected('room')
			: allow(levelForEvent(room.rules, 'm.room.message', false));
	const sending = (type: string): Feature =>
		messages.level === 'full' ? allow(levelForEvent(room.rules, type, false)) : messages;
	return {
		...matrixRoomCapabilities,
		text: { ...matrixRoomCapabilities.text, send: messages, emote: messages },
		reply: messages,
		thread: messages,
		attachments: { ...messages, maxBytes: messages.level === 'full' ? room.uploadLimit : null },
		edit: { ...messages, maxAgeMs: null },
		removeOwn: allow(levelForEvent(room.rules, 'm.room.redaction', false)),
		removeAny: allow(Math.max(levelFor(room.rules, 'redact'), levelForEvent(room.rules, 'm.room.redaction', false))),
		react: sending('m.reaction'),
		members: room.membersLoaded ? 'complete' : 'partial',
		topic: allow(levelForEvent(room.rules, 'm.room.topic', true)),
		invite: allow(levelFor(room.rules, 'invite')),
		kick: allow(levelFor(room.rules, 'kick')),
		ban: allow(levelFor(room.rules, 'ban')),
		setRole: allow(levelForEvent(room.rules, 'm.room.power_levels', true)),
		encryption: room.encrypted ? 'required' : 'none',
	};
}

/** Of a room we are asked into. */
export const invitedCapabilities = (): ConversationCapabilities => notJoined('invited');

function notJoined(membership: Membership): ConversationCapabilities {
	const no = rejected('not-joined');
	return {
		...noConversationCapabilities,
		text: { ...noConversationCapabilities.text, send: no, emote: no },
		reply: no,
		thread: no,
		edit: { ...no, maxAgeMs: null },
		removeOwn: no,
		removeAny: no,
		react: no,
		attachments: { ...no, maxBytes: null },
		typingSend: no,
		typingReceive: no,
		deliveryReceipt: no,
		readReceipt: no,
		readMarkerSync: no,
		topic: no,
		invite: no,
		kick: no,
		ban: no,
		setRole: no,
		leave: membership === 'invited' || membership === 'joining' ? full : no,
		ordering: 'server',
		echo: 'server',
	};
}
