/** Writes of accounts, people, conversations and what belongs to them, messages aside. */
import type { Person } from '../../../protocols/model/entities.ts';
import { conversationId } from '../../../protocols/model/ids.ts';
import type { AccountId, ContactId, ConversationId } from '../../../protocols/model/ids.ts';
import type { OutboxJob, StoredAccount, StoredContact, StoredConversation, StoredGap, StoreOp } from '../store.ts';
import { conversationKey, findConversationKey } from './conversation-key.ts';
import type { Database } from './database.ts';
import { fromFlag, text, toJson, toJsonOrNull } from './row-reader.ts';
import { upsert } from './upsert.ts';

export function putAccount(db: Database, account: StoredAccount): void {
	upsert(db, 'accounts', ['id'], {
		id: account.id,
		protocol: account.protocol,
		address: account.address,
		label: account.label,
		enabled: fromFlag(account.enabled),
		position: account.position,
		settings: toJson(account.settings),
		presence: toJson(account.presence),
		connecting: fromFlag(account.connecting),
		privacy: toJson(account.privacy),
	});
}

/** Foreign keys take the rest of the account along; persons who have no contact left go too. */
export function removeAccount(db: Database, id: AccountId): void {
	db.run(
		`DELETE FROM persons WHERE id IN (SELECT l.person FROM person_contacts l JOIN contacts c ON c.id = l.contact WHERE c.account = $id)
			AND id NOT IN (SELECT l.person FROM person_contacts l JOIN contacts c ON c.id = l.contact WHERE c.account <> $id)`,
		{ id },
	);
	for (const row of db.all('SELECT id FROM conversations WHERE account = $id', { id }))
		removeConversation(db, conversationId(text(row, 'id')));
	db.run('DELETE FROM accounts WHERE id = $id', { id });
}

/**
 * Nothing finds the conversation any more after this; its messages go in small steps (see `upkeep.ts`). The row gives
 * up its ids, so that a conversation of the same name can be made at once.
 */
export function removeConversation(db: Database, id: ConversationId): void {
	const key = findConversationKey(db, id);
	if (key === null) return;
	for (const table of ['drafts', 'gaps', 'receipts', 'orphans'] as const)
		db.run(`DELETE FROM ${table} WHERE conversation = $key`, { key });
	db.run(
		`DELETE FROM outbox WHERE message IS NOT NULL
			AND (SELECT conversation FROM messages WHERE messages.id = outbox.message) = $key`,
		{ key },
	);
	db.run('UPDATE conversations SET parent = NULL WHERE parent = $id', { id });
	db.run(
		`UPDATE conversations SET id = 'removed ' || key, account = NULL, remote_id = '', parent = NULL, peer = NULL,
			name = '', topic = '', invite = NULL, last = NULL, error = NULL WHERE key = $key`,
		{ key },
	);
}

export function putConversation(db: Database, conversation: StoredConversation): void {
	upsert(db, 'conversations', ['id'], {
		id: conversation.id,
		account: conversation.accountId,
		remote_id: conversation.remoteId,
		kind: conversation.kind,
		parent: conversation.parentId,
		peer: conversation.peer,
		name: conversation.name,
		topic: conversation.topic,
		membership: conversation.membership,
		invite: toJsonOrNull(conversation.invite),
		notify: conversation.notify,
		pinned: fromFlag(conversation.pinned),
		archived: fromFlag(conversation.archived),
		unread: conversation.unread,
		mentions: conversation.mentions,
		read_ts: conversation.readUpTo?.ts ?? null,
		read_seq: conversation.readUpTo?.seq ?? null,
		last: toJsonOrNull(conversation.last),
		capabilities: toJson(conversation.capabilities),
		error: toJsonOrNull(conversation.error),
		privacy: toJson(conversation.privacy),
	});
}

export function putContact(db: Database, contact: StoredContact): void {
	upsert(db, 'contacts', ['id'], {
		id: contact.id,
		account: contact.accountId,
		remote_id: contact.remoteId,
		name: contact.name,
		groups: toJson(contact.groups),
		subscription: contact.subscription,
		on_roster: fromFlag(contact.onRoster),
		blocked: fromFlag(contact.blocked),
		person: contact.personId,
	});
}

