/** What the ingest stages share while one group of events is processed. */
import type { ConversationCapabilities } from '../protocols/model/capabilities.ts';
import type { SortKey } from '../protocols/model/entities.ts';
import type { AccountId, ConversationId, MessageId, RemoteConversationId } from '../protocols/model/ids.ts';
import type { Core } from './core.ts';
import type { StoredMessage } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** One connection attempt of an account: the frame in which names of people without a stable identity mean something. */
export interface Session {
	readonly accountId: AccountId;
	readonly startedAt: number;
	/** Messages with this id or a higher one were stored during this session. */
	readonly firstMessageId: number;
	capabilities(conversation: RemoteConversationId): ConversationCapabilities;
}

/** A gap that was announced and waits for the message that stands above it. */
export interface AnnouncedGap {
	readonly after: SortKey | null;
	readonly token: string | null;
	readonly fillable: boolean;
}

export interface Run {
	readonly core: Core;
	readonly tx: Transaction;
	readonly session: Session;
	/** `page`: history the user asked for. */
	origin: 'live' | 'catchup' | 'replay' | 'page';
	readonly now: number;
	/** Place of the previous message of the batch, per conversation. */
	readonly previous: Map<ConversationId, SortKey>;
	readonly gaps: Map<ConversationId, AnnouncedGap>;
	/** Conversations whose top gap must be checked, and tokens announced for it. */
	readonly topGaps: Set<ConversationId>;
	readonly topTokens: Map<ConversationId, { readonly token: string | null; readonly fillable: boolean }>;
	/** Rows already recognised in this batch: two equal lines are two messages. */
	readonly matched: Set<MessageId>;
	readonly inserted: Set<MessageId>;
	/** Newest message worth a notification, per conversation. */
	readonly notable: Map<ConversationId, StoredMessage>;
}

export function newRun(core: Core, tx: Transaction, session: Session, origin: Run['origin']): Run {
	return {
		core,
		tx,
		session,
		origin,
		now: core.clock.now(),
		previous: new Map(),
		gaps: new Map(),
		topGaps: new Set(),
		topTokens: new Map(),
		matched: new Set(),
		inserted: new Set(),
		notable: new Map(),
	};
}
