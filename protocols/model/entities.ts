/**
 * What the engine keeps and the renderer shows. All values are plain data and cross the contract unchanged, so absent
 * values are `null`, never missing.
 */
import type { AccountCapabilities, Availability, ConversationCapabilities } from './capabilities.ts';
import type { ConnectionState } from './connection-state.ts';
import type { MessageContent } from './content.ts';
import type { ChatError } from './errors.ts';
import type {
	AccountId,
	ContactId,
	ConversationId,
	DecisionId,
	GapId,
	MessageId,
	PersonId,
	RemoteConversationId,
	RemoteUserId,
} from './ids.ts';
import type { PrivacySwitches } from './privacy.ts';
import type { SendState } from './send-state.ts';

/** Registry name of a protocol, such as `irc`. Opaque outside `protocols/`: never compared, only shown and looked up. */
export type ProtocolName = string;

/** Place of a message in its timeline; compare `ts`, then `seq`. Not the shown time. */
export interface SortKey {
	readonly ts: number;
	readonly seq: number;
}
export const compareSort = (a: SortKey, b: SortKey): number => a.ts - b.ts || a.seq - b.seq;

/**
 * How far an identity can be trusted to be the same human tomorrow. `stable`: Matrix id, JID, IRC services account.
 * `session`: bare IRC nick, MUC nick without occupant id.
 */
export type IdentityStrength = 'stable' | 'session';

export interface OwnPresence {
	readonly availability: Exclude<Availability, 'unknown' | 'offline'>;
	readonly statusText: string;
}

export interface Account {
	readonly id: AccountId;
	readonly protocol: ProtocolName;
	/** What the user logs in with: `nick@network`, bare JID, Matrix id. */
	readonly address: string;
	readonly label: string;
	readonly enabled: boolean;
	readonly position: number;
	readonly connection: ConnectionState;
	readonly self: { readonly remoteId: RemoteUserId; readonly name: string } | null;
	readonly presence: OwnPresence;
	readonly capabilities: AccountCapabilities;
	/** How the link is protected right now, for the security strip. */
	readonly security: LinkSecurity | null;
	readonly privacy: PrivacySwitches;
}

/** Facts about the link to the server. */
export interface LinkSecurity {
	readonly encrypted: boolean;
	/** `system` CA, account's own `custom-ca`, `pinned` fingerprint accepted by the user, or `none`. */
	readonly verifiedBy: 'system' | 'custom-ca' | 'pinned' | 'none';
	/** For example `TLSv1.3`. */
	readonly protocol: string | null;
	/** Authentication mechanism, for example `SCRAM-SHA-256-PLUS`. */
	readonly auth: string | null;
}

export type ConversationKind = 'direct' | 'group' | 'channel' | 'server' | 'space';
export type Membership = 'joined' | 'invited' | 'joining' | 'left' | 'banned';
export type NotifyLevel = 'all' | 'mentions' | 'none';

export interface Conversation {
	readonly id: ConversationId;
	readonly accountId: AccountId;
	readonly remoteId: RemoteConversationId;
	readonly kind: ConversationKind;
	/** Parent space or bouncer network. */
	readonly parentId: ConversationId | null;
	/** The other side of a direct conversation. */
	readonly peer: RemoteUserId | null;
	readonly name: string;
	readonly topic: string;
	readonly membership: Membership;
	/** Who invited us and why, while `membership` is `invited`. */
	readonly invite: { readonly from: string; readonly reason: string | null } | null;
	readonly notify: NotifyLevel;
	readonly pinned: boolean;
	readonly archived: boolean;
	readonly unread: number;
	readonly mentions: number;
	/** Own read position; messages after it count as unread. */
	readonly readUpTo: SortKey | null;
	/** Newest message, for the sidebar's second line and order. */
	readonly last: {
		readonly messageId: MessageId;
		readonly sort: SortKey;
		readonly time: number;
		readonly senderName: string;
		readonly own: boolean;
		readonly preview: string;
	} | null;
	readonly capabilities: ConversationCapabilities;
	/** Why the room cannot be used (banned, members only…), else null. */
	readonly error: ChatError | null;
	readonly draft: string;
	readonly privacy: PrivacySwitches;
}

export interface Reaction {
	readonly key: string;
	readonly senders: readonly { readonly remoteId: RemoteUserId; readonly name: string; readonly own: boolean }[];
}

export interface ReplyPreview {
	/** Null while the target is not known locally. */
	readonly messageId: MessageId | null;
	readonly senderName: string;
	readonly preview: string;
}

/** The conversation within the conversation that a message belongs to. */
export interface ThreadLink {
	/** Null while the root is not known locally. */
	readonly rootId: MessageId | null;
	/** Empty while the root is not known, and after it was removed or hidden. */
	readonly rootPreview: string;
}

/** What stands in the thread below a root; messages that were removed or hidden do not count. */
export interface ThreadSummary {
	readonly count: number;
	/** Of the newest message, ms UTC. */
	readonly lastTime: number;
	readonly lastSenderName: string;
}

