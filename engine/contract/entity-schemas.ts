/**
 * zod schemas of the entities that cross the contract. Each is checked at compile time to accept exactly the model's
 * type, so the two cannot drift.
 */
import * as z from 'zod';
import { availabilities, levels } from '../../protocols/model/capabilities.ts';
import type { AccountCapabilities, ConversationCapabilities, Feature } from '../../protocols/model/capabilities.ts';
import type { ConnectionState } from '../../protocols/model/connection-state.ts';
import type { MessageContent, OutgoingContent } from '../../protocols/model/content.ts';
import { roles } from '../../protocols/model/entities.ts';
import type {
	Account,
	Contact,
	Conversation,
	Decision,
	DecisionAnswer,
	Gap,
	Member,
	Message,
	OwnPresence,
	Person,
	Receipt,
	SortKey,
} from '../../protocols/model/entities.ts';
import { errorCodes } from '../../protocols/model/errors.ts';
import type { ChatError } from '../../protocols/model/errors.ts';
import type {
	AccountId,
	CommandId,
	ContactId,
	ConversationId,
	DecisionId,
	GapId,
	MessageId,
	PersonId,
	RemoteConversationId,
	RemoteUserId,
} from '../../protocols/model/ids.ts';
import type { PrivacySwitches } from '../../protocols/model/privacy.ts';
import type { RichText } from '../../protocols/model/rich-text.ts';
import { richTextLimits } from '../../protocols/model/rich-text.ts';
import type { SendState } from '../../protocols/model/send-state.ts';

/** A string schema typed as one of the branded ids. */
const brandedText = <T extends string>() => z.string().min(1).max(1024) as unknown as z.ZodType<T, T>;

export const accountIdSchema = brandedText<AccountId>();
export const conversationIdSchema = brandedText<ConversationId>();
export const personIdSchema = brandedText<PersonId>();
export const contactIdSchema = brandedText<ContactId>();
export const gapIdSchema = brandedText<GapId>();
export const decisionIdSchema = brandedText<DecisionId>();
export const commandIdSchema = brandedText<CommandId>();
export const remoteUserIdSchema = brandedText<RemoteUserId>();
const remoteConversationIdSchema = brandedText<RemoteConversationId>();
export const messageIdSchema = z.number().int().positive() as unknown as z.ZodType<MessageId, MessageId>;

export const sortKeySchema: z.ZodType<SortKey> = z.object({ ts: z.number(), seq: z.number() });

export const chatErrorSchema: z.ZodType<ChatError> = z.object({
	code: z.enum(errorCodes),
	source: z.enum(['network', 'tls', 'auth', 'server', 'protocol', 'permission', 'local', 'unsupported']),
	retry: z.enum(['now', 'later', 'after', 'never']),
	retryAfterMs: z.number().nullable(),
	userAction: z.enum([
		'none',
		'wait',
		'check-network',
		'check-address',
		'check-password',
		'log-in-again',
		'choose-name',
		'review-certificate',
		'use-tls',
		'ask-for-access',
		'shorten-message',
		'decide-resend',
		'contact-admin',
		'report-bug',
	]),
	detail: z.string().nullable(),
	params: z.record(z.string(), z.string()),
});

const offset = { start: z.number().int().nonnegative(), end: z.number().int().nonnegative() };
const spanSchema = z.discriminatedUnion('kind', [
	z.object({ kind: z.enum(['bold', 'italic', 'underline', 'strike', 'code']), ...offset }),
	z.object({ kind: z.literal('spoiler'), reason: z.string().nullable(), ...offset }),
	z.object({ kind: z.literal('link'), url: z.string().max(richTextLimits.maxUrl), ...offset }),
	z.object({ kind: z.literal('mention'), user: remoteUserIdSchema.nullable(), room: z.boolean(), ...offset }),
	z.object({ kind: z.literal('color'), fg: z.string().nullable(), bg: z.string().nullable(), ...offset }),
	z.object({ kind: z.literal('code-block'), language: z.string().nullable(), ...offset }),
	z.object({ kind: z.literal('quote'), depth: z.number().int(), ...offset }),
	z.object({ kind: z.literal('heading'), level: z.number().int(), ...offset }),
	z.object({ kind: z.literal('list-item'), ordinal: z.number().int().nullable(), depth: z.number().int(), ...offset }),
]);
export const richTextSchema: z.ZodType<RichText> = z.object({
	text: z.string().max(richTextLimits.maxText),
	spans: z.array(spanSchema).max(richTextLimits.maxSpans),
});

