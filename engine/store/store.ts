/**
 * The one door to disk. All changes are {@link StoreOp}s committed in one transaction; all reads are named. No SQL and
 * no driver type leaks out. The engine holds accounts, conversations, contacts and settings in memory (loaded once by
 * {@link Store.load}) and is the only writer, so rows are written whole.
 */
import type { AdapterEvent, HistoryToken } from '../../protocols/adapter/events.ts';
import type { AdapterAction } from '../../protocols/adapter/actions.ts';
import type { AccountSettings } from '../../protocols/adapter/context.ts';
import type { MessageContent } from '../../protocols/model/content.ts';
import type {
	Contact,
	Conversation,
	Gap,
	IdentityStrength,
	OwnPresence,
	Person,
	ProtocolName,
	Receipt,
	SortKey,
	ThreadSummary,
	TraceEntry,
} from '../../protocols/model/entities.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type {
	AccountId,
	ContactId,
	ConversationId,
	GapId,
	MessageId,
	PersonId,
	RemoteConversationId,
	RemoteId,
	RemoteUserId,
	TxnId,
} from '../../protocols/model/ids.ts';
import type { PrivacySwitches } from '../../protocols/model/privacy.ts';
import type { SendState } from '../../protocols/model/send-state.ts';
import type { Settings } from '../contract/settings.ts';

export interface StoredAccount {
	readonly id: AccountId;
	readonly protocol: ProtocolName;
	readonly address: string;
	readonly label: string;
	readonly enabled: boolean;
	readonly position: number;
	readonly settings: AccountSettings;
	readonly presence: OwnPresence;
	readonly privacy: PrivacySwitches;
	/** Crash guard: set durably before the first byte of a connection attempt, cleared when it ended or got online. */
	readonly connecting: boolean;
}

/** A conversation as on disk: everything but what lives in other tables (draft). */
export type StoredConversation = Omit<Conversation, 'draft'>;
/** Without ephemeral presence and derived links. */
export type StoredContact = Omit<Contact, 'availability' | 'statusText' | 'conversationId'>;
export type StoredGap = Omit<Gap, 'loading' | 'error'> & { readonly token: HistoryToken | null };

export interface StoredMessage {
	/** Allocated by the engine, ascending. */
	readonly id: MessageId;
	readonly conversationId: ConversationId;
	readonly ids: readonly RemoteId[];
	readonly sender: { readonly remoteId: RemoteUserId; readonly name: string; readonly strength: IdentityStrength };
	readonly own: boolean;
	readonly content: MessageContent;
	readonly time: number;
	readonly sort: SortKey;
	readonly mention: boolean;
	readonly encrypted: boolean;
	/** "Hide for me". */
	readonly hidden: boolean;
	readonly replyTo: {
		readonly ids: readonly RemoteId[];
		readonly messageId: MessageId | null;
		readonly senderName: string;
		readonly preview: string;
	} | null;
	readonly threadRoot: readonly RemoteId[] | null;
	/** Its content goes at this time; null: stays. */
	readonly expiresAt: number | null;
	readonly editedAt: number | null;
	readonly removedAt: number | null;
	readonly removedBy: string | null;
	readonly send: SendState | null;
	readonly txnId: TxnId | null;
}

export interface StoredReaction {
	readonly messageId: MessageId;
	readonly sender: RemoteUserId;
	readonly senderName: string;
	readonly strength: IdentityStrength;
	readonly own: boolean;
	readonly key: string;
	readonly ids: readonly RemoteId[];
	readonly time: number;
}

/** The message that another one refers to, as it is now. */
export interface LinkTarget {
	readonly messageId: MessageId;
	readonly senderName: string;
	/** Beginning of its plain text; empty when it was removed or hidden. */
	readonly text: string;
}

/**
 * What a message is to others. The store derives it from what is stored now, so it is right in whatever order the
 * messages came, and whatever became of them since.
 */
export interface MessageLinks {
	readonly reply: LinkTarget | null;
	readonly thread: LinkTarget | null;
	readonly summary: ThreadSummary | null;
}

/** Links of a message that was not read back yet. */
export const noLinks: MessageLinks = { reply: null, thread: null, summary: null };

/** A message with what the timeline shows about it. */
export interface MessageRow {
	readonly message: StoredMessage;
	readonly reactions: readonly StoredReaction[];
	readonly links: MessageLinks;
}

export type StoredReceipt = Omit<Receipt, 'name'>;

/** Steps kept of one message's way; older ones go. */
export const maxTrace = 64;

