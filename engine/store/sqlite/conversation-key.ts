/** Messages and what hangs on them point to their conversation by a small integer that never leaves this folder. */
import type { ConversationId } from '../../../protocols/model/ids.ts';
import { storageFailure } from '../storage-failure.ts';
import type { Database } from './database.ts';
import { number } from './row-reader.ts';

export function findConversationKey(db: Database, id: ConversationId): number | null {
	const row = db.get('SELECT key FROM conversations WHERE id = $id', { id });
	return row === null ? null : number(row, 'key');
}

/** @throws ChatException `storage-failed` of kind `constraint` when there is no such conversation */
export function conversationKey(db: Database, id: ConversationId): number {
	return findConversationKey(db, id) ?? noConversation();
}

function noConversation(): never {
	throw storageFailure('constraint', 'no such conversation');
}
