/**
 * Everything the UI can ask the engine to do. Commands change state; data comes back by patch, results are small.
 * Every command carries a client-made `commandId`; the engine remembers recent ones, so sending a command again after
 * a reconnect returns the first result instead of acting twice.
 */
import * as z from 'zod';
import type { LoginStep } from '../../protocols/adapter/login.ts';
import { roles } from '../../protocols/model/entities.ts';
import type { AccountId, ContactId, ConversationId, MessageId, PersonId } from '../../protocols/model/ids.ts';
import {
	accountIdSchema,
	commandIdSchema,
	contactIdSchema,
	conversationIdSchema,
	decisionAnswerSchema,
	decisionIdSchema,
	gapIdSchema,
	messageIdSchema,
	outgoingContentSchema,
	ownPresenceSchema,
	personIdSchema,
	privacySchema,
	remoteUserIdSchema,
} from './entity-schemas.ts';
import { mediaPartSchema, outgoingFileSchema } from './media.ts';
import type { MediaProgress } from './media.ts';
import { settingsSchema } from './settings.ts';

const command = <S extends z.ZodRawShape>(shape: S) => z.object({ commandId: commandIdSchema, ...shape });
const text = (max: number) => z.string().max(max);
const name = z.string().min(1).max(512);
const reason = text(1024).nullable();
const loginId = z.string().min(1).max(64);
const conversationScope = { conversationId: conversationIdSchema };

/** The message whose thread this goes into; a message of a thread stands for its root. */
const threadRoot = messageIdSchema.nullable().default(null);

export const commandSchemas = {
	// accounts
	/** Starts a login flow; the result holds the first step. */
	'account.loginStart': command({ protocol: z.string().max(32), flow: z.string().max(32) }),
	/** Answers the current step. */
	'account.loginSubmit': command({ loginId, values: z.record(z.string().max(64), text(8192)) }),
	/** Begins a login with what `import.scan` found; goes on like one that the user began. */
	'account.importStart': command({ offerId: z.string().max(64), withSecret: z.boolean() }),
	'account.loginCancel': command({ loginId }),
	'account.update': command({
		accountId: accountIdSchema,
		label: text(200).optional(),
		enabled: z.boolean().optional(),
		position: z.number().int().optional(),
		privacy: privacySchema.optional(),
	}),
	/** Removes the account and everything stored for it; revokes its session on the server if reachable. */
	'account.remove': command({ accountId: accountIdSchema }),
	/** Connect now, without waiting for the back-off. */
	'account.connect': command({ accountId: accountIdSchema }),
	'account.disconnect': command({ accountId: accountIdSchema }),
	/** Replaces a stored secret after `auth-failed` or `session-expired` and reconnects. */
	'account.setSecret': command({ accountId: accountIdSchema, name: z.enum(['password']), value: text(4096) }),
	'decision.answer': command({ decisionId: decisionIdSchema, answer: decisionAnswerSchema }),
	'presence.set': command({ accountId: accountIdSchema.nullable(), presence: ownPresenceSchema }),
	// conversations
	/** Subscribes this client to the timeline, members and typing of a conversation. */
	'conversation.open': command(conversationScope),
	'conversation.close': command(conversationScope),
	'conversation.join': command({ accountId: accountIdSchema, name, password: text(512).nullable() }),
	'conversation.create': command({
		accountId: accountIdSchema,
		name,
		topic: text(2000).nullable(),
		isPublic: z.boolean(),
		invite: z.array(name).max(100),
	}),
	'conversation.direct': command({ accountId: accountIdSchema, user: name }),
	'conversation.leave': command({ ...conversationScope, reason, forget: z.boolean() }),
	'conversation.answerInvite': command({ ...conversationScope, accept: z.boolean() }),
	'conversation.setTopic': command({ ...conversationScope, topic: text(4000) }),
	'conversation.setName': command({ ...conversationScope, name: text(512) }),
	'conversation.invite': command({ ...conversationScope, user: name, reason }),
	'conversation.kick': command({ ...conversationScope, user: name, reason }),
	'conversation.ban': command({ ...conversationScope, user: name, reason }),
	'conversation.unban': command({ ...conversationScope, user: name }),
	'conversation.setRole': command({ ...conversationScope, user: name, role: z.enum(roles) }),
	/** Marks read up to a message that the user has seen; never moves back. */
	'conversation.markRead': command({ ...conversationScope, messageId: messageIdSchema }),
	'conversation.update': command({
		...conversationScope,
		notify: z.enum(['all', 'mentions', 'none']).optional(),
		pinned: z.boolean().optional(),
		archived: z.boolean().optional(),
		privacy: privacySchema.optional(),
	}),
	/** Fetches one page of missing history. */
	'conversation.fillGap': command({ ...conversationScope, gapId: gapIdSchema }),
	// messages
	'message.send': command({
		...conversationScope,
		content: outgoingContentSchema,
		replyTo: messageIdSchema.nullable(),
		threadRoot,
	}),
	/** Sends a file that the host has taken in. */
	'message.sendFile': command({
		...conversationScope,
		file: outgoingFileSchema,
		replyTo: messageIdSchema.nullable(),
		threadRoot,
	}),
	/** Fetches a file of a message unless it is here; progress comes as `media.put`. Answers at once. */
	'media.fetch': command({ messageId: messageIdSchema, part: mediaPartSchema }),
	/** Stops fetching. */
	'media.cancel': command({ messageId: messageIdSchema, part: mediaPartSchema }),
	/** After `failed` or `uncertain`: send again, by the user's decision. */
	'message.retry': command({ messageId: messageIdSchema }),
	'message.cancel': command({ messageId: messageIdSchema }),
	'message.edit': command({ messageId: messageIdSchema, content: outgoingContentSchema }),
	'message.remove': command({ messageId: messageIdSchema, reason, forMe: z.boolean() }),
	'message.react': command({ messageId: messageIdSchema, key: z.string().min(1).max(64), on: z.boolean() }),
	'typing.set': command({ ...conversationScope, state: z.enum(['active', 'paused', 'done']) }),
	/** A line that starts with `/`; `conversationId` null: typed in no conversation. */
	'slash.run': command({
		accountId: accountIdSchema,
		conversationId: conversationIdSchema.nullable(),
		line: text(16384),
	}),
	'draft.set': command({ ...conversationScope, text: text(65536) }),
	// people
	'contact.add': command({
		accountId: accountIdSchema,
		user: name,
		name: text(256).nullable(),
		groups: z.array(text(256)).max(32),
		message: text(1024).nullable(),
	}),
	'contact.update': command({
		contactId: contactIdSchema,
		name: text(256).nullable(),
		groups: z.array(text(256)).max(32),
	}),
	'contact.remove': command({ contactId: contactIdSchema }),
	'contact.authorise': command({ contactId: contactIdSchema, allow: z.boolean() }),
	'person.merge': command({ contactIds: z.array(contactIdSchema).min(2).max(20), name: text(256).nullable() }),
	'person.split': command({ personId: personIdSchema, contactId: contactIdSchema.nullable() }),
	'person.rename': command({ personId: personIdSchema, name }),
	/** Contacts and strangers alike. */
	'user.block': command({ accountId: accountIdSchema, user: remoteUserIdSchema, blocked: z.boolean() }),
	'user.whois': command({
		accountId: accountIdSchema,
		user: remoteUserIdSchema,
		conversationId: conversationIdSchema.nullable(),
	}),
	'settings.set': command({ settings: settingsSchema.partial() }),
	/** The window's focus and the user's activity, for notifications, CSI and auto-away. */
	'client.activity': command({ focused: z.boolean(), visible: conversationIdSchema.nullable() }),
} as const;

