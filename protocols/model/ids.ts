/**
 * Branded identifiers and their only constructors.
 *
 * Two families never mix: *local* ids are minted by Parley and mean nothing outside one profile; *remote* ids come
 * from a network, are opaque to everybody but the adapter that made them, and are only ever compared for equality
 * after that adapter normalised them (IRC casemapping, JID preparation; Matrix ids are exact).
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Local id of an account (UUIDv7 text). */
export type AccountId = Brand<string, 'AccountId'>;
/** Local id of a conversation (UUIDv7 text). */
export type ConversationId = Brand<string, 'ConversationId'>;
/** Local id of a metacontact (UUIDv7 text). */
export type PersonId = Brand<string, 'PersonId'>;
/** Local id of a contact: one address on one account (UUIDv7 text). */
export type ContactId = Brand<string, 'ContactId'>;
/** Local id of a message: its SQLite rowid, allocated by the engine, never reused. */
export type MessageId = Brand<number, 'MessageId'>;
/** Local id of a history gap (UUIDv7 text). */
export type GapId = Brand<string, 'GapId'>;
/** Id of a question put to the user (UUIDv7 text or chosen by the adapter, unique per account). */
export type DecisionId = Brand<string, 'DecisionId'>;
/** Client-made id that makes a command idempotent. */
export type CommandId = Brand<string, 'CommandId'>;
/** Local name of a file, picture or recording in the media cache: 32 to 64 hexadecimal digits. */
export type MediaId = Brand<string, 'MediaId'>;
/** Transaction id of an outgoing action; unique per account; the adapter puts it on the wire where it can. */
export type TxnId = Brand<string, 'TxnId'>;

/** Network name of a conversation: channel, bare JID, room id. Normalised by the adapter. */
export type RemoteConversationId = Brand<string, 'RemoteConversationId'>;
/** Network name of a user or occupant. Normalised by the adapter. */
export type RemoteUserId = Brand<string, 'RemoteUserId'>;
/** Network id of a message in one id space; see {@link RemoteIdKind}. */
export type RemoteMessageId = Brand<string, 'RemoteMessageId'>;

/**
 * Id spaces of a message on the wire. `server`: given by the authority for the archive (IRCv3 msgid, XEP-0359
 * stanza-id, Matrix event id). `origin`: chosen by the sending client (XMPP message id / origin-id). `txn`: ours,
 * echoed back (Matrix transaction id, IRCv3 label).
 */
export type RemoteIdKind = 'server' | 'origin' | 'txn';

/** One remote id of a message; a message may have several (XMPP has up to three). */
export interface RemoteId {
	readonly kind: RemoteIdKind;
	readonly value: RemoteMessageId;
}

export const accountId = (text: string): AccountId => text as AccountId;
export const conversationId = (text: string): ConversationId => text as ConversationId;
export const personId = (text: string): PersonId => text as PersonId;
export const contactId = (text: string): ContactId => text as ContactId;
export const messageId = (rowid: number): MessageId => rowid as MessageId;
export const gapId = (text: string): GapId => text as GapId;
export const decisionId = (text: string): DecisionId => text as DecisionId;
export const mediaId = (text: string): MediaId => text as MediaId;
/** What a media id looks like; anything else may be a path. */
export const mediaIdPattern = /^[0-9a-f]{32,64}$/;
export const isMediaId = (text: string): text is MediaId => mediaIdPattern.test(text);
export const txnId = (text: string): TxnId => text as TxnId;
export const remoteConversationId = (text: string): RemoteConversationId => text as RemoteConversationId;
export const remoteUserId = (text: string): RemoteUserId => text as RemoteUserId;
export const remoteMessageId = (text: string): RemoteMessageId => text as RemoteMessageId;

/** Shorthand for a remote id in one space. */
export const remoteId = (kind: RemoteIdKind, value: string): RemoteId => ({ kind, value: value as RemoteMessageId });

/**
 * UUID version 7 (RFC 9562 section 5.7) from a given time and 10 random bytes, so that ids sort by creation and tests
 * can fix both inputs.
 * @param now milliseconds since the epoch
 * @param random at least 10 bytes
 */
export function uuidV7(now: number, random: Uint8Array): string {
	const bytes = new Uint8Array(16);
	let time = Math.max(0, Math.floor(now));
	for (let i = 5; i >= 0; i--) {
		bytes[i] = time % 256;
		time = Math.floor(time / 256);
	}
	bytes.set(random.subarray(0, 10), 6);
	bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