const bodied = <K extends string>(kind: K) => z.object({ kind: z.literal(kind), body: richTextSchema });
export const outgoingContentSchema: z.ZodType<OutgoingContent> = z.discriminatedUnion('kind', [
	bodied('text'),
	bodied('emote'),
	bodied('notice'),
]);

const systemSchema = z.discriminatedUnion('event', [
	z.object({
		event: z.enum(['join', 'leave', 'quit']),
		user: remoteUserIdSchema,
		name: z.string(),
		reason: z.string().nullable(),
	}),
	z.object({
		event: z.enum(['kick', 'ban', 'unban', 'invite']),
		user: remoteUserIdSchema,
		name: z.string(),
		by: z.string().nullable(),
		reason: z.string().nullable(),
	}),
	z.object({ event: z.literal('rename'), user: remoteUserIdSchema, name: z.string(), newName: z.string() }),
	z.object({ event: z.literal('topic'), by: z.string().nullable(), topic: z.string() }),
	z.object({ event: z.literal('room-name'), by: z.string().nullable(), name: z.string() }),
	z.object({
		event: z.literal('role'),
		user: remoteUserIdSchema,
		name: z.string(),
		by: z.string().nullable(),
		role: z.string(),
	}),
	z.object({ event: z.literal('mode'), by: z.string().nullable(), text: z.string() }),
	z.object({ event: z.literal('encryption-enabled'), by: z.string().nullable() }),
	z.object({ event: z.literal('created'), by: z.string().nullable() }),
	z.object({ event: z.literal('upgraded'), by: z.string().nullable(), reason: z.string().nullable() }),
	z.object({ event: z.literal('info'), text: z.string() }),
]);
const messageContentSchema: z.ZodType<MessageContent> = z.discriminatedUnion('kind', [
	bodied('text'),
	bodied('emote'),
	bodied('notice'),
	z.object({
		kind: z.literal('media'),
		mediaKind: z.enum(['image', 'audio', 'video', 'file', 'sticker']),
		name: z.string(),
		mime: z.string().nullable(),
		size: z.number().nullable(),
		width: z.number().nullable(),
		height: z.number().nullable(),
		durationMs: z.number().nullable(),
		source: z.string(),
		thumbnail: z.string().nullable(),
		host: z.string().nullable(),
		waveform: z.array(z.number()).max(1024).nullable(),
		caption: richTextSchema.nullable(),
	}),
	z.object({ kind: z.literal('system'), system: systemSchema }),
	z.object({ kind: z.literal('undecryptable'), reason: z.string().nullable() }),
	z.object({ kind: z.literal('unsupported'), description: z.string(), fallback: z.string().nullable() }),
]);

const reasonSchema = z.enum(['protocol', 'server', 'room', 'peer', 'not-joined', 'offline', 'encrypted', 'not-yet']);
const featureShape = { level: z.enum(levels), reason: reasonSchema.nullable() };
const feature: z.ZodType<Feature> = z.object(featureShape);
const markKinds = [
	'bold',
	'italic',
	'underline',
	'strike',
	'code',
	'code-block',
	'quote',
	'spoiler',
	'link',
	'mention',
	'color',
	'heading',
	'list-item',
] as const;

const conversationCapabilitiesSchema: z.ZodType<ConversationCapabilities> = z.object({
	text: z.object({
		send: feature,
		maxBytes: z.number().nullable(),
		lineBytes: z.number().nullable().optional(),
		maxLines: z.number().nullable().optional(),
		multiline: z.enum(['native', 'split']),
		formatting: z.array(z.enum(markKinds)),
		emote: feature,
	}),
	reply: feature,
	thread: feature,
	edit: z.object({ ...featureShape, maxAgeMs: z.number().nullable() }),
	removeOwn: feature,
	removeAny: feature,
	react: feature,
	attachments: z.object({ ...featureShape, maxBytes: z.number().nullable() }),
	typingSend: feature,
	typingReceive: feature,
	deliveryReceipt: feature,
	readReceipt: feature,
	readMarkerSync: feature,
	history: z.enum(['none', 'playback', 'scrollback']),
	members: z.enum(['none', 'partial', 'complete']),
	topic: feature,
	invite: feature,
	kick: feature,
	ban: feature,
	setRole: feature,
	leave: feature,
	encryption: z.enum(['none', 'optional', 'on', 'required']),
	echo: z.enum(['server', 'none']),
	ordering: z.enum(['server', 'timestamp', 'arrival']),
});