/** One durable action of the outbox. `lane`: actions of one lane run in order. */
export interface OutboxJob {
	readonly txnId: TxnId;
	readonly accountId: AccountId;
	readonly lane: string;
	/** Row this job makes or changes, if any. */
	readonly messageId: MessageId | null;
	readonly action: AdapterAction;
	readonly state: 'queued' | 'sending' | 'awaiting-echo';
	readonly attempts: number;
	/** When the latest attempt started, ms UTC. */
	readonly attemptedAt: number | null;
	readonly nextAttemptAt: number | null;
	readonly lastError: ChatError | null;
	/** A later job with the same key replaces this one while queued (read markers). */
	readonly coalesce: string | null;
	/** Ascending; order within a lane. */
	readonly position: number;
}

/** An edit, reaction or removal whose target is not known yet. */
export interface Orphan {
	/** Ascending local id; 0 on insert, assigned by the store. */
	readonly id: number;
	readonly conversationId: ConversationId;
	readonly target: readonly RemoteId[];
	readonly event: AdapterEvent;
	readonly at: number;
}

export type MessagePatch = Partial<Omit<StoredMessage, 'id' | 'conversationId' | 'ids'>>;

export type StoreOp =
	| { readonly op: 'account.put'; readonly account: StoredAccount }
	/** Cascades to everything of the account. */
	| { readonly op: 'account.remove'; readonly id: AccountId }
	| { readonly op: 'conversation.put'; readonly conversation: StoredConversation }
	| { readonly op: 'conversation.remove'; readonly id: ConversationId }
	| { readonly op: 'contact.put'; readonly contact: StoredContact }
	| { readonly op: 'contact.remove'; readonly id: ContactId }
	| { readonly op: 'person.put'; readonly person: Person }
	| { readonly op: 'person.remove'; readonly id: PersonId }
	| { readonly op: 'message.insert'; readonly message: StoredMessage }
	| { readonly op: 'message.update'; readonly id: MessageId; readonly set: MessagePatch }
	/** Adds remote ids to a message; a pair already owned by another message of the conversation is left there. */
	| {
			readonly op: 'message.addIds';
			readonly id: MessageId;
			readonly conversationId: ConversationId;
			readonly ids: readonly RemoteId[];
	  }
	| { readonly op: 'message.delete'; readonly id: MessageId }
	/** Keeps the content an edit replaced. */
	| { readonly op: 'edit.add'; readonly messageId: MessageId; readonly content: MessageContent; readonly at: number }
	/** One step of a message's way. */
	| { readonly op: 'trace.add'; readonly messageId: MessageId; readonly entry: TraceEntry }
	/** Drops the kept contents (after a removal nothing of the text may remain). */
	| { readonly op: 'edit.clear'; readonly messageId: MessageId }
	| { readonly op: 'reaction.put'; readonly reaction: StoredReaction }
	| {
			readonly op: 'reaction.remove';
			readonly messageId: MessageId;
			readonly sender: RemoteUserId;
			readonly key: string | null;
	  }
	/** High-water mark: never moves back. */
	| {
			readonly op: 'receipt.put';
			readonly conversationId: ConversationId;
			readonly reader: RemoteUserId;
			readonly kind: 'delivered' | 'read';
			readonly sort: SortKey;
			readonly time: number | null;
	  }
	| { readonly op: 'gap.put'; readonly gap: StoredGap }
	| { readonly op: 'gap.remove'; readonly id: GapId }
	| { readonly op: 'orphan.add'; readonly orphan: Orphan }
	| { readonly op: 'orphan.remove'; readonly id: number }
	| { readonly op: 'orphan.expire'; readonly before: number }
	| { readonly op: 'outbox.put'; readonly job: OutboxJob }
	| { readonly op: 'outbox.remove'; readonly txnId: TxnId }
	| { readonly op: 'cursor.put'; readonly accountId: AccountId; readonly cursor: string }
	| { readonly op: 'draft.put'; readonly conversationId: ConversationId; readonly text: string }
	| { readonly op: 'settings.put'; readonly settings: Settings }
	| {
			readonly op: 'kv.set';
			readonly accountId: AccountId;
			readonly entries: readonly { readonly key: string; readonly value: Uint8Array | null }[];
	  };

/** Everything the engine keeps in memory. */
export interface LoadedState {
	readonly accounts: readonly StoredAccount[];
	readonly conversations: readonly StoredConversation[];
	readonly drafts: ReadonlyMap<ConversationId, string>;
	readonly contacts: readonly StoredContact[];
	readonly persons: readonly Person[];
	readonly gaps: readonly StoredGap[];
	readonly outbox: readonly OutboxJob[];
	readonly cursors: ReadonlyMap<AccountId, string>;
	/** Null on a fresh profile. */
	readonly settings: Settings | null;
	readonly nextMessageId: number;
}

export type PageFrom =
	| { readonly at: 'newest' }
	| { readonly at: 'before' | 'after'; readonly sort: SortKey }
	/** Half before, the place itself, half after. */
	| { readonly at: 'around'; readonly sort: SortKey };

