/** Turns message rows into {@link MessageRow}s, with their remote ids and reactions. */
import { conversationId, messageId, remoteMessageId, remoteUserId, txnId } from '../../../protocols/model/ids.ts';
import type { RemoteId } from '../../../protocols/model/ids.ts';
import type { MessageRow, StoredMessage, StoredReaction } from '../store.ts';
import type { Database, Row } from './database.ts';
import { isContent, isObject, isRemoteIds, isSendState } from './guards.ts';
import { flag, json, jsonOrNull, number, numberOrNull, oneOf, text, textOrNull } from './row-reader.ts';
import { readable } from './readable.ts';
import type { DamageReport } from './readable.ts';

/** Columns of a message; to be followed by joins and conditions over `m` and `c`. Removed conversations are left out. */
export const selectMessages = `SELECT m.id, c.id AS conversation_id, m.sort_ts, m.sort_seq, m.time, m.sender, m.sender_name,
	m.strength, m.own, m.mention, m.encrypted, m.hidden, m.content, m.reply, m.thread, m.edited_at, m.removed_at,
	m.removed_by, m.send, m.txn FROM messages m
	JOIN conversations c ON c.key = m.conversation AND c.account IS NOT NULL`;

type Reply = NonNullable<StoredMessage['replyTo']>;
const isReply = (value: unknown): value is Reply =>
	isObject(value) &&
	isRemoteIds(value['ids']) &&
	typeof value['senderName'] === 'string' &&
	typeof value['preview'] === 'string';

/** Reads ids and reactions of all rows at once. Damaged messages are left out and reported. */
export function messageRows(db: Database, rows: readonly Row[], report: DamageReport): readonly MessageRow[] {
	if (rows.length === 0) return [];
	const list = JSON.stringify(rows.map((row) => row['id']));
	const ids = idsOf(db, list);
	const reactions = reactionsOf(db, list, report);
	return readable(rows, 'messages', report, (row) => {
		const id = number(row, 'id');
		return { message: toMessage(row, ids.get(id) ?? []), reactions: reactions.get(id) ?? [] };
	});
}

function toMessage(row: Row, ids: readonly RemoteId[]): StoredMessage {
	const txn = textOrNull(row, 'txn');
	return {
		id: messageId(number(row, 'id')),
		conversationId: conversationId(text(row, 'conversation_id')),
		ids,
		sender: {
			remoteId: remoteUserId(text(row, 'sender')),
			name: text(row, 'sender_name'),
			strength: oneOf(row, 'strength', ['stable', 'session']),
		},
		own: flag(row, 'own'),
		content: json(row, 'content', isContent),
		time: number(row, 'time'),
		sort: { ts: number(row, 'sort_ts'), seq: number(row, 'sort_seq') },
		mention: flag(row, 'mention'),
		encrypted: flag(row, 'encrypted'),
		hidden: flag(row, 'hidden'),
		replyTo: jsonOrNull(row, 'reply', isReply),
		threadRoot: jsonOrNull(row, 'thread', isRemoteIds),
		editedAt: numberOrNull(row, 'edited_at'),
		removedAt: numberOrNull(row, 'removed_at'),
		removedBy: textOrNull(row, 'removed_by'),
		send: jsonOrNull(row, 'send', isSendState),
		txnId: txn === null ? null : txnId(txn),
	};
}

function idsOf(db: Database, list: string): ReadonlyMap<number, readonly RemoteId[]> {
	const out = new Map<number, RemoteId[]>();
	const rows = db.all(
		`SELECT message, kind, value FROM message_ids WHERE message IN (SELECT value FROM json_each($list))
			ORDER BY message, position`,
		{ list },
	);
	for (const row of rows) {
		const id = { kind: oneOf(row, 'kind', ['server', 'origin', 'txn']), value: remoteMessageId(text(row, 'value')) };
		push(out, number(row, 'message'), id);
	}
	return out;
}

function reactionsOf(db: Database, list: string, report: DamageReport): ReadonlyMap<number, readonly StoredReaction[]> {
	const out = new Map<number, StoredReaction[]>();
	const rows = db.all(
		`SELECT message, sender, sender_name, own, key, ids, time FROM reactions
			WHERE message IN (SELECT value FROM json_each($list)) ORDER BY message, time, id`,
		{ list },
	);
	for (const reaction of readable(rows, 'reactions', report, toReaction)) push(out, reaction.messageId, reaction);
	return out;
}

export function toReaction(row: Row): StoredReaction {
	return {
		messageId: messageId(number(row, 'message')),
		sender: remoteUserId(text(row, 'sender')),
		senderName: text(row, 'sender_name'),
		own: flag(row, 'own'),
		key: text(row, 'key'),
		ids: json(row, 'ids', isRemoteIds),
		time: number(row, 'time'),
	};
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [value]);
	else list.push(value);
}
