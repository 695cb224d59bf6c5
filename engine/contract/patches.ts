/**
 * How the renderer's copy of the engine's state is kept true. Each op is idempotent and carries whole values of what
 * changed, so the last write wins and applying a patch twice is harmless. Ops of one frame belong to one instant.
 */
import * as z from 'zod';
import type {
	Account,
	Contact,
	Conversation,
	Decision,
	Gap,
	Member,
	Message,
	Person,
	Receipt,
	TypingUser,
} from '../../protocols/model/entities.ts';
import type {
	AccountId,
	ContactId,
	ConversationId,
	DecisionId,
	GapId,
	MessageId,
	PersonId,
	RemoteUserId,
} from '../../protocols/model/ids.ts';
import {
	accountIdSchema,
	accountSchema,
	contactIdSchema,
	contactSchema,
	conversationIdSchema,
	conversationSchema,
	decisionIdSchema,
	decisionSchema,
	gapIdSchema,
	gapSchema,
	memberSchema,
	messageIdSchema,
	messageSchema,
	personIdSchema,
	personSchema,
	receiptSchema,
	remoteUserIdSchema,
} from './entity-schemas.ts';
import { mediaIdSchema, mediaStateSchema } from './media.ts';
import type { MediaProgress } from './media.ts';
import { settingsSchema } from './settings.ts';
import type { Settings } from './settings.ts';

/** A desktop notification the host should show; content already reduced to what the settings allow. */
export interface NotifyOp {
	readonly op: 'notify';
	readonly conversationId: ConversationId;
	readonly messageId: MessageId | null;
	readonly title: string;
	readonly body: string;
}

export type PatchOp =
	| { readonly op: 'account.put'; readonly account: Account }
	| { readonly op: 'account.remove'; readonly id: AccountId }
	| { readonly op: 'conversation.put'; readonly conversation: Conversation }
	| { readonly op: 'conversation.remove'; readonly id: ConversationId }
	| { readonly op: 'contact.put'; readonly contact: Contact }
	| { readonly op: 'contact.remove'; readonly id: ContactId }
	| { readonly op: 'person.put'; readonly person: Person }
	| { readonly op: 'person.remove'; readonly id: PersonId }
	| { readonly op: 'decision.open'; readonly decision: Decision }
	| { readonly op: 'decision.close'; readonly id: DecisionId }
	| { readonly op: 'settings.put'; readonly settings: Settings }
	/** What a login under way is doing, a key under `login.progress`; null: it waits for an answer, or has ended. */
	| { readonly op: 'login.progress'; readonly loginId: string; readonly key: string | null }
	/** A file is being fetched or sent, arrived, or failed. */
	| { readonly op: 'media.put'; readonly media: MediaProgress }
	// only to clients that have the conversation open:
	/** New, changed or moved messages; the place is `message.sort`. */
	| { readonly op: 'timeline.put'; readonly conversationId: ConversationId; readonly messages: readonly Message[] }
	| { readonly op: 'timeline.remove'; readonly conversationId: ConversationId; readonly ids: readonly MessageId[] }
	| { readonly op: 'gap.put'; readonly gap: Gap }
	| { readonly op: 'gap.remove'; readonly conversationId: ConversationId; readonly id: GapId }
	| {
			readonly op: 'members.reset';
			readonly conversationId: ConversationId;
			readonly members: readonly Member[];
			readonly total: number;
			readonly complete: boolean;
	  }
	| {
			readonly op: 'members.delta';
			readonly conversationId: ConversationId;
			readonly upsert: readonly Member[];
			readonly remove: readonly RemoteUserId[];
			readonly total: number;
	  }
	/** Somebody has come further. */
	| { readonly op: 'receipt.put'; readonly conversationId: ConversationId; readonly receipt: Receipt }
	/** Everybody typing now; replaces the previous list. Goes to all clients for direct chats, else to openers. */
	| { readonly op: 'typing'; readonly conversationId: ConversationId; readonly users: readonly TypingUser[] }
	| NotifyOp
	/** What a notification shows was removed, hidden or changed: it goes, if it is still there. */
	| { readonly op: 'notify.withdraw'; readonly conversationId: ConversationId; readonly messageId: MessageId }
	/** What the client holds for this scope can't be trusted any more; refetch. */
	| { readonly op: 'resync'; readonly scope: 'all' | ConversationId };

const typingUser = z.object({ remoteId: remoteUserIdSchema, name: z.string() });

export const patchOpSchema: z.ZodType<PatchOp> = z.discriminatedUnion('op', [
	z.object({ op: z.literal('account.put'), account: accountSchema }),
	z.object({ op: z.literal('account.remove'), id: accountIdSchema }),
	z.object({ op: z.literal('conversation.put'), conversation: conversationSchema }),
	z.object({ op: z.literal('conversation.remove'), id: conversationIdSchema }),
	z.object({ op: z.literal('contact.put'), contact: contactSchema }),
	z.object({ op: z.literal('contact.remove'), id: contactIdSchema }),
	z.object({ op: z.literal('person.put'), person: personSchema }),
	z.object({ op: z.literal('person.remove'), id: personIdSchema }),
	z.object({ op: z.literal('decision.open'), decision: decisionSchema }),
	z.object({ op: z.literal('decision.close'), id: decisionIdSchema }),
	z.object({ op: z.literal('settings.put'), settings: settingsSchema }),
	z.object({
		op: z.literal('login.progress'),
		loginId: z.string().max(64),
		key: z.string().max(64).nullable(),
	}),
	z.object({ op: z.literal('media.put'), media: z.object({ id: mediaIdSchema, state: mediaStateSchema }) }),
	z.object({ op: z.literal('timeline.put'), conversationId: conversationIdSchema, messages: z.array(messageSchema) }),
	z.object({ op: z.literal('timeline.remove'), conversationId: conversationIdSchema, ids: z.array(messageIdSchema) }),
	z.object({ op: z.literal('gap.put'), gap: gapSchema }),
	z.object({ op: z.literal('gap.remove'), conversationId: conversationIdSchema, id: gapIdSchema }),
	z.object({
		op: z.literal('members.reset'),
		conversationId: conversationIdSchema,
		members: z.array(memberSchema),
		total: z.number(),
		complete: z.boolean(),
	}),
	z.object({
		op: z.literal('members.delta'),
		conversationId: conversationIdSchema,
		upsert: z.array(memberSchema),
		remove: z.array(remoteUserIdSchema),
		total: z.number(),
	}),
	z.object({ op: z.literal('receipt.put'), conversationId: conversationIdSchema, receipt: receiptSchema }),
	z.object({ op: z.literal('typing'), conversationId: conversationIdSchema, users: z.array(typingUser) }),
	z.object({
		op: z.literal('notify'),
		conversationId: conversationIdSchema,
		messageId: messageIdSchema.nullable(),
		title: z.string(),
		body: z.string(),
	}),
	z.object({ op: z.literal('notify.withdraw'), conversationId: conversationIdSchema, messageId: messageIdSchema }),
	z.object({ op: z.literal('resync'), scope: z.union([z.literal('all'), conversationIdSchema]) }),
]);
