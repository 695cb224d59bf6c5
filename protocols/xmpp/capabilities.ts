/** What works where, computed from what servers, rooms and peers announce. The feature tables come from here too. */
import {
	type AccountCapabilities,
	type ConversationCapabilities,
	dropped,
	full,
	noAccountCapabilities,
	noConversationCapabilities,
	partial,
	rejected,
} from '../model/capabilities.ts';
import type { Affiliation, MucRole } from './xep/0045-muc.ts';

export interface ServerFacts {
	readonly archive: boolean;
	readonly blocking: boolean;
	readonly roomService: boolean;
	/** A directory of people. */
	readonly peopleSearch: boolean;
	/** Own data can be published privately (read positions, bookmarks). */
	readonly ownData: boolean;
	readonly streamManagement: boolean;
	/** Where files can be put (XEP-0363); `maxBytes` null: no limit named. */
	readonly upload: { readonly maxBytes: number | null } | null;
	/** Bytes of one stanza. */
	readonly stanzaLimit: number;
}

export const bestServer: ServerFacts = {
	archive: true,
	blocking: true,
	roomService: true,
	peopleSearch: true,
	ownData: true,
	streamManagement: true,
	upload: { maxBytes: null },
	stanzaLimit: 256 * 1024,
};

/** Share of the stanza limit left for text after escaping and wrapping by archives and carbons. */
const textShare = 0.4;
const formatting = ['bold', 'italic', 'strike', 'code', 'code-block', 'quote', 'link', 'mention'] as const;

const common = (server: ServerFacts): ConversationCapabilities => ({
	...noConversationCapabilities,
	text: {
		send: full,
		maxBytes: Math.floor(server.stanzaLimit * textShare),
		multiline: 'native',
		formatting,
		emote: full,
	},
	reply: full,
	thread: rejected('not-yet'),
	edit: { ...full, maxAgeMs: null },
	// Advisory: the other side's client may keep it.
	removeOwn: partial('protocol'),
	// One to one there is nobody above the two.
	removeAny: rejected('protocol'),
	react: full,
	attachments:
		server.upload === null ? { ...rejected('server'), maxBytes: null } : { ...full, maxBytes: server.upload.maxBytes },
	typingReceive: full,
	readMarkerSync: server.ownData && server.archive ? full : rejected('server'),
	leave: full,
	encryption: 'none',
	ordering: 'server',
});

/** @param peer features of the other side's devices; null while unknown */
export function directCapabilities(server: ServerFacts, peer: ReadonlySet<string> | null): ConversationCapabilities {
	const typing =
		peer === null ? dropped('peer') : peer.has('http://jabber.org/protocol/chatstates') ? full : dropped('peer');
	const receipts = peer === null || peer.has('urn:xmpp:receipts') ? full : dropped('peer');
	const markers = peer === null || peer.has('urn:xmpp:chat-markers:0') ? full : dropped('peer');
	return {
		...common(server),
		typingSend: typing,
		deliveryReceipt: receipts,
		readReceipt: markers,
		history: server.archive ? 'scrollback' : 'none',
		members: 'none',
		topic: rejected('protocol'),
		invite: rejected('protocol'),
		kick: rejected('protocol'),
		ban: rejected('protocol'),
		setRole: rejected('protocol'),
		echo: server.streamManagement ? 'server' : 'none',
	};
}

export interface RoomFacts {
	readonly archive: boolean;
	readonly stanzaIds: boolean;
	/** Moderators may remove messages of others (XEP-0425). */
	readonly moderation: boolean;
	readonly affiliation: Affiliation;
	readonly role: MucRole;
	readonly occupants: number;
	/** Everybody may set the topic. */
	readonly openTopic: boolean;
	readonly openInvites: boolean;
}

/** Above this typing notices cost more than they tell. */
const typingCrowd = 100;

export function roomCapabilities(server: ServerFacts, room: RoomFacts): ConversationCapabilities {
	const moderator = room.role === 'moderator';
	const admin = room.affiliation === 'owner' || room.affiliation === 'admin';
	const mayTalk = room.role !== 'visitor';
	const base = common(server);
	const referable = room.stanzaIds ? full : rejected('room');
	return {
		...base,
		text: { ...base.text, send: mayTalk ? full : rejected('room') },
		attachments: mayTalk ? base.attachments : { ...rejected('room'), maxBytes: null },
		reply: referable,
		react: referable,
		removeAny: moderator ? (room.moderation && room.stanzaIds ? full : rejected('server')) : rejected('room'),
		removeOwn: room.stanzaIds ? partial('protocol') : rejected('room'),
		typingSend: room.occupants > typingCrowd ? dropped('room') : full,
		deliveryReceipt: rejected('protocol'),
		readReceipt: rejected('not-yet'),
		readMarkerSync: room.stanzaIds ? base.readMarkerSync : rejected('room'),
		history: room.archive ? 'scrollback' : 'playback',
		members: 'complete',
		topic: moderator || (room.openTopic && mayTalk) ? full : rejected('room'),
		invite: moderator || room.openInvites ? full : rejected('room'),
		kick: moderator ? full : rejected('room'),
		ban: admin ? full : rejected('room'),
		setRole: admin ? full : moderator ? partial('room') : rejected('room'),
		echo: 'server',
	};
}

export const bestRoom: RoomFacts = {
	archive: true,
	stanzaIds: true,
	moderation: true,
	affiliation: 'owner',
	role: 'moderator',
	occupants: 2,
	openTopic: true,
	openInvites: true,
};

export function accountCapabilities(server: ServerFacts, allowRaw: boolean): AccountCapabilities {
	const rooms = server.roomService ? full : rejected('server');
	return {
		...noAccountCapabilities,
		joinByName: full,
		createRoom: rooms,
		browseRooms: rooms,
		searchPeople: server.peopleSearch ? full : rejected('server'),
		directChat: full,
		contacts: full,
		contactPresence: full,
		ownPresence: ['available', 'chat', 'away', 'extended-away', 'busy'],
		statusText: full,
		invisible: rejected('protocol'),
		block: server.blocking ? full : rejected('server'),
		setDisplayName: rejected('not-yet'),
		raw: allowRaw ? full : rejected('protocol'),
	};
}
