/** Writes of messages, their remote ids, edits, reactions and orphans. */
import { plainBody } from '../../../protocols/model/content.ts';
import type { ConversationId, MessageId, RemoteId } from '../../../protocols/model/ids.ts';
import { storageFailure } from '../storage-failure.ts';
import type { TraceEntry } from '../../../protocols/model/entities.ts';
import { maxTrace } from '../store.ts';
import type { MessagePatch, Orphan, StoredMessage, StoredReaction } from '../store.ts';
import { conversationKey } from './conversation-key.ts';
import type { Database, SqlValue } from './database.ts';
import { fromFlag, number, toJson, toJsonOrNull } from './row-reader.ts';

const insertText = `INSERT INTO messages (id, conversation, sort_ts, sort_seq, time, sender, sender_name, strength, own,
	mention, encrypted, hidden, has_server_id, kind, content, body, reply, thread, edited_at, removed_at, removed_by,
	send_kind, send, txn, expires_at)
	VALUES ($id, $conversation, $sort_ts, $sort_seq, $time, $sender, $sender_name, $strength, $own, $mention, $encrypted,
	$hidden, 0, $kind, $content, $body, $reply, $thread, $edited_at, $removed_at, $removed_by, $send_kind, $send, $txn, $expires_at)`;

export function insertMessage(db: Database, message: StoredMessage): void {
	const conversation = conversationKey(db, message.conversationId);
	db.run(insertText, { ...columnsOf(message), id: message.id, conversation } as Record<string, SqlValue>);
	addRefs(db, conversation, message);
	addIds(db, conversation, message.id, message.ids, 0);
}

const roles = ['reply', 'thread'] as const;
const columnOfRole = { reply: 'reply_to', thread: 'thread_root' } as const;

/** Notes what the message refers to, and finds what of it is stored. */
function addRefs(db: Database, conversation: number, message: StoredMessage): void {
	const { id } = message;
	for (const role of roles) {
		const refs = (role === 'reply' ? message.replyTo?.ids : message.threadRoot) ?? [];
		for (const { kind, value } of refs)
			db.run('INSERT INTO message_refs VALUES ($conversation, $kind, $value, $role, $id) ON CONFLICT DO NOTHING', {
				conversation,
				kind,
				value,
				role,
				id,
			});
		if (refs.length === 0) continue;
		db.run(
			`UPDATE messages SET ${columnOfRole[role]} = (
				SELECT i.message FROM message_refs r
				JOIN message_ids i ON i.conversation = r.conversation AND i.value = r.value AND i.kind = r.kind
				WHERE r.message = $id AND r.role = $role AND i.message <> $id
				ORDER BY i.kind = 'server' DESC, i.message LIMIT 1
			) WHERE id = $id`,
			{ id, role },
		);
	}
	// A message that has no remote id yet can be referred to by us alone.
	if (message.replyTo !== null && message.replyTo.ids.length === 0 && message.replyTo.messageId !== null)
		db.run(
			'UPDATE messages SET reply_to = $target WHERE id = $id AND EXISTS (SELECT 1 FROM messages WHERE id = $target)',
			{
				id,
				target: message.replyTo.messageId,
			},
		);
}

/** Messages that came before what they refer to find it now. */
function adoptRefs(db: Database, conversation: number, kind: string, value: string, target: MessageId): void {
	for (const role of roles) {
		const column = columnOfRole[role];
		db.run(
			`UPDATE messages SET ${column} = $target WHERE ${column} IS NULL AND id <> $target AND id IN (
				SELECT message FROM message_refs
				WHERE conversation = $conversation AND value = $value AND kind = $kind AND role = $role
			)`,
			{ target, conversation, value, kind, role },
		);
	}
}

/** The columns that a patch names. */
function columnsOf(set: MessagePatch): Record<string, SqlValue> {
	const columns: Record<string, SqlValue> = {};
	if (set.sender !== undefined) {
		columns['sender'] = set.sender.remoteId;
		columns['sender_name'] = set.sender.name;
		columns['strength'] = set.sender.strength;
	}
	if (set.content !== undefined) {
		columns['kind'] = set.content.kind;
		columns['content'] = toJson(set.content);
		columns['body'] = plainBody(set.content);
	}
	if (set.sort !== undefined) {
		columns['sort_ts'] = set.sort.ts;
		columns['sort_seq'] = set.sort.seq;
	}
	if (set.own !== undefined) columns['own'] = fromFlag(set.own);
	if (set.time !== undefined) columns['time'] = set.time;
	if (set.mention !== undefined) columns['mention'] = fromFlag(set.mention);
	if (set.encrypted !== undefined) columns['encrypted'] = fromFlag(set.encrypted);
	if (set.hidden !== undefined) columns['hidden'] = fromFlag(set.hidden);
	if (set.replyTo !== undefined) columns['reply'] = toJsonOrNull(set.replyTo);
	if (set.threadRoot !== undefined) columns['thread'] = toJsonOrNull(set.threadRoot);
	if (set.editedAt !== undefined) columns['edited_at'] = set.editedAt;
	if (set.expiresAt !== undefined) columns['expires_at'] = set.expiresAt;
	if (set.removedAt !== undefined) columns['removed_at'] = set.removedAt;
	if (set.removedBy !== undefined) columns['removed_by'] = set.removedBy;
	if (set.send !== undefined) {
		columns['send_kind'] = set.send?.kind ?? null;
		columns['send'] = toJsonOrNull(set.send);
	}
	if (set.txnId !== undefined) columns['txn'] = set.txnId;
	return columns;
}

