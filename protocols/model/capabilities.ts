/**
 * What works where. Every feature is a *level per conversation*, pushed by the adapter and stored with the
 * conversation; the UI hides, hints or shows accordingly and the engine checks again before acting.
 */

/**
 * `rejected`: the network or room refuses it. `dropped`: may be sent, the other side will not see it.
 * `fallback`: the adapter sends a labelled substitute. `partial`: works with limits. `full`: works.
 */
export const levels = ['rejected', 'dropped', 'fallback', 'partial', 'full'] as const;
export type Level = (typeof levels)[number];

/** Why a level is what it is; the UI has one sentence for each. */
export type LimitReason =
	| 'protocol' // the protocol has no such thing
	| 'server' // this server does not offer it
	| 'room' // the room's settings or our role forbid it
	| 'peer' // the other side's client does not announce it
	| 'not-joined'
	| 'offline'
	| 'encrypted' // encrypted, and Parley has no keys for it
	| 'not-yet'; // Parley does not do it yet

export interface Feature {
	readonly level: Level;
	readonly reason: LimitReason | null;
}

export interface TextCapability {
	readonly send: Feature;
	/** Bytes one message may take on the wire before it is split or refused; null when unlimited in practice. */
	readonly maxBytes: number | null;
	/** Bytes one line may take before the adapter cuts it; absent or null: lines have no limit of their own. */
	readonly lineBytes?: number | null | undefined;
	/** Lines one message may have where `multiline` is `native`; absent or null: no limit. */
	readonly maxLines?: number | null | undefined;
	/** `native` keeps line breaks in one message; `split` sends one message per line. */
	readonly multiline: 'native' | 'split';
	/** Marks that reach the other side. */
	readonly formatting: readonly (
		| 'bold'
		| 'italic'
		| 'underline'
		| 'strike'
		| 'code'
		| 'code-block'
		| 'quote'
		| 'spoiler'
		| 'link'
		| 'mention'
		| 'color'
		| 'heading'
		| 'list-item'
	)[];
	readonly emote: Feature;
}

export interface ConversationCapabilities {
	readonly text: TextCapability;
	readonly reply: Feature;
	readonly thread: Feature;
	/** `maxAgeMs` null: no limit known. */
	readonly edit: Feature & { readonly maxAgeMs: number | null };
	readonly removeOwn: Feature;
	readonly removeAny: Feature;
	readonly react: Feature;
	readonly attachments: Feature & { readonly maxBytes: number | null };
	readonly typingSend: Feature;
	readonly typingReceive: Feature;
	readonly deliveryReceipt: Feature;
	readonly readReceipt: Feature;
	readonly readMarkerSync: Feature;
	/** `none`; `playback`: the server replays by itself; `scrollback`: pages on demand. */
	readonly history: 'none' | 'playback' | 'scrollback';
	/** How complete the member list is. */
	readonly members: 'none' | 'partial' | 'complete';
	readonly topic: Feature;
	readonly invite: Feature;
	readonly kick: Feature;
	readonly ban: Feature;
	readonly setRole: Feature;
	readonly leave: Feature;
	readonly encryption: 'none' | 'optional' | 'on' | 'required';
	/** `server`: our message comes back with our transaction id, which proves acceptance; `none`: nothing ever will. */
	readonly echo: 'server' | 'none';
	readonly ordering: 'server' | 'timestamp' | 'arrival';
}

/** What an account can do as a whole. */
export interface AccountCapabilities {
	readonly joinByName: Feature;
	readonly createRoom: Feature;
	readonly browseRooms: Feature;
	readonly searchPeople: Feature;
	readonly directChat: Feature;
	readonly contacts: Feature;
	readonly contactPresence: Feature;
	/** States that others will really see. */
	readonly ownPresence: readonly Availability[];
	readonly statusText: Feature;
	readonly invisible: Feature;
	readonly block: Feature;
	readonly setDisplayName: Feature;
	readonly raw: Feature;
}

export const availabilities = [
	'available',
	'chat',
	'away',
	'extended-away',
	'busy',
	'invisible',
	'offline',
	'unknown',
] as const;
/** Presence of a user. `unknown` when the network does not tell: it is never shown as offline. */
export type Availability = (typeof availabilities)[number];

export const full: Feature = { level: 'full', reason: null };
export const partial = (reason: LimitReason): Feature => ({ level: 'partial', reason });
export const fallback = (reason: LimitReason): Feature => ({ level: 'fallback', reason });
export const dropped = (reason: LimitReason): Feature => ({ level: 'dropped', reason });
export const rejected = (reason: LimitReason): Feature => ({ level: 'rejected', reason });

/** May the action be attempted at all? */
export const can = (feature: Feature): boolean => feature.level !== 'rejected';
/** Does it work without a hint to the user? */
export const works = (feature: Feature): boolean => feature.level === 'partial' || feature.level === 'full';

/** Everything refused: the state of a conversation before its adapter has spoken. */
export const noConversationCapabilities: ConversationCapabilities = {
	text: { send: rejected('offline'), maxBytes: null, multiline: 'split', formatting: [], emote: rejected('offline') },
	reply: rejected('offline'),
	thread: rejected('offline'),
	edit: { ...rejected('offline'), maxAgeMs: null },
	removeOwn: rejected('offline'),
	removeAny: rejected('offline'),
	react: rejected('offline'),
	attachments: { ...rejected('offline'), maxBytes: null },
	typingSend: rejected('offline'),
	typingReceive: rejected('offline'),
	deliveryReceipt: rejected('offline'),
	readReceipt: rejected('offline'),
	readMarkerSync: rejected('offline'),
	history: 'none',
	members: 'none',
	topic: rejected('offline'),
	invite: rejected('offline'),
	kick: rejected('offline'),
	ban: rejected('offline'),
	setRole: rejected('offline'),
	leave: rejected('offline'),
	encryption: 'none',
	echo: 'none',
	ordering: 'arrival',
};

export const noAccountCapabilities: AccountCapabilities = {
	joinByName: rejected('offline'),
	createRoom: rejected('offline'),
	browseRooms: rejected('offline'),
	searchPeople: rejected('offline'),
	directChat: rejected('offline'),
	contacts: rejected('offline'),
	contactPresence: rejected('offline'),
	ownPresence: [],
	statusText: rejected('offline'),
	invisible: rejected('offline'),
	block: rejected('offline'),
	setDisplayName: rejected('offline'),
	raw: rejected('offline'),
};
