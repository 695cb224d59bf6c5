/** The named reads. Hidden messages stay out of pages and previews but keep their ids, so that echoes still find them. */
import { accountId, conversationId, messageId, remoteUserId } from '../../../protocols/model/ids.ts';
import type {
	AccountId,
	ConversationId,
	MessageId,
	RemoteConversationId,
	RemoteId,
	RemoteUserId,
	TxnId,
} from '../../../protocols/model/ids.ts';
import { traceSteps } from '../../../protocols/model/entities.ts';
import type { SortKey } from '../../../protocols/model/entities.ts';
import type { MessageRow, Orphan, Store, StoredMessage, StoredReaction, UnreadFact } from '../store.ts';
import { findConversationKey } from './conversation-key.ts';
import type { Database, Row } from './database.ts';
import { isContent, isEvent, isRemoteIds } from './guards.ts';
import { messageRows, selectMessages, toReaction } from './message-rows.ts';
import { readable } from './readable.ts';
import type { DamageReport } from './readable.ts';
import { bytes, flag, json, number, numberOrNull, oneOf, text, textOrNull } from './row-reader.ts';

type Result<K extends keyof Store> = Awaited<ReturnType<Store[K]>>;

const timelineOrder = 'm.sort_ts, m.sort_seq, m.id';
const newestFirst = 'm.sort_ts DESC, m.sort_seq DESC, m.id DESC';
const conversationIs = 'm.conversation = (SELECT key FROM conversations WHERE id = $conversation)';
/** Pairs of a `$ids` list that are in a table of remote ids under the conversation `$conversation`. */
const pairsOf = (table: string) => `json_each($ids) pair CROSS JOIN ${table} i
	ON i.conversation = (SELECT key FROM conversations WHERE id = $conversation)
	AND i.value = pair.value ->> 'value' AND i.kind = pair.value ->> 'kind'`;

export class Reads {
	readonly #db: Database;
	readonly #report: DamageReport;

	constructor(db: Database, report: DamageReport) {
		this.#db = db;
		this.#report = report;
	}

