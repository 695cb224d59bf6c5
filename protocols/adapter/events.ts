/**
 * Everything an adapter can tell the engine. Events are facts in the adapter's order; the engine decides what to
 * store, count and show. Unknown users and conversations may be named without introduction: the engine creates a
 * conversation on its first message.
 */
import type { AccountCapabilities, Availability, ConversationCapabilities } from '../model/capabilities.ts';
import type { ConnectStep } from '../model/connection-state.ts';
import type { MessageContent } from '../model/content.ts';
import type {
	ConversationKind,
	Decision,
	IdentityStrength,
	LinkSecurity,
	Member,
	Membership,
	OwnPresence,
	Subscription,
} from '../model/entities.ts';
import type { ChatError } from '../model/errors.ts';
import type { DecisionId, RemoteConversationId, RemoteId, RemoteUserId, TxnId } from '../model/ids.ts';

/** Who said or did something, as the network showed it at that moment. */
export interface Actor {
	readonly remoteId: RemoteUserId;
	readonly name: string;
	readonly strength: IdentityStrength;
}

/** Facts about a conversation; `undefined` leaves what is known unchanged. */
export interface RemoteConversation {
	readonly remoteId: RemoteConversationId;
	readonly kind?: ConversationKind;
	readonly parent?: RemoteConversationId | null;
	readonly peer?: RemoteUserId | null;
	readonly name?: string;
	readonly topic?: string;
	readonly membership?: Membership;
	readonly invite?: { readonly from: string; readonly reason: string | null } | null;
	readonly error?: ChatError | null;
	readonly capabilities?: ConversationCapabilities;
}

export interface RemoteMessage {
	/** All remote ids known now. Empty only where the network has none (plain IRC). */
	readonly ids: readonly RemoteId[];
	readonly sender: Actor;
	/** Sent by this account (any device). */
	readonly own: boolean;
	/** Our transaction id when this is the echo of our own send. */
	readonly txnId: TxnId | null;
	readonly content: MessageContent;
	/** Origin time in ms UTC; clamped by the engine if absurd. */
	readonly time: number;
	/** Addressed to us (highlight). The adapter knows the rule of its protocol. */
	readonly mention: boolean;
	readonly encrypted: boolean;
	readonly replyTo: {
		readonly ids: readonly RemoteId[];
		readonly senderName: string | null;
		readonly text: string | null;
	} | null;
	readonly threadRoot: readonly RemoteId[] | null;
	/** The sender wants the content erased at this time, ms UTC; absent: never. */
	readonly expiresAt?: number | null;
}

export interface RemoteContact {
	readonly remoteId: RemoteUserId;
	readonly name: string;
	readonly groups: readonly string[];
	readonly subscription: Subscription;
	readonly onRoster: boolean;
	readonly blocked: boolean;
}

/** Opaque place in a conversation's server-side history, kept by the engine for a later page request. */
export type HistoryToken = string;