const availability = z.enum(availabilities);
const ownAvailability = z.enum(['available', 'chat', 'away', 'extended-away', 'busy', 'invisible']);
export const ownPresenceSchema: z.ZodType<OwnPresence> = z.object({
	availability: ownAvailability,
	statusText: z.string().max(2000),
});

const accountCapabilitiesSchema: z.ZodType<AccountCapabilities> = z.object({
	joinByName: feature,
	createRoom: feature,
	browseRooms: feature,
	searchPeople: feature,
	directChat: feature,
	contacts: feature,
	contactPresence: feature,
	ownPresence: z.array(availability),
	statusText: feature,
	invisible: feature,
	block: feature,
	setDisplayName: feature,
	raw: feature,
});

const connectionStateSchema: z.ZodType<ConnectionState> = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('offline') }),
	z.object({
		kind: z.literal('connecting'),
		step: z.enum(['resolving', 'connecting', 'securing', 'authenticating', 'registering', 'joining']),
		attempt: z.number(),
	}),
	z.object({ kind: z.literal('syncing'), progress: z.number().nullable() }),
	z.object({ kind: z.literal('online'), since: z.number() }),
	z.object({ kind: z.literal('waiting'), attempt: z.number(), retryAt: z.number().nullable(), error: chatErrorSchema }),
	z.object({ kind: z.literal('blocked'), error: chatErrorSchema }),
]);

/** A null switch inherits. */
export const privacySchema: z.ZodType<PrivacySwitches> = z.object({
	typing: z.boolean().nullable(),
	delivery: z.boolean().nullable(),
	read: z.boolean().nullable(),
});

const sendStateSchema: z.ZodType<SendState> = z.discriminatedUnion('kind', [
	z.object({ kind: z.enum(['queued', 'sending', 'unconfirmed', 'sent', 'delivered', 'read', 'cancelled']) }),
	z.object({ kind: z.literal('uncertain'), error: chatErrorSchema }),
	z.object({ kind: z.literal('failed'), error: chatErrorSchema, retryable: z.boolean() }),
]);

export const accountSchema: z.ZodType<Account> = z.object({
	id: accountIdSchema,
	protocol: z.string(),
	address: z.string(),
	label: z.string(),
	enabled: z.boolean(),
	position: z.number(),
	connection: connectionStateSchema,
	self: z.object({ remoteId: remoteUserIdSchema, name: z.string() }).nullable(),
	presence: ownPresenceSchema,
	capabilities: accountCapabilitiesSchema,
	security: z
		.object({
			encrypted: z.boolean(),
			verifiedBy: z.enum(['system', 'custom-ca', 'pinned', 'none']),
			protocol: z.string().nullable(),
			auth: z.string().nullable(),
		})
		.nullable(),
	privacy: privacySchema,
});

export const conversationSchema: z.ZodType<Conversation> = z.object({
	id: conversationIdSchema,
	accountId: accountIdSchema,
	remoteId: remoteConversationIdSchema,
	kind: z.enum(['direct', 'group', 'channel', 'server', 'space']),
	parentId: conversationIdSchema.nullable(),
	peer: remoteUserIdSchema.nullable(),
	name: z.string(),
	topic: z.string(),
	membership: z.enum(['joined', 'invited', 'joining', 'left', 'banned']),
	invite: z.object({ from: z.string(), reason: z.string().nullable() }).nullable(),
	notify: z.enum(['all', 'mentions', 'none']),
	pinned: z.boolean(),
	archived: z.boolean(),
	unread: z.number(),
	mentions: z.number(),
	readUpTo: sortKeySchema.nullable(),
	last: z
		.object({
			messageId: messageIdSchema,
			sort: sortKeySchema,
			time: z.number(),
			senderName: z.string(),
			own: z.boolean(),
			preview: z.string(),
		})
		.nullable(),
	capabilities: conversationCapabilitiesSchema,
	error: chatErrorSchema.nullable(),
	draft: z.string(),
	privacy: privacySchema,
});