/** A person whose last contact goes, goes too. */
export function removeContact(db: Database, id: ContactId): void {
	db.run(
		`DELETE FROM persons WHERE id IN (SELECT person FROM person_contacts WHERE contact = $id)
			AND id NOT IN (SELECT person FROM person_contacts WHERE contact <> $id)`,
		{ id },
	);
	db.run('DELETE FROM contacts WHERE id = $id', { id });
}

export function putPerson(db: Database, person: Person): void {
	upsert(db, 'persons', ['id'], { id: person.id, name: person.name });
	db.run('DELETE FROM person_contacts WHERE person = $id', { id: person.id });
	person.contactIds.forEach((contact, position) => {
		db.run('INSERT INTO person_contacts (person, contact, position) VALUES ($person, $contact, $position)', {
			person: person.id,
			contact,
			position,
		});
	});
}

export function putGap(db: Database, gap: StoredGap): void {
	upsert(db, 'gaps', ['id'], {
		id: gap.id,
		conversation: conversationKey(db, gap.conversationId),
		after_ts: gap.after?.ts ?? null,
		after_seq: gap.after?.seq ?? null,
		before_ts: gap.before?.ts ?? null,
		before_seq: gap.before?.seq ?? null,
		fillable: fromFlag(gap.fillable),
		token: gap.token,
	});
}

export function putReceipt(db: Database, op: Extract<StoreOp, { op: 'receipt.put' }>): void {
	db.run(
		`INSERT INTO receipts (conversation, reader, kind, sort_ts, sort_seq, time)
			VALUES ($conversation, $reader, $kind, $ts, $seq, $time)
			ON CONFLICT DO UPDATE SET sort_ts = excluded.sort_ts, sort_seq = excluded.sort_seq, time = excluded.time
			WHERE (excluded.sort_ts, excluded.sort_seq) > (sort_ts, sort_seq)
				OR ((excluded.sort_ts, excluded.sort_seq) = (sort_ts, sort_seq)
					AND excluded.time IS NOT NULL AND (time IS NULL OR excluded.time < time))`,
		{
			conversation: conversationKey(db, op.conversationId),
			reader: op.reader,
			kind: op.kind,
			ts: op.sort.ts,
			seq: op.sort.seq,
			time: op.time,
		},
	);
}

export function putJob(db: Database, job: OutboxJob): void {
	upsert(db, 'outbox', ['txn'], {
		txn: job.txnId,
		account: job.accountId,
		lane: job.lane,
		message: job.messageId,
		action: toJson(job.action),
		state: job.state,
		attempts: job.attempts,
		attempted_at: job.attemptedAt,
		next_attempt_at: job.nextAttemptAt,
		last_error: toJsonOrNull(job.lastError),
		coalesce_key: job.coalesce,
		position: job.position,
	});
}

/** An empty draft is no draft. */
export function putDraft(db: Database, op: Extract<StoreOp, { op: 'draft.put' }>): void {
	const conversation = conversationKey(db, op.conversationId);
	if (op.text === '') db.run('DELETE FROM drafts WHERE conversation = $conversation', { conversation });
	else upsert(db, 'drafts', ['conversation'], { conversation, text: op.text });
}

export function setPrivate(db: Database, op: Extract<StoreOp, { op: 'kv.set' }>): void {
	for (const { key, value } of op.entries) {
		if (value === null) {
			db.run('DELETE FROM adapter_kv WHERE account = $account AND key = $key', { account: op.accountId, key });
		} else {
			// The driver binds an empty blob as NULL.
			db.run(
				`INSERT INTO adapter_kv VALUES ($account, $key, coalesce($value, zeroblob(0)))
					ON CONFLICT DO UPDATE SET value = excluded.value`,
				{ account: op.accountId, key, value: new Uint8Array(value) },
			);
		}
	}
}