export type AdapterEvent =
	// connection of the account
	| {
			readonly type: 'connection';
			readonly state:
				| { readonly kind: 'step'; readonly step: ConnectStep }
				| { readonly kind: 'syncing'; readonly progress: number | null }
				| { readonly kind: 'online' }
				| { readonly kind: 'degraded'; readonly error: ChatError; readonly retryAt: number | null };
	  }
	| { readonly type: 'security'; readonly security: LinkSecurity }
	| { readonly type: 'self'; readonly remoteId: RemoteUserId; readonly name: string }
	| { readonly type: 'account-capabilities'; readonly capabilities: AccountCapabilities }
	| { readonly type: 'own-presence'; readonly presence: OwnPresence }
	// conversations
	| { readonly type: 'conversation-upsert'; readonly conversation: RemoteConversation }
	| { readonly type: 'conversation-removed'; readonly conversation: RemoteConversationId }
	/** The same place under a new id (IRC nick change of a query partner, RENAME, room upgrade). */
	| {
			readonly type: 'conversation-renamed';
			readonly from: RemoteConversationId;
			readonly to: RemoteConversationId;
			readonly name: string;
	  }
	| {
			readonly type: 'members-snapshot';
			readonly conversation: RemoteConversationId;
			readonly members: readonly Member[];
			readonly complete: boolean;
	  }
	| {
			readonly type: 'members-delta';
			readonly conversation: RemoteConversationId;
			readonly upsert: readonly Member[];
			readonly remove: readonly RemoteUserId[];
	  }
	// messages
	| { readonly type: 'message'; readonly conversation: RemoteConversationId; readonly message: RemoteMessage }
	| {
			readonly type: 'message-edited';
			readonly conversation: RemoteConversationId;
			readonly target: readonly RemoteId[];
			readonly ids: readonly RemoteId[];
			readonly sender: Actor;
			readonly own: boolean;
			readonly txnId: TxnId | null;
			readonly content: MessageContent;
			readonly time: number;
			/** Came encrypted. What is readable never replaces what was encrypted; absent: readable. */
			readonly encrypted?: boolean;
	  }
	/** `target` may also be the id of a reaction (Matrix). `moderated`: the network proved the right to remove others' messages. */
	| {
			readonly type: 'message-removed';
			readonly conversation: RemoteConversationId;
			readonly target: readonly RemoteId[];
			readonly sender: Actor;
			readonly own: boolean;
			readonly moderated: boolean;
			readonly reason: string | null;
			readonly time: number;
	  }
	/** `set` replaces all reactions of the sender (XEP-0444); `add`/`remove` change one. */
	| {
			readonly type: 'reaction';
			readonly conversation: RemoteConversationId;
			readonly target: readonly RemoteId[];
			readonly ids: readonly RemoteId[];
			readonly sender: Actor;
			readonly own: boolean;
			readonly op: 'set' | 'add' | 'remove';
			readonly keys: readonly string[];
			readonly time: number;
	  }
	| {
			readonly type: 'receipt';
			readonly conversation: RemoteConversationId;
			readonly reader: RemoteUserId;
			readonly kind: 'delivered' | 'read';
			readonly upTo: readonly RemoteId[];
			readonly time: number | null;
	  }
	/** Own read position set on another device; by ids or by time. */
	| {
			readonly type: 'read-marker';
			readonly conversation: RemoteConversationId;
			readonly upTo: readonly RemoteId[];
			readonly time: number | null;
	  }
	/** Late verdict on an action that answered `pending`. */
	| {
			readonly type: 'send-result';
			readonly txnId: TxnId;
			readonly outcome:
				| { readonly kind: 'accepted'; readonly ids: readonly RemoteId[]; readonly time: number | null }
				| { readonly kind: 'rejected'; readonly error: ChatError };
	  }
	/**
	 * Between what was known and the messages that follow in this batch, history may be missing. `token` is where a
	 * backward page would start; `fillable` false when the network keeps none.
	 */
	| {
			readonly type: 'gap';
			readonly conversation: RemoteConversationId;
			readonly token: HistoryToken | null;
			readonly fillable: boolean;
	  }
	// people
	| {
			readonly type: 'typing';
			readonly conversation: RemoteConversationId;
			readonly user: Actor;
			readonly state: 'active' | 'paused' | 'done';
			/** How long this holds without a repeat, in ms, for networks that say it once (XEP-0085, m.typing); else 6 s active, 30 s paused. */
			readonly expiresMs?: number;
	  }
	| {
			readonly type: 'presence';
			readonly user: RemoteUserId;
			readonly availability: Availability;
			readonly statusText: string;
	  }
	| { readonly type: 'contacts-snapshot'; readonly contacts: readonly RemoteContact[] }
	| {
			readonly type: 'contacts-delta';
			readonly upsert: readonly RemoteContact[];
			readonly remove: readonly RemoteUserId[];
	  }
	/** The same person under a new session name (IRC NICK). */
	| { readonly type: 'user-renamed'; readonly from: RemoteUserId; readonly to: RemoteUserId; readonly name: string }
	// account
	| { readonly type: 'decision-needed'; readonly id: DecisionId; readonly question: Decision['question'] }
	| { readonly type: 'decision-withdrawn'; readonly id: DecisionId }
	/** Words of the server for people to read; `conversation` null: the account's server conversation. `reply`: answer to a command of the user. */
	| {
			readonly type: 'server-text';
			readonly level: 'info' | 'notice' | 'motd' | 'error';
			readonly text: string;
			readonly time: number;
			readonly conversation: RemoteConversationId | null;
			readonly reply: boolean;
			readonly code: string | null;
	  };

/**
 * Events that are committed together. `live`: happening now (counts, notifies). `catchup`: missed while away (counts,
 * no sound per message). `replay`: known to have been processed before, only rebuilds state. `cursor` is saved in the
 * same transaction as the events and given back in the context at the next start.
 */
export interface AdapterBatch {
	readonly origin: 'live' | 'catchup' | 'replay';
	readonly events: readonly AdapterEvent[];
	/** Opaque resume point; undefined leaves the stored one. */
	readonly cursor?: string;
}
