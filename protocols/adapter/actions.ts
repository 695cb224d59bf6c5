/** Commands the engine gives an adapter, and what may come of them. */
import type { MediaContent, OutgoingContent } from '../model/content.ts';
import type { DecisionAnswer, OwnPresence, Role } from '../model/entities.ts';
import type { ChatError } from '../model/errors.ts';
import type { DecisionId, RemoteConversationId, RemoteId, RemoteUserId, TxnId } from '../model/ids.ts';

/** A message that another action refers to, with what fallbacks need. */
export interface MessageTarget {
	/** Every remote id known; the adapter picks the kind its protocol wants. */
	readonly ids: readonly RemoteId[];
	readonly sender: RemoteUserId;
	readonly senderName: string;
	/** Plain text for reply fallbacks. */
	readonly text: string;
	readonly time: number;
}

export type AdapterAction =
	/** Send once. The same `txnId` may be performed again after an uncertain outcome only where resending is idempotent. */
	| {
			readonly type: 'send';
			readonly txnId: TxnId;
			readonly conversation: RemoteConversationId;
			readonly content: OutgoingContent;
			readonly replyTo: MessageTarget | null;
			readonly threadRoot: MessageTarget | null;
	  }
	/** Like `send`, for a file that the media facet has uploaded: `content.source` is what `upload` answered. */
	| {
			readonly type: 'send-file';
			readonly txnId: TxnId;
			readonly conversation: RemoteConversationId;
			readonly content: MediaContent;
			readonly replyTo: MessageTarget | null;
			readonly threadRoot: MessageTarget | null;
	  }
	| {
			readonly type: 'edit';
			readonly txnId: TxnId;
			readonly conversation: RemoteConversationId;
			readonly target: MessageTarget;
			readonly content: OutgoingContent;
	  }
	| {
			readonly type: 'remove';
			readonly txnId: TxnId;
			readonly conversation: RemoteConversationId;
			readonly target: MessageTarget;
			readonly reason: string | null;
	  }
	/** `keys` is the whole set of our reactions after the change; `added`/`removed` say what changed. */
	| {
			readonly type: 'react';
			readonly txnId: TxnId;
			readonly conversation: RemoteConversationId;
			readonly target: MessageTarget;
			readonly keys: readonly string[];
			readonly added: string | null;
			readonly removed: { readonly key: string; readonly ids: readonly RemoteId[] } | null;
	  }
	/** Own read position; `visible` false asks not to tell others (private receipt or none). */
	| {
			readonly type: 'mark-read';
			readonly conversation: RemoteConversationId;
			readonly upTo: MessageTarget;
			readonly visible: boolean;
	  }
	| {
			readonly type: 'typing';
			readonly conversation: RemoteConversationId;
			readonly state: 'active' | 'paused' | 'done';
	  }
	| { readonly type: 'presence'; readonly presence: OwnPresence }
	/** Join by remote id or by a name the user typed; emits `conversation-upsert` before it resolves. */
	| { readonly type: 'join'; readonly name: string; readonly password: string | null }
	| {
			readonly type: 'leave';
			readonly conversation: RemoteConversationId;
			readonly reason: string | null;
			readonly forget: boolean;
	  }
	| {
			readonly type: 'create-room';
			readonly name: string;
			readonly topic: string | null;
			readonly isPublic: boolean;
			readonly invite: readonly string[];
	  }
	/** Open a one-to-one chat with an address the user typed or a known user. */
	| { readonly type: 'open-direct'; readonly user: string }
	| { readonly type: 'set-topic'; readonly conversation: RemoteConversationId; readonly topic: string }
	| { readonly type: 'set-room-name'; readonly conversation: RemoteConversationId; readonly name: string }
	| {
			readonly type: 'invite';
			readonly conversation: RemoteConversationId;
			readonly user: string;
			readonly reason: string | null;
	  }
	| {
			readonly type: 'kick' | 'ban' | 'unban';
			readonly conversation: RemoteConversationId;
			readonly user: string;
			readonly reason: string | null;
	  }
	| {
			readonly type: 'set-role';
			readonly conversation: RemoteConversationId;
			readonly user: string;
			readonly role: Role;
	  }
	| { readonly type: 'answer-invite'; readonly conversation: RemoteConversationId; readonly accept: boolean }
	| { readonly type: 'answer-decision'; readonly decision: DecisionId; readonly answer: DecisionAnswer }
	| {
			readonly type: 'contact-add';
			readonly user: string;
			readonly name: string | null;
			readonly groups: readonly string[];
			readonly message: string | null;
	  }
	| {
			readonly type: 'contact-update';
			readonly user: RemoteUserId;
			readonly name: string | null;
			readonly groups: readonly string[];
	  }
	| { readonly type: 'contact-remove'; readonly user: RemoteUserId }
	/** Answer another user's wish to see our presence. */
	| { readonly type: 'contact-authorise'; readonly user: RemoteUserId; readonly allow: boolean }
	| { readonly type: 'block' | 'unblock'; readonly user: RemoteUserId }
	| { readonly type: 'set-display-name'; readonly name: string }
	/** Ask about a user; the answer arrives as `server-text` with `reply` true. */
	| { readonly type: 'whois'; readonly user: string; readonly conversation: RemoteConversationId | null }
	/** A protocol's own slash command from its description. */
	| {
			readonly type: 'slash';
			readonly name: string;
			readonly args: string;
			readonly conversation: RemoteConversationId | null;
	  }
	/** One raw line or stanza; only where the account allows it. */
	| { readonly type: 'raw'; readonly text: string };

/** Actions that make a message. */
export type SendAction = Extract<AdapterAction, { readonly type: 'send' | 'send-file' }>;
export const isSend = (action: AdapterAction): action is SendAction =>
	action.type === 'send' || action.type === 'send-file';

export type ActionOutcome =
	/** The server confirmed. For `send`: ids of the accepted message; `time` when the server told it. */
	| {
			readonly kind: 'accepted';
			readonly ids: readonly RemoteId[];
			readonly time: number | null;
			readonly conversation?: RemoteConversationId;
	  }
	/** Handed over; an event carrying the txn id (message echo or `send-result`) will decide. */
	| { readonly kind: 'pending' }
	/** Written to a link that never confirms. `ids` may hold an origin id. */
	| { readonly kind: 'unconfirmed'; readonly ids: readonly RemoteId[] }
	/** Provably did not take effect. `retry` in the error says whether the outbox may try again by itself. */
	| { readonly kind: 'rejected'; readonly error: ChatError }
	/** The link broke at a moment when it may or may not have taken effect. */
	| { readonly kind: 'uncertain'; readonly error: ChatError };

/** Outcome of an action without ids. */
export const done: ActionOutcome = { kind: 'accepted', ids: [], time: null };
