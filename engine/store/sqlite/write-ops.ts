/** Applies {@link StoreOp}s. The caller holds the transaction. */
import { assertNever } from '../../../protocols/model/assert-never.ts';
import type { StoreOp } from '../store.ts';
import type { Database } from './database.ts';
import { toJson } from './row-reader.ts';
import { upsert } from './upsert.ts';
import {
	putAccount,
	putContact,
	putConversation,
	putDraft,
	putGap,
	putJob,
	putPerson,
	putReceipt,
	removeAccount,
	removeContact,
	removeConversation,
	setPrivate,
} from './write-entities.ts';
import { addMessageIds, addOrphan, addTrace, insertMessage, putReaction, updateMessage } from './write-messages.ts';

/** @throws anything the driver throws; the transaction must then be rolled back */
// One case a line: splitting the table of operations would only hide it.
// oxlint-disable-next-line max-lines-per-function
export function applyOp(db: Database, op: StoreOp): void {
	switch (op.op) {
		case 'account.put':
			return putAccount(db, op.account);
		case 'account.remove':
			return removeAccount(db, op.id);
		case 'conversation.put':
			return putConversation(db, op.conversation);
		case 'conversation.remove':
			return removeConversation(db, op.id);
		case 'contact.put':
			return putContact(db, op.contact);
		case 'contact.remove':
			return removeContact(db, op.id);
		case 'person.put':
			return putPerson(db, op.person);
		case 'person.remove':
			return remove(db, 'DELETE FROM persons WHERE id = $id', op.id);
		case 'message.insert':
			return insertMessage(db, op.message);
		case 'message.update':
			return updateMessage(db, op.id, op.set);
		case 'message.addIds':
			return addMessageIds(db, op.conversationId, op.id, op.ids);
		case 'message.delete':
			return remove(db, 'DELETE FROM messages WHERE id = $id', op.id);
		case 'edit.add':
			db.run('INSERT INTO message_edits (message, content, at) VALUES ($message, $content, $at)', {
				message: op.messageId,
				content: toJson(op.content),
				at: op.at,
			});
			return;
		case 'trace.add':
			return addTrace(db, op.messageId, op.entry);
		case 'edit.clear':
			return remove(db, 'DELETE FROM message_edits WHERE message = $id', op.messageId);
		case 'reaction.put':
			return putReaction(db, op.reaction);
		case 'reaction.remove':
			db.run('DELETE FROM reactions WHERE message = $message AND sender = $sender AND ($key IS NULL OR key = $key)', {
				message: op.messageId,
				sender: op.sender,
				key: op.key,
			});
			return;
		case 'receipt.put':
			return putReceipt(db, op);
		case 'gap.put':
			return putGap(db, op.gap);
		case 'gap.remove':
			return remove(db, 'DELETE FROM gaps WHERE id = $id', op.id);
		case 'orphan.add':
			return addOrphan(db, op.orphan);
		case 'orphan.remove':
			return remove(db, 'DELETE FROM orphans WHERE id = $id', op.id);
		case 'orphan.expire':
			db.run('DELETE FROM orphans WHERE at < $before', { before: op.before });
			return;
		case 'outbox.put':
			return putJob(db, op.job);
		case 'outbox.remove':
			return remove(db, 'DELETE FROM outbox WHERE txn = $id', op.txnId);
		case 'cursor.put':
			return upsert(db, 'sync_cursors', ['account'], { account: op.accountId, cursor: op.cursor });
		case 'draft.put':
			return putDraft(db, op);
		case 'settings.put':
			return upsert(db, 'settings', ['id'], { id: 1, value: toJson(op.settings) });
		case 'kv.set':
			return setPrivate(db, op);
		default:
			return assertNever(op);
	}
}

/** Removing what is gone already is no error. */
function remove(db: Database, sql: string, id: string | number): void {
	db.run(sql, { id });
}
