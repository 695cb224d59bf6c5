/** Turns message rows into {@link MessageRow}s, with their remote ids and reactions. */
import { conversationId, messageId, remoteMessageId, remoteUserId, txnId } from '../../../protocols/model/ids.ts';
import type { RemoteId } from '../../../protocols/model/ids.ts';
import type { ThreadSummary } from '../../../protocols/model/entities.ts';
import type { LinkTarget, MessageRow, StoredMessage, StoredReaction } from '../store.ts';
import type { Database, Row } from './database.ts';
import { isContent, isObject, isRemoteIds, isSendState } from './guards.ts';
import { flag, json, jsonOrNull, number, numberOrNull, oneOf, text, textOrNull } from './row-reader.ts';
import { readable } from './readable.ts';
import type { DamageReport } from './readable.ts';

/** Columns of a message; to be followed by joins and conditions over `m` and `c`. Removed conversations are left out. */
export const selectMessages = `SELECT m.id, c.id AS conversation_id, m.sort_ts, m.sort_seq, m.time, m.sender, m.sender_name,
	m.strength, m.own, m.mention, m.encrypted, m.hidden, m.content, m.reply, m.thread, m.edited_at, m.removed_at,
	m.removed_by, m.send, m.txn, m.expires_at, m.reply_to, m.thread_root FROM messages m
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
	const targets = targetsOf(db, rows);
	const summaries = summariesOf(db, list);
	return readable(rows, 'messages', report, (row) => {
		const id = number(row, 'id');
		return {
			message: toMessage(row, ids.get(id) ?? []),
			reactions: reactions.get(id) ?? [],
			links: {
				reply: targets.get(numberOrNull(row, 'reply_to') ?? 0) ?? null,
				thread: targets.get(numberOrNull(row, 'thread_root') ?? 0) ?? null,
				summary: summaries.get(id) ?? null,
			},
		};
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
		expiresAt: numberOrNull(row, 'expires_at'),
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
		`SELECT message, sender, sender_name, strength, own, key, ids, time FROM reactions
			WHERE message IN (SELECT value FROM json_each($list)) ORDER BY message, time, id`,
		{ list },
	);
	for (const reaction of readable(rows, 'reactions', report, toReaction)) push(out, reaction.messageId, reaction);
	return out;
}

/** What replies and messages of threads refer to, by its id. */
function targetsOf(db: Database, rows: readonly Row[]): ReadonlyMap<number, LinkTarget> {
	const wanted = new Set(
		rows.flatMap((row) => [numberOrNull(row, 'reply_to') ?? 0, numberOrNull(row, 'thread_root') ?? 0]),
	);
	wanted.delete(0);
	const out = new Map<number, LinkTarget>();
	if (wanted.size === 0) return out;
	const found = db.all(
		`SELECT id, sender_name, CASE WHEN hidden = 1 OR removed_at IS NOT NULL THEN '' ELSE substr(body, 1, 400) END AS text
			FROM messages WHERE id IN (SELECT value FROM json_each($list))`,
		{ list: JSON.stringify([...wanted]) },
	);
	for (const row of found) {
		const id = number(row, 'id');
		out.set(id, { messageId: messageId(id), senderName: text(row, 'sender_name'), text: text(row, 'text') });
	}
	return out;
}

/** Counted anew each time: an index holds the thread, and nothing can get out of step. */
function summariesOf(db: Database, list: string): ReadonlyMap<number, ThreadSummary> {
	const out = new Map<number, ThreadSummary>();
	const rows = db.all(
		`SELECT t.root, t.count, m.time, m.sender_name FROM (
			SELECT r.value AS root,
				(SELECT count(*) FROM messages WHERE thread_root = r.value AND hidden = 0 AND removed_at IS NULL) AS count,
				(SELECT id FROM messages WHERE thread_root = r.value AND hidden = 0 AND removed_at IS NULL
					ORDER BY sort_ts DESC, sort_seq DESC, id DESC LIMIT 1) AS last
			FROM json_each($list) r
		) t JOIN messages m ON m.id = t.last`,
		{ list },
	);
	for (const row of rows)
		out.set(number(row, 'root'), {
			count: number(row, 'count'),
			lastTime: number(row, 'time'),
			lastSenderName: text(row, 'sender_name'),
		});
	return out;
}

export function toReaction(row: Row): StoredReaction {
	return {
		messageId: messageId(number(row, 'message')),
		sender: remoteUserId(text(row, 'sender')),
		senderName: text(row, 'sender_name'),
		strength: oneOf(row, 'strength', ['stable', 'session']),
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