	findByIds(conversation: ConversationId, ids: readonly RemoteId[]): readonly MessageRow[] {
		return this.#messages(
			`${selectMessages} WHERE m.id IN (SELECT i.message FROM ${pairsOf('message_ids')}) ORDER BY ${timelineOrder}`,
			{
				conversation,
				ids: JSON.stringify(ids),
			},
		);
	}

	findByTxn(account: AccountId, txnIds: readonly TxnId[]): readonly MessageRow[] {
		return this.#messages(
			`${selectMessages} WHERE m.txn IN (SELECT value FROM json_each($txns)) AND c.account = $account ORDER BY ${timelineOrder}`,
			{ account, txns: JSON.stringify(txnIds) },
		);
	}

	findAlike(
		conversation: ConversationId,
		sender: RemoteUserId,
		body: string,
		time: number,
		withinMs: number,
	): readonly MessageRow[] {
		return this.#messages(
			`${selectMessages} WHERE ${conversationIs} AND m.time BETWEEN $from AND $to AND m.has_server_id = 0
				AND m.sender = $sender AND m.body = $body ORDER BY ${timelineOrder}`,
			{ conversation, sender, body, from: time - withinMs, to: time + withinMs },
		);
	}

	/** In the order of the ids. */
	getMessages(ids: readonly MessageId[]): readonly MessageRow[] {
		return this.#messages(`${selectMessages} JOIN json_each($ids) wanted ON m.id = wanted.value ORDER BY wanted.key`, {
			ids: JSON.stringify(ids),
		});
	}

	findReaction(conversation: ConversationId, ids: readonly RemoteId[]): StoredReaction | null {
		const rows = this.#db.all(
			`SELECT r.message, r.sender, r.sender_name, r.strength, r.own, r.key, r.ids, r.time FROM ${pairsOf('reaction_ids')}
				JOIN reactions r ON r.id = i.reaction ORDER BY r.id LIMIT 1`,
			{ conversation, ids: JSON.stringify(ids) },
		);
		return readable(rows, 'reactions', this.#report, toReaction)[0] ?? null;
	}

	/** By the time people see, so that one message with a wrong clock does not pull a read marker along. */
	lastAtOrBefore(conversation: ConversationId, time: number): MessageRow | null {
		return this.#first(
			`${selectMessages} WHERE ${conversationIs} AND m.time <= $time
				ORDER BY m.time DESC, m.sort_ts DESC, m.sort_seq DESC LIMIT 1`,
			{ conversation, time },
		);
	}

	newestWithServerId(conversation: ConversationId): StoredMessage | null {
		const row = this.#first(
			`${selectMessages} WHERE ${conversationIs} AND m.has_server_id = 1 ORDER BY m.sort_ts DESC, m.sort_seq DESC LIMIT 1`,
			{
				conversation,
			},
		);
		return row?.message ?? null;
	}

	newestVisible(conversation: ConversationId): MessageRow | null {
		return this.#first(`${selectMessages} WHERE ${conversationIs} AND m.hidden = 0 ORDER BY ${newestFirst} LIMIT 1`, {
			conversation,
		});
	}

	unreadFacts(conversation: ConversationId, after: SortKey | null, limit: number): readonly UnreadFact[] {
		const rows = this.#db.all(
			`SELECT m.sort_ts, m.sort_seq, m.own, m.mention, m.kind, m.hidden, m.removed_at FROM messages m
				WHERE ${conversationIs} AND (m.sort_ts, m.sort_seq) > ($ts, $seq) ORDER BY ${timelineOrder} LIMIT $limit`,
			{ conversation, ts: after?.ts ?? -Infinity, seq: after?.seq ?? -Infinity, limit },
		);
		return readable(rows, 'messages', this.#report, toFact);
	}

	receipts(conversation: ConversationId, limit: number): Result<'receipts'> {
		const rows = this.#db.all(
			`SELECT reader, kind, sort_ts, sort_seq, time FROM receipts
				WHERE conversation = (SELECT key FROM conversations WHERE id = $conversation)
				ORDER BY sort_ts DESC, sort_seq DESC, reader, kind LIMIT $limit`,
			{ conversation, limit },
		);
		return readable(rows, 'receipts', this.#report, (row) => ({
			reader: remoteUserId(text(row, 'reader')),
			kind: oneOf(row, 'kind', ['delivered', 'read']),
			sort: { ts: number(row, 'sort_ts'), seq: number(row, 'sort_seq') },
			time: numberOrNull(row, 'time'),
		}));
	}

	related(ids: readonly MessageId[], limit: number): readonly MessageId[] {
		const of = `IN (SELECT value FROM json_each($ids))`;
		const rows = this.#db.all(
			`SELECT id FROM (
				SELECT thread_root AS id FROM messages WHERE id ${of} AND thread_root IS NOT NULL
				UNION SELECT id FROM messages WHERE reply_to ${of}
				UNION SELECT id FROM messages WHERE thread_root ${of}
			) ORDER BY id DESC LIMIT $limit`,
			{ ids: JSON.stringify(ids), limit },
		);
		return rows.map((row) => messageId(number(row, 'id')));
	}

	edits(id: MessageId): Result<'edits'> {
		const rows = this.#db.all('SELECT content, at FROM message_edits WHERE message = $id ORDER BY at, id', { id });
		return readable(rows, 'message_edits', this.#report, (row) => ({
			content: json(row, 'content', isContent),
			at: number(row, 'at'),
		}));
	}

	trace(id: MessageId): Result<'trace'> {
		const rows = this.#db.all('SELECT at, step, detail FROM message_trace WHERE message = $id ORDER BY id', { id });
		return readable(rows, 'message_trace', this.#report, (row) => ({
			at: number(row, 'at'),
			step: oneOf(row, 'step', traceSteps),
			detail: textOrNull(row, 'detail'),
		}));
	}

	expired(now: number, limit: number): readonly MessageId[] {
		const rows = this.#db.all(
			`SELECT m.id FROM messages m JOIN conversations c ON c.key = m.conversation AND c.account IS NOT NULL
				WHERE m.expires_at <= $now AND m.removed_at IS NULL ORDER BY m.expires_at LIMIT $limit`,
			{ now, limit },
		);
		return rows.map((row) => messageId(number(row, 'id')));
	}

	nextExpiry(): number | null {
		const row = this.#db.get(
			`SELECT m.expires_at FROM messages m JOIN conversations c ON c.key = m.conversation AND c.account IS NOT NULL
				WHERE m.expires_at IS NOT NULL AND m.removed_at IS NULL ORDER BY m.expires_at LIMIT 1`,
		);
		return row === null ? null : number(row, 'expires_at');
	}

	/**
	 * Only states on the way to the other side: a receipt for a later message proves nothing about one that is queued,
	 * failed, in doubt or cancelled. The newest `limit` of them, oldest first.
	 */
	ownUpTo(
		conversation: ConversationId,
		sort: SortKey,
		below: 'delivered' | 'read',
		limit: number,
	): readonly StoredMessage[] {
		const key = findConversationKey(this.#db, conversation);
		if (key === null) return [];
		const kinds =
			below === 'read' ? ['sending', 'unconfirmed', 'sent', 'delivered'] : ['sending', 'unconfirmed', 'sent'];
		const found = kinds.flatMap((kind) =>
			this.#db.all(
				`SELECT m.id, m.sort_ts, m.sort_seq FROM messages m WHERE m.conversation = $key AND m.send_kind = $kind
					AND (m.sort_ts, m.sort_seq) <= ($ts, $seq) ORDER BY m.sort_ts DESC, m.sort_seq DESC LIMIT $limit`,
				{ key, kind, ts: sort.ts, seq: sort.seq, limit },
			),
		);
		const place = (row: Row, column: string) => number(row, column);
		found.sort(
			(a, b) =>
				place(b, 'sort_ts') - place(a, 'sort_ts') ||
				place(b, 'sort_seq') - place(a, 'sort_seq') ||
				place(b, 'id') - place(a, 'id'),
		);
		const ids = found.slice(0, limit).reverse();
		return this.getMessages(ids.map((row) => messageId(number(row, 'id'))))
			.map((row) => row.message)
			.filter((message) => message.own);
	}

	orphansFor(conversation: ConversationId, ids: readonly RemoteId[]): readonly Orphan[] {
		const rows = this.#db.all(
			`SELECT id, target, event, at FROM orphans WHERE id IN (SELECT i.orphan FROM ${pairsOf('orphan_targets')}) ORDER BY id`,
			{ conversation, ids: JSON.stringify(ids) },
		);
		return readable(rows, 'orphans', this.#report, (row) => ({
			id: number(row, 'id'),
			conversationId: conversation,
			target: json(row, 'target', isRemoteIds),
			event: json(row, 'event', isEvent),
			at: number(row, 'at'),
		}));
	}

	/** Looks at the newest 2,000 messages; people who only joined or left are not senders. */
	recentSenders(conversation: ConversationId, limit: number): Result<'recentSenders'> {
		const rows = this.#db.all(
			`SELECT sender, sender_name FROM (
				SELECT m.sender, m.sender_name, m.kind, m.sort_ts, m.sort_seq, m.id FROM messages m WHERE ${conversationIs}
				ORDER BY ${newestFirst} LIMIT 2000
			) m WHERE kind <> 'system' ORDER BY ${newestFirst}`,
			{ conversation },
		);
		const names = new Map<string, string>();
		for (const row of rows) {
			if (names.size >= limit) break;
			if (!names.has(text(row, 'sender'))) names.set(text(row, 'sender'), text(row, 'sender_name'));
		}
		return Array.from(names, ([sender, name]) => ({ remoteId: remoteUserId(sender), name }));
	}

	kvGet(account: AccountId, key: string): Uint8Array | null {
		const row = this.#db.get('SELECT value FROM adapter_kv WHERE account = $account AND key = $key', { account, key });
		return row === null ? null : bytes(row, 'value');
	}

	/** Sorted by key. */
	kvList(account: AccountId, prefix: string): Result<'kvList'> {
		const rows = this.#db.all(
			`SELECT key, value FROM adapter_kv WHERE account = $account AND key >= $prefix
				AND substr(key, 1, length($prefix)) = $prefix ORDER BY key`,
			{ account, prefix },
		);
		return readable(rows, 'adapter_kv', this.#report, (row) => ({ key: text(row, 'key'), value: bytes(row, 'value') }));
	}

	conversationIdOf(account: AccountId, remoteId: RemoteConversationId): ConversationId | null {
		const row = this.#db.get('SELECT id FROM conversations WHERE account = $account AND remote_id = $remoteId', {
			account: accountId(account),
			remoteId,
		});
		return row === null ? null : conversationId(text(row, 'id'));
	}

	#messages(sql: string, params: Readonly<Record<string, string | number>>): readonly MessageRow[] {
		return messageRows(this.#db, this.#db.all(sql, params), this.#report);
	}

	#first(sql: string, params: Readonly<Record<string, string | number>>): MessageRow | null {
		return this.#messages(sql, params)[0] ?? null;
	}
}

function toFact(row: Row): UnreadFact {
	return {
		sort: { ts: number(row, 'sort_ts'), seq: number(row, 'sort_seq') },
		own: flag(row, 'own'),
		mention: flag(row, 'mention'),
		kind: oneOf(row, 'kind', ['text', 'emote', 'notice', 'media', 'system', 'undecryptable', 'unsupported']),
		hidden: flag(row, 'hidden'),
		removed: row['removed_at'] !== null,
	};
}
