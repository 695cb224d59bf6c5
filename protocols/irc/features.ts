/** What works in a conversation and on an account, from what the server offers and from our role. */
import {
	type AccountCapabilities,
	type ConversationCapabilities,
	type Feature,
	fallback,
	full,
	noAccountCapabilities,
	noConversationCapabilities,
	partial,
	rejected,
} from '../model/capabilities.ts';
import type { Role } from '../model/entities.ts';
import type { MessageLimits } from '../model/lines.ts';
import { mayUpload } from './filehost.ts';
import type { Channel, Session } from './session.ts';

export const formatting = ['bold', 'italic', 'underline', 'strike', 'code', 'code-block', 'spoiler', 'color'] as const;

/** Facts that decide; a plain object, so that the best case can be described without a connection. */
interface Facts {
	readonly tags: boolean;
	readonly typing: boolean;
	readonly reply: boolean;
	readonly react: boolean;
	readonly echo: boolean;
	readonly labels: boolean;
	readonly history: boolean;
	readonly redact: boolean;
	readonly readMarker: boolean;
	readonly multiline: MessageLimits | null;
	readonly files: boolean;
	readonly lineBytes: number;
}

const best: Facts = {
	tags: true,
	typing: true,
	reply: true,
	react: true,
	echo: true,
	labels: true,
	history: true,
	redact: true,
	readMarker: true,
	multiline: { maxBytes: 4096, maxLines: 100 },
	files: true,
	lineBytes: 400,
};

function factsOf(session: Session, target: string): Facts {
	const tags = session.caps.has('message-tags');
	const allows = (name: string): boolean =>
		tags && (session.isupport.allowsTag(name) || session.isupport.allowsTag(`draft/${name}`));
	return {
		tags,
		typing: allows('typing'),
		reply: allows('reply'),
		react: allows('react'),
		echo: session.caps.has('echo-message'),
		labels: session.caps.has('labeled-response'),
		history: session.caps.has('draft/chathistory') && session.caps.has('batch'),
		redact: session.caps.has('draft/message-redaction'),
		readMarker: session.caps.has('draft/read-marker'),
		multiline: multilineLimits(session),
		files: mayUpload(session),
		lineBytes: session.textRoom('PRIVMSG', target),
	};
}

/** Limits of draft/multiline, or null when it is off. Without labels the echo of a batch could not be told from another. */
export function multilineLimits(session: Session): MessageLimits | null {
	if (!['draft/multiline', 'batch', 'labeled-response'].every((name) => session.caps.has(name))) return null;
	const value = session.caps.value('draft/multiline');
	const number = (name: string): number => Number(new RegExp(`(?:^|,)${name}=(\\d{1,9})(?:,|$)`).exec(value)?.[1] ?? 0);
	const maxBytes = number('max-bytes');
	const maxLines = number('max-lines') || 100;
	return maxBytes > 0 ? { maxBytes, maxLines } : null;
}

const when = (on: boolean): Feature => (on ? full : rejected('server'));
const ranks: readonly Role[] = ['muted', 'member', 'voice', 'helper', 'moderator', 'admin', 'owner'];
const atLeast = (role: Role, wanted: Role): boolean => ranks.indexOf(role) >= ranks.indexOf(wanted);

function common(facts: Facts): ConversationCapabilities {
	return {
		...noConversationCapabilities,
		text: {
			send: full,
			maxBytes: facts.multiline?.maxBytes ?? facts.lineBytes,
			lineBytes: facts.lineBytes,
			maxLines: facts.multiline?.maxLines ?? null,
			multiline: facts.multiline === null ? 'split' : 'native',
			formatting: [...formatting],
			emote: full,
		},
		reply: facts.reply ? full : fallback('server'),
		thread: rejected('protocol'),
		edit: { ...rejected('protocol'), maxAgeMs: null },
		removeOwn: when(facts.redact),
		removeAny: when(facts.redact),
		react: when(facts.react),
		attachments: { ...when(facts.files), maxBytes: null },
		typingSend: when(facts.typing),
		typingReceive: when(facts.typing),
		deliveryReceipt: rejected('protocol'),
		readReceipt: rejected('protocol'),
		readMarkerSync: when(facts.readMarker),
		history: facts.history ? 'scrollback' : 'none',
		members: 'none',
		leave: full,
		encryption: 'none',
		echo: facts.echo ? 'server' : 'none',
		ordering: 'server',
	};
}

function direct(facts: Facts): ConversationCapabilities {
	const off = rejected('protocol');
	return { ...common(facts), topic: off, invite: off, kick: off, ban: off, setRole: off, removeAny: off };
}

function group(facts: Facts, role: Role, topicLocked: boolean): ConversationCapabilities {
	const op = atLeast(role, 'helper') ? full : rejected('room');
	return {
		...common(facts),
		members: 'complete',
		removeAny: facts.redact && atLeast(role, 'moderator') ? full : rejected(facts.redact ? 'room' : 'server'),
		topic: topicLocked ? op : full,
		invite: full,
		kick: op,
		ban: op,
		setRole: atLeast(role, 'moderator') ? full : rejected('room'),
	};
}

export const bestCapabilities = { direct: direct(best), group: group(best, 'owner', false) };

/** Capabilities of a channel we are in. */
export const channelCapabilities = (session: Session, channel: Channel): ConversationCapabilities =>
	group(factsOf(session, channel.name), session.ownRole(channel), channel.modes.has('t'));

export const directCapabilities = (session: Session, nick: string): ConversationCapabilities =>
	direct(factsOf(session, nick));

/** A channel we are not in: nothing but its history on our disk. */
export const leftCapabilities: ConversationCapabilities = {
	...noConversationCapabilities,
	text: { ...noConversationCapabilities.text, send: rejected('not-joined'), emote: rejected('not-joined') },
	leave: full,
};

/** @param session null for the best case */
export function accountCapabilities(session: Session | null, allowRaw: boolean): AccountCapabilities {
	const silence = session === null || session.isupport.has('SILENCE');
	const monitor = session === null || session.isupport.has('MONITOR');
	return {
		...noAccountCapabilities,
		joinByName: full,
		createRoom: full,
		browseRooms: full,
		searchPeople: rejected('protocol'),
		directChat: full,
		contacts: partial('protocol'),
		contactPresence: monitor ? full : partial('server'),
		ownPresence: ['available', 'away', 'busy', 'extended-away'],
		statusText: full,
		invisible: rejected('protocol'),
		// Without SILENCE the words still cross the network, and are dropped on arrival.
		block: silence ? full : partial('server'),
		setDisplayName: full,
		raw: allowRaw ? full : rejected('protocol'),
	};
}