export interface Message {
	readonly id: MessageId;
	readonly conversationId: ConversationId;
	readonly sender: { readonly remoteId: RemoteUserId; readonly name: string; readonly strength: IdentityStrength };
	readonly own: boolean;
	readonly content: MessageContent;
	/** Time the sender or server gave it, ms UTC; what the user sees. */
	readonly time: number;
	readonly sort: SortKey;
	readonly mention: boolean;
	readonly encrypted: boolean;
	readonly replyTo: ReplyPreview | null;
	readonly thread: ThreadLink | null;
	/** Null: no thread starts here. */
	readonly threadSummary: ThreadSummary | null;
	/** When its content will be erased, ms UTC; null: never. */
	readonly expiresAt: number | null;
	readonly editedAt: number | null;
	readonly removedAt: number | null;
	readonly removedBy: string | null;
	readonly reactions: readonly Reaction[];
	/** Null for messages of others. */
	readonly send: SendState | null;
}

/** How far somebody has come in a conversation: everything up to `sort` reached them, or was read by them. */
export interface Receipt {
	readonly reader: RemoteUserId;
	readonly name: string;
	readonly kind: 'delivered' | 'read';
	readonly sort: SortKey;
	/** When, ms UTC; null where the network does not tell. */
	readonly time: number | null;
}

export const traceSteps = [
	/** Stored here, waiting for its turn. */
	'queued',
	/** Given to the connection. */
	'handed-over',
	/** Written to a link that never confirms. */
	'written',
	/** The server has it. */
	'accepted',
	'delivered',
	'read',
	'failed',
	/** Nobody can know whether it arrived. */
	'uncertain',
	/** Will be tried again by itself. */
	'waiting',
	/** The user had it sent again. */
	'retried',
	'cancelled',
	'edited',
	'removed',
	/** "Hide for me". */
	'hidden',
	'expired',
] as const;
export type TraceStep = (typeof traceSteps)[number];

/** One step in the life of a message; never content. */
export interface TraceEntry {
	readonly at: number;
	readonly step: TraceStep;
	/** An error code, else null. */
	readonly detail: string | null;
}

/** Missing history: the marker stands directly before `before` in the timeline. */
export interface Gap {
	readonly id: GapId;
	readonly conversationId: ConversationId;
	/** Last known place below the gap; null when nothing older is known (start of history not reached). */
	readonly after: SortKey | null;
	/** First known place above the gap; null when the gap is at the newest end. */
	readonly before: SortKey | null;
	/** False when the network keeps no history: the marker is informative. */
	readonly fillable: boolean;
	readonly loading: boolean;
	readonly error: ChatError | null;
}

/** Role of a member in words every protocol can be mapped to, highest first. */
export const roles = ['owner', 'admin', 'moderator', 'helper', 'voice', 'member', 'muted'] as const;
export type Role = (typeof roles)[number];

export interface Member {
	readonly remoteId: RemoteUserId;
	readonly name: string;
	readonly role: Role;
	/** Real address behind an occupant when the network shows it. */
	readonly address: string | null;
	readonly availability: Availability;
	readonly self: boolean;
}

export type Subscription = 'none' | 'to' | 'from' | 'both' | 'pending-out' | 'pending-in';

/** One address on one account. */
export interface Contact {
	readonly id: ContactId;
	readonly accountId: AccountId;
	readonly remoteId: RemoteUserId;
	readonly name: string;
	readonly groups: readonly string[];
	readonly subscription: Subscription;
	/** Set by us on the server-side contact list; false for people merely seen. */
	readonly onRoster: boolean;
	readonly blocked: boolean;
	readonly personId: PersonId | null;
	readonly availability: Availability;
	readonly statusText: string;
	/** Direct conversation with this contact if one exists. */
	readonly conversationId: ConversationId | null;
}

/** A human: one or more contacts merged by the user. */
export interface Person {
	readonly id: PersonId;
	readonly name: string;
	readonly contactIds: readonly ContactId[];
}

/** A question only the user can answer; the account waits for it. */
export interface Decision {
	readonly id: DecisionId;
	readonly accountId: AccountId;
	readonly question:
		| {
				readonly kind: 'certificate';
				readonly host: string;
				readonly problem: 'untrusted' | 'expired' | 'wrong-host' | 'changed' | 'not-yet-valid';
				readonly fingerprint: string;
				readonly subject: string;
				readonly issuer: string;
				readonly validFrom: number;
				readonly validTo: number;
				/** Fingerprint accepted earlier when `problem` is `changed`. */
				readonly previous: string | null;
		  }
		| { readonly kind: 'name-in-use'; readonly name: string; readonly suggestion: string }
		| { readonly kind: 'login'; readonly error: ChatError };
}

/** Answers to the questions of {@link Decision}. */
export type DecisionAnswer =
	| { readonly kind: 'certificate'; readonly accept: boolean }
	| { readonly kind: 'name-in-use'; readonly name: string }
	| { readonly kind: 'login'; readonly secret: string }
	| { readonly kind: 'dismiss' };

/** What is known of a file in the media cache. */
export type MediaState =
	/** Not fetched. */
	| { readonly kind: 'absent' }
	/** On its way to us, or to the server; `total` null while nobody tells. Bytes. */
	| { readonly kind: 'moving'; readonly done: number; readonly total: number | null }
	/** To be had from the host under its id. */
	| { readonly kind: 'ready'; readonly size: number }
	| { readonly kind: 'failed'; readonly error: ChatError };

export interface TypingUser {
	readonly remoteId: RemoteUserId;
	readonly name: string;
}

/** One redacted line of an account's log. */
export interface AccountLogLine {
	readonly at: number;
	readonly direction: 'in' | 'out' | 'note';
	readonly text: string;
}