export interface StoredPage {
	/** Oldest first. */
	readonly rows: readonly MessageRow[];
	readonly hasBefore: boolean;
	readonly hasAfter: boolean;
}

/** What the unread function needs to know of one message. */
export interface UnreadFact {
	readonly sort: SortKey;
	readonly own: boolean;
	readonly mention: boolean;
	/** Content kind as stored. */
	readonly kind: MessageContent['kind'];
	readonly hidden: boolean;
	readonly removed: boolean;
}

export interface SearchRequest {
	readonly text: string;
	readonly conversations: readonly ConversationId[] | null;
	/** Only messages strictly older, for paging. */
	readonly before: SortKey | null;
	readonly limit: number;
}

export interface StoredHit {
	readonly row: MessageRow;
	readonly ranges: readonly (readonly [number, number])[];
}

export interface Store {
	/** Loads what the engine keeps in memory. Called once. */
	load(): Promise<LoadedState>;
	/**
	 * Applies all ops in one durable transaction, in order; either all or none.
	 * @throws ChatException `storage-failed` (disk full, corrupt…): nothing was applied
	 */
	commit(ops: readonly StoreOp[]): Promise<void>;

	/** Messages owning the given ids, in one conversation; missing ones are left out. */
	findByIds(conversationId: ConversationId, ids: readonly RemoteId[]): Promise<readonly MessageRow[]>;
	findByTxn(accountId: AccountId, txnIds: readonly TxnId[]): Promise<readonly MessageRow[]>;
	/** Messages without a server id that look the same: same sender, same plain body, `time` within ± `withinMs`. */
	findAlike(
		conversationId: ConversationId,
		sender: RemoteUserId,
		body: string,
		time: number,
		withinMs: number,
	): Promise<readonly MessageRow[]>;
	getMessages(ids: readonly MessageId[]): Promise<readonly MessageRow[]>;
	/** Reaction whose own remote id is one of these (Matrix redaction of a reaction). */
	findReaction(conversationId: ConversationId, ids: readonly RemoteId[]): Promise<StoredReaction | null>;
	/** `thread`: only this message and those below it. */
	page(conversationId: ConversationId, from: PageFrom, limit: number, thread?: MessageId | null): Promise<StoredPage>;
	/** Messages that show something of these: their thread's root, and who replies or stands in a thread below them; the newest `limit`. */
	related(ids: readonly MessageId[], limit: number): Promise<readonly MessageId[]>;
	/** Contents that edits replaced, oldest first. */
	edits(id: MessageId): Promise<readonly { readonly content: MessageContent; readonly at: number }[]>;
	/** Oldest first. */
	trace(id: MessageId): Promise<readonly TraceEntry[]>;
	/** Messages with content whose time is over. */
	expired(now: number, limit: number): Promise<readonly MessageId[]>;
	/** When the next one is over, or null. */
	nextExpiry(): Promise<number | null>;
	/** Newest message at or before a time. */
	lastAtOrBefore(conversationId: ConversationId, time: number): Promise<MessageRow | null>;
	/** Newest message that carries a server id. */
	newestWithServerId(conversationId: ConversationId): Promise<StoredMessage | null>;
	newestVisible(conversationId: ConversationId): Promise<MessageRow | null>;
	/** Facts after a place, oldest first, at most `limit`. */
	unreadFacts(conversationId: ConversationId, after: SortKey | null, limit: number): Promise<readonly UnreadFact[]>;
	/** Newest place first. */
	receipts(conversationId: ConversationId, limit: number): Promise<readonly StoredReceipt[]>;
	/** Own messages up to a place whose send state is below the given one (for receipts that cover several). */
	ownUpTo(
		conversationId: ConversationId,
		sort: SortKey,
		below: 'delivered' | 'read',
		limit: number,
	): Promise<readonly StoredMessage[]>;
	orphansFor(conversationId: ConversationId, ids: readonly RemoteId[]): Promise<readonly Orphan[]>;
	/** Distinct recent senders, newest first, for name completion. */
	recentSenders(
		conversationId: ConversationId,
		limit: number,
	): Promise<readonly { readonly remoteId: RemoteUserId; readonly name: string }[]>;
	/** Finds what was committed before it; only while very much is being stored the newest messages may be missing. */
	search(request: SearchRequest): Promise<readonly StoredHit[]>;
	kvGet(accountId: AccountId, key: string): Promise<Uint8Array | null>;
	kvList(
		accountId: AccountId,
		prefix: string,
	): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
	conversationIdOf(accountId: AccountId, remoteId: RemoteConversationId): Promise<ConversationId | null>;
	/** Checkpoints and closes the file; later calls reject. */
	close(): Promise<void>;
}
