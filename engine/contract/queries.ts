/** Everything the UI can read. Queries are pure, bounded, and answered from the store or the engine's memory. */
import * as z from 'zod';
import type { ProtocolDescription, DirectoryPerson, DirectoryRoom } from '../../protocols/adapter/adapter.ts';
import type { MessageContent } from '../../protocols/model/content.ts';
import type {
	Account,
	AccountLogLine,
	Contact,
	Conversation,
	Decision,
	Gap,
	Member,
	Message,
	Person,
	Receipt,
	TraceEntry,
	TypingUser,
} from '../../protocols/model/entities.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type { ConversationId, RemoteId, TxnId } from '../../protocols/model/ids.ts';
import { accountIdSchema, conversationIdSchema, messageIdSchema, sortKeySchema } from './entity-schemas.ts';
import type { ImportOffers } from './imports.ts';
import type { Settings } from './settings.ts';

const limit = (max: number) => z.number().int().min(1).max(max);

export const querySchemas = {
	/** Everything the navigator needs; no messages. */
	boot: z.object({}),
	/** Messages around a place, oldest first. `before`/`after` exclude the place itself; `around` includes it; `newest`: the end. */
	'timeline.page': z.object({
		conversationId: conversationIdSchema,
		from: z.union([
			z.object({ at: z.literal('newest') }),
			z.object({ at: z.enum(['before', 'after']), sort: sortKeySchema }),
			z.object({ at: z.literal('around'), sort: sortKeySchema }),
			z.object({ at: z.literal('message'), messageId: messageIdSchema }),
			z.object({ at: z.literal('unread') }),
		]),
		limit: limit(200),
		/** Only the root and the messages of its thread. */
		thread: messageIdSchema.nullable().default(null),
	}),
	/** What a message said before its edits. */
	'message.edits': z.object({ messageId: messageIdSchema }),
	/** Everything known about one message's way: for "what happened to it?". */
	'message.details': z.object({ messageId: messageIdSchema }),
	'members.page': z.object({
		conversationId: conversationIdSchema,
		filter: z.string().max(200),
		offset: z.number().int().nonnegative(),
		limit: limit(500),
	}),
	/** Names for completion after `@` or Tab, best first (recent speakers before others). */
	'members.complete': z.object({ conversationId: conversationIdSchema, prefix: z.string().max(100), limit: limit(50) }),
	'search.messages': z.object({
		text: z.string().min(1).max(500),
		conversationId: conversationIdSchema.nullable(),
		accountId: accountIdSchema.nullable(),
		before: sortKeySchema.nullable(),
		limit: limit(100),
	}),
	/** One chunk of an account's public rooms. A first call starts the listing, later calls with the same filter read on. */
	'search.directory': z.object({
		accountId: accountIdSchema,
		filter: z.string().max(200),
		offset: z.number().int().nonnegative(),
		limit: limit(200),
	}),
	'search.people': z.object({ accountId: accountIdSchema, filter: z.string().min(1).max(200) }),
	'account.log': z.object({ accountId: accountIdSchema, limit: limit(2000) }),
	/** Looks for accounts that other chat programs on this machine have. */
	'import.scan': z.object({}),
	/** Checks one login value while the user types. */
	'login.validate': z.object({ loginId: z.string().max(64), field: z.string().max(64), value: z.string().max(8192) }),
} as const;

export type QueryName = keyof typeof querySchemas;
export type QueryArgs<N extends QueryName> = z.input<(typeof querySchemas)[N]>;

export interface BootState {
	readonly protocols: readonly ProtocolDescription[];
	readonly accounts: readonly Account[];
	readonly conversations: readonly Conversation[];
	readonly contacts: readonly Contact[];
	readonly persons: readonly Person[];
	readonly decisions: readonly Decision[];
	readonly typing: readonly { readonly conversationId: ConversationId; readonly users: readonly TypingUser[] }[];
	readonly settings: Settings;
	/** Last patch frame included. */
	readonly seq: number;
	/** Engine clock, to show the same times whatever the renderer's clock says. */
	readonly now: number;
	readonly version: string;
}

export interface TimelinePage {
	readonly messages: readonly Message[];
	/** Gaps that stand in or next to the page. */
	readonly gaps: readonly Gap[];
	/** Stored messages exist before (after) the page. */
	readonly hasBefore: boolean;
	readonly hasAfter: boolean;
	/** Who has come how far, newest first, at most {@link maxReceipts}. */
	readonly receipts: readonly Receipt[];
}

/** Receipts that one page tells. */
export const maxReceipts = 200;

export interface MessageVersion {
	readonly content: MessageContent;
	/** When it was said, ms UTC. */
	readonly at: number;
	/** What the message says now. */
	readonly current: boolean;
}

export interface MessageDetails {
	readonly ids: readonly RemoteId[];
	readonly txnId: TxnId | null;
	readonly encrypted: boolean;
	/** Oldest first; of a long life the newest steps. */
	readonly trace: readonly TraceEntry[];
	/** Who has it at least, newest first; of one person the furthest step. */
	readonly readers: readonly Pick<Receipt, 'reader' | 'name' | 'kind' | 'time'>[];
}

export interface SearchHit {
	readonly message: Message;
	/** Ranges `[start, end)` of the plain body that matched. */
	readonly ranges: readonly (readonly [number, number])[];
}

export interface QueryResults {
	'import.scan': ImportOffers;
	boot: BootState;
	'timeline.page': TimelinePage;
	/** Oldest first; empty after a removal. */
	'message.edits': { readonly versions: readonly MessageVersion[] };
	'message.details': MessageDetails;
	'members.page': { readonly members: readonly Member[]; readonly total: number; readonly complete: boolean };
	'members.complete': { readonly members: readonly Member[] };
	'search.messages': { readonly hits: readonly SearchHit[]; readonly more: boolean };
	'search.directory': {
		readonly rooms: readonly DirectoryRoom[];
		readonly done: boolean;
		readonly error: ChatError | null;
	};
	'search.people': { readonly people: readonly DirectoryPerson[] };
	'account.log': { readonly lines: readonly AccountLogLine[] };
	'login.validate': { readonly error: ChatError | null };
}
