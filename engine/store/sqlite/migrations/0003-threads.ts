/**
 * Threads, traces, receipts with their time, privacy switches and expiry. What a message refers to is kept as remote ids
 * in `message_refs` and, once the target is stored, as its row: a target that comes late finds who waits for it.
 */
import type { Migration } from './migration.ts';

const inherit = `'{"typing":null,"delivery":null,"read":null}'`;

/** Rows that a message refers to by the ids it names, as far as they are stored. */
const targetOf = (role: string) => `(SELECT i.message FROM message_refs r
	JOIN message_ids i ON i.conversation = r.conversation AND i.value = r.value AND i.kind = r.kind
	WHERE r.message = messages.id AND r.role = '${role}' AND i.message <> messages.id
	ORDER BY i.kind = 'server' DESC, i.message LIMIT 1)`;

export const threads: Migration = {
	version: 3,
	name: 'threads',
	sql: `
ALTER TABLE accounts ADD COLUMN privacy TEXT NOT NULL DEFAULT ${inherit};
ALTER TABLE conversations ADD COLUMN privacy TEXT NOT NULL DEFAULT ${inherit};
ALTER TABLE receipts ADD COLUMN time REAL;
ALTER TABLE reactions ADD COLUMN strength TEXT NOT NULL DEFAULT 'stable';
ALTER TABLE messages ADD COLUMN reply_to INTEGER REFERENCES messages(id) ON DELETE SET NULL;
ALTER TABLE messages ADD COLUMN thread_root INTEGER REFERENCES messages(id) ON DELETE SET NULL;
ALTER TABLE messages ADD COLUMN expires_at REAL;
CREATE TABLE message_refs (
	conversation INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, role TEXT NOT NULL,
	message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
	PRIMARY KEY (conversation, value, kind, role, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_refs_by_message ON message_refs(message);
INSERT OR IGNORE INTO message_refs
	SELECT m.conversation, r.value ->> 'kind', r.value ->> 'value', 'thread', m.id FROM messages m, json_each(m.thread) r
	WHERE m.thread IS NOT NULL;
INSERT OR IGNORE INTO message_refs
	SELECT m.conversation, r.value ->> 'kind', r.value ->> 'value', 'reply', m.id
	FROM messages m, json_each(m.reply, '$.ids') r WHERE m.reply IS NOT NULL;
UPDATE messages SET thread_root = ${targetOf('thread')} WHERE thread IS NOT NULL;
UPDATE messages SET reply_to = ${targetOf('reply')} WHERE reply IS NOT NULL;
CREATE INDEX messages_by_thread ON messages(thread_root, sort_ts, sort_seq) WHERE thread_root IS NOT NULL;
CREATE INDEX messages_by_reply ON messages(reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_by_expiry ON messages(expires_at) WHERE expires_at IS NOT NULL AND removed_at IS NULL;
CREATE TABLE message_trace (
	id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
	at REAL NOT NULL, step TEXT NOT NULL, detail TEXT
) STRICT;
CREATE INDEX message_trace_by_message ON message_trace(message, id);
`,
};