export type CommandName = keyof typeof commandSchemas;
export type CommandBody<N extends CommandName> = z.infer<(typeof commandSchemas)[N]>;
/** What the renderer passes; the client adds `commandId`. */
export type CommandArgs<N extends CommandName> = Omit<z.input<(typeof commandSchemas)[N]>, 'commandId'>;

/** A step of a running login, or the account it made. */
export type LoginProgress =
	| { readonly loginId: string; readonly step: Exclude<LoginStep, { kind: 'done' }> }
	| { readonly loginId: string; readonly step: { readonly kind: 'done' }; readonly accountId: AccountId };

/** Results that are more than "done". Commands not listed answer `null`. */
export interface CommandResults {
	'account.loginStart': LoginProgress;
	'account.importStart': LoginProgress;
	'account.loginSubmit': LoginProgress;
	'conversation.join': { readonly conversationId: ConversationId };
	'conversation.create': { readonly conversationId: ConversationId };
	'conversation.direct': { readonly conversationId: ConversationId };
	'message.send': { readonly messageId: MessageId };
	'message.sendFile': { readonly messageId: MessageId };
	'media.fetch': MediaProgress;
	/**
	 * `show`: the conversation the command leads to, if any; `text`: words for the user (help, usage); `refused`: the line
	 * was not understood, `text` says why, and the line is to be kept.
	 */
	'slash.run': { readonly show: ConversationId | null; readonly text: string | null; readonly refused: boolean };
	'contact.add': { readonly contactId: ContactId | null };
	'person.merge': { readonly personId: PersonId };
	'conversation.fillGap': { readonly added: number; readonly closed: boolean };
}
export type CommandResult<N extends CommandName> = N extends keyof CommandResults ? CommandResults[N] : null;