export const messageSchema: z.ZodType<Message> = z.object({
	id: messageIdSchema,
	conversationId: conversationIdSchema,
	sender: z.object({ remoteId: remoteUserIdSchema, name: z.string(), strength: z.enum(['stable', 'session']) }),
	own: z.boolean(),
	content: messageContentSchema,
	time: z.number(),
	sort: sortKeySchema,
	mention: z.boolean(),
	encrypted: z.boolean(),
	replyTo: z.object({ messageId: messageIdSchema.nullable(), senderName: z.string(), preview: z.string() }).nullable(),
	thread: z.object({ rootId: messageIdSchema.nullable(), rootPreview: z.string() }).nullable(),
	threadSummary: z.object({ count: z.number(), lastTime: z.number(), lastSenderName: z.string() }).nullable(),
	expiresAt: z.number().nullable(),
	editedAt: z.number().nullable(),
	removedAt: z.number().nullable(),
	removedBy: z.string().nullable(),
	reactions: z.array(
		z.object({
			key: z.string(),
			senders: z.array(z.object({ remoteId: remoteUserIdSchema, name: z.string(), own: z.boolean() })),
		}),
	),
	send: sendStateSchema.nullable(),
});

export const receiptSchema: z.ZodType<Receipt> = z.object({
	reader: remoteUserIdSchema,
	name: z.string(),
	kind: z.enum(['delivered', 'read']),
	sort: sortKeySchema,
	time: z.number().nullable(),
});

export const gapSchema: z.ZodType<Gap> = z.object({
	id: gapIdSchema,
	conversationId: conversationIdSchema,
	after: sortKeySchema.nullable(),
	before: sortKeySchema.nullable(),
	fillable: z.boolean(),
	loading: z.boolean(),
	error: chatErrorSchema.nullable(),
});

export const memberSchema: z.ZodType<Member> = z.object({
	remoteId: remoteUserIdSchema,
	name: z.string(),
	role: z.enum(roles),
	address: z.string().nullable(),
	availability,
	self: z.boolean(),
});

export const contactSchema: z.ZodType<Contact> = z.object({
	id: contactIdSchema,
	accountId: accountIdSchema,
	remoteId: remoteUserIdSchema,
	name: z.string(),
	groups: z.array(z.string()),
	subscription: z.enum(['none', 'to', 'from', 'both', 'pending-out', 'pending-in']),
	onRoster: z.boolean(),
	blocked: z.boolean(),
	personId: personIdSchema.nullable(),
	availability,
	statusText: z.string(),
	conversationId: conversationIdSchema.nullable(),
});

export const personSchema: z.ZodType<Person> = z.object({
	id: personIdSchema,
	name: z.string(),
	contactIds: z.array(contactIdSchema),
});

const decisionQuestionSchema: z.ZodType<Decision['question']> = z.discriminatedUnion('kind', [
	z.object({
		kind: z.literal('certificate'),
		host: z.string(),
		problem: z.enum(['untrusted', 'expired', 'wrong-host', 'changed', 'not-yet-valid']),
		fingerprint: z.string(),
		subject: z.string(),
		issuer: z.string(),
		validFrom: z.number(),
		validTo: z.number(),
		previous: z.string().nullable(),
	}),
	z.object({ kind: z.literal('name-in-use'), name: z.string(), suggestion: z.string() }),
	z.object({ kind: z.literal('login'), error: chatErrorSchema }),
]);
export const decisionSchema: z.ZodType<Decision> = z.object({
	id: decisionIdSchema,
	accountId: accountIdSchema,
	question: decisionQuestionSchema,
});

export const decisionAnswerSchema: z.ZodType<DecisionAnswer> = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('certificate'), accept: z.boolean() }),
	z.object({ kind: z.literal('name-in-use'), name: z.string().max(256) }),
	z.object({ kind: z.literal('login'), secret: z.string().max(4096) }),
	z.object({ kind: z.literal('dismiss') }),
]);