/** Updating a message that is gone is not an error: it may have been deleted while the change was under way. */
export function updateMessage(db: Database, id: MessageId, set: MessagePatch): void {
	const columns = columnsOf(set);
	const names = Object.keys(columns);
	if (names.length === 0) return;
	const assignments = names.map((name) => `${name} = $${name}`).join(', ');
	db.run(`UPDATE messages SET ${assignments} WHERE id = $id`, { ...columns, id });
	// What replies quoted of it goes with it.
	if (set.removedAt !== undefined && set.removedAt !== null)
		db.run(`UPDATE messages SET reply = json_set(reply, '$.preview', '') WHERE reply_to = $id`, { id });
}

export function addTrace(db: Database, message: MessageId, { at, step, detail }: TraceEntry): void {
	// The message may have been deleted while the step was under way.
	db.run(
		`INSERT INTO message_trace (message, at, step, detail)
			SELECT id, $at, $step, $detail FROM messages WHERE id = $message`,
		{ message, at, step, detail },
	);
	db.run(
		`DELETE FROM message_trace WHERE message = $message AND id <= (
			SELECT id FROM message_trace WHERE message = $message ORDER BY id DESC LIMIT 1 OFFSET $keep
		)`,
		{ message, keep: maxTrace },
	);
}

export function addMessageIds(
	db: Database,
	conversationId: ConversationId,
	id: MessageId,
	ids: readonly RemoteId[],
): void {
	const conversation = conversationKey(db, conversationId);
	const owner = db.get('SELECT conversation FROM messages WHERE id = $id', { id });
	if (owner === null) return;
	if (number(owner, 'conversation') !== conversation)
		throw storageFailure('constraint', 'the message belongs to another conversation');
	const last = db.get('SELECT coalesce(max(position), -1) AS last FROM message_ids WHERE message = $id', { id });
	addIds(db, conversation, id, ids, (last === null ? -1 : number(last, 'last')) + 1);
}

function addIds(db: Database, conversation: number, message: MessageId, ids: readonly RemoteId[], from: number): void {
	let position = from;
	let server = false;
	for (const { kind, value } of ids) {
		const added = db.run(
			'INSERT INTO message_ids VALUES ($conversation, $kind, $value, $message, $position) ON CONFLICT DO NOTHING',
			{ conversation, kind, value, message, position },
		);
		position += 1;
		if (added > 0 && kind === 'server') server = true;
		if (added > 0) adoptRefs(db, conversation, kind, value, message);
	}
	if (server) db.run('UPDATE messages SET has_server_id = 1 WHERE id = $message AND has_server_id = 0', { message });
}

export function putReaction(db: Database, reaction: StoredReaction): void {
	const row = db.get(
		`INSERT INTO reactions (message, sender, sender_name, strength, own, key, ids, time)
			VALUES ($message, $sender, $name, $strength, $own, $key, $ids, $time)
			ON CONFLICT (message, sender, key) DO UPDATE SET sender_name = excluded.sender_name,
				strength = excluded.strength, own = excluded.own,
				ids = excluded.ids, time = excluded.time
			RETURNING id, (SELECT conversation FROM messages WHERE messages.id = message) AS conversation`,
		{
			message: reaction.messageId,
			sender: reaction.sender,
			name: reaction.senderName,
			strength: reaction.strength,
			own: fromFlag(reaction.own),
			key: reaction.key,
			ids: toJson(reaction.ids),
			time: reaction.time,
		},
	);
	if (row === null || row['conversation'] === null) throw storageFailure('constraint', 'no such message to react to');
	const id = number(row, 'id');
	const conversation = number(row, 'conversation');
	db.run('DELETE FROM reaction_ids WHERE reaction = $id', { id });
	for (const { kind, value } of reaction.ids) {
		db.run('INSERT INTO reaction_ids VALUES ($id, $conversation, $kind, $value) ON CONFLICT DO NOTHING', {
			id,
			conversation,
			kind,
			value,
		});
	}
}

export function addOrphan(db: Database, orphan: Orphan): void {
	const conversation = conversationKey(db, orphan.conversationId);
	const row = db.get(
		'INSERT INTO orphans (conversation, target, event, at) VALUES ($conversation, $target, $event, $at) RETURNING id',
		{ conversation, target: toJson(orphan.target), event: toJson(orphan.event), at: orphan.at },
	);
	if (row === null) return;
	const id = number(row, 'id');
	for (const { kind, value } of orphan.target) {
		db.run('INSERT INTO orphan_targets VALUES ($conversation, $kind, $value, $id) ON CONFLICT DO NOTHING', {
			conversation,
			kind,
			value,
			id,
		});
	}
}
