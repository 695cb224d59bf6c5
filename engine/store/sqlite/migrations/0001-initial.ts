/**
 * First schema. Times are milliseconds UTC and, like sort keys, REAL: exactly a JavaScript number, so no value of the
 * network can fail a STRICT integer column (SQLite still stores whole numbers compactly). Booleans are 0 or 1. Ids of
 * Parley are UUIDv7 text, but messages point to their conversation by a small integer, which makes the big tables and
 * their indexes several times smaller.
 */
import type { Migration } from './migration.ts';

const accounts = `
CREATE TABLE accounts (
	id TEXT PRIMARY KEY, protocol TEXT NOT NULL, address TEXT NOT NULL, label TEXT NOT NULL,
	enabled INTEGER NOT NULL, position REAL NOT NULL, settings TEXT NOT NULL, presence TEXT NOT NULL,
	connecting INTEGER NOT NULL
) STRICT;
CREATE TABLE sync_cursors (
	account TEXT PRIMARY KEY REFERENCES accounts(id) ON DELETE CASCADE, cursor TEXT NOT NULL
) STRICT;
CREATE TABLE adapter_kv (
	account TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, key TEXT NOT NULL, value BLOB NOT NULL,
	PRIMARY KEY (account, key)
) STRICT;
CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), value TEXT NOT NULL) STRICT;
`;

const people = `
CREATE TABLE persons (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE contacts (
	id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, remote_id TEXT NOT NULL,
	name TEXT NOT NULL, groups TEXT NOT NULL, subscription TEXT NOT NULL, on_roster INTEGER NOT NULL,
	blocked INTEGER NOT NULL,
	person TEXT REFERENCES persons(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
	UNIQUE (account, remote_id)
) STRICT;
CREATE INDEX contacts_by_person ON contacts(person) WHERE person IS NOT NULL;
CREATE TABLE person_contacts (
	person TEXT NOT NULL REFERENCES persons(id) ON DELETE CASCADE,
	contact TEXT NOT NULL REFERENCES contacts(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	position INTEGER NOT NULL,
	PRIMARY KEY (person, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_contacts_by_contact ON person_contacts(contact);
`;

/**
 * A conversation without an account was removed: nothing shows it any more, and upkeep deletes its messages in small
 * steps, because each must be taken out of the search indexes word by word.
 */
const conversations = `
CREATE TABLE conversations (
	key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
	account TEXT REFERENCES accounts(id), remote_id TEXT NOT NULL, kind TEXT NOT NULL,
	parent TEXT REFERENCES conversations(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
	peer TEXT, name TEXT NOT NULL, topic TEXT NOT NULL, membership TEXT NOT NULL, invite TEXT, notify TEXT NOT NULL,
	pinned INTEGER NOT NULL, archived INTEGER NOT NULL, unread INTEGER NOT NULL, mentions INTEGER NOT NULL,
	read_ts REAL, read_seq REAL, last TEXT, capabilities TEXT NOT NULL, error TEXT,
	UNIQUE (account, remote_id)
) STRICT;
CREATE INDEX conversations_removed ON conversations(key) WHERE account IS NULL;
CREATE INDEX conversations_by_parent ON conversations(parent) WHERE parent IS NOT NULL;
CREATE TABLE drafts (
	conversation INTEGER PRIMARY KEY REFERENCES conversations(key) ON DELETE CASCADE, text TEXT NOT NULL
) STRICT;
CREATE TABLE gaps (
	id TEXT PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations(key) ON DELETE CASCADE,
	after_ts REAL, after_seq REAL, before_ts REAL, before_seq REAL, fillable INTEGER NOT NULL, token TEXT
) STRICT;
CREATE INDEX gaps_by_conversation ON gaps(conversation);
CREATE TABLE receipts (
	conversation INTEGER NOT NULL REFERENCES conversations(key) ON DELETE CASCADE, reader TEXT NOT NULL,
	kind TEXT NOT NULL, sort_ts REAL NOT NULL, sort_seq REAL NOT NULL,
	PRIMARY KEY (conversation, reader, kind)
) STRICT, WITHOUT ROWID;
`;

// AUTOINCREMENT, because message ids are never reused, even after the newest message was deleted.
const messages = `
CREATE TABLE messages (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	conversation INTEGER NOT NULL REFERENCES conversations(key) ON DELETE CASCADE,
	sort_ts REAL NOT NULL, sort_seq REAL NOT NULL, time REAL NOT NULL,
	sender TEXT NOT NULL, sender_name TEXT NOT NULL, strength TEXT NOT NULL,
	own INTEGER NOT NULL, mention INTEGER NOT NULL, encrypted INTEGER NOT NULL, hidden INTEGER NOT NULL,
	has_server_id INTEGER NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL, body TEXT NOT NULL,
	reply TEXT, thread TEXT, edited_at REAL, removed_at REAL, removed_by TEXT, send_kind TEXT, send TEXT, txn TEXT
) STRICT;
CREATE INDEX messages_by_place ON messages(conversation, sort_ts, sort_seq, id);
CREATE INDEX messages_by_time ON messages(conversation, time, sort_ts, sort_seq);
CREATE INDEX messages_with_server_id ON messages(conversation, sort_ts, sort_seq) WHERE has_server_id = 1;
CREATE INDEX messages_by_send ON messages(conversation, send_kind, sort_ts, sort_seq) WHERE send_kind IS NOT NULL;
CREATE INDEX messages_by_txn ON messages(txn) WHERE txn IS NOT NULL;
CREATE TABLE message_ids (
	conversation INTEGER NOT NULL REFERENCES conversations(key) ON DELETE CASCADE, kind TEXT NOT NULL,
	value TEXT NOT NULL, message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE, position INTEGER NOT NULL,
	PRIMARY KEY (conversation, value, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_ids_by_message ON message_ids(message, position);
CREATE TABLE message_edits (
	id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
	content TEXT NOT NULL, at REAL NOT NULL
) STRICT;
CREATE INDEX message_edits_by_message ON message_edits(message);
CREATE TABLE reactions (
	id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages(id) ON DELETE CASCADE, sender TEXT NOT NULL,
	sender_name TEXT NOT NULL, own INTEGER NOT NULL, key TEXT NOT NULL, ids TEXT NOT NULL, time REAL NOT NULL,
	UNIQUE (message, sender, key)
) STRICT;
CREATE TABLE reaction_ids (
	reaction INTEGER NOT NULL REFERENCES reactions(id) ON DELETE CASCADE,
	conversation INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
	PRIMARY KEY (conversation, value, kind, reaction)
) STRICT, WITHOUT ROWID;
CREATE INDEX reaction_ids_by_reaction ON reaction_ids(reaction);
CREATE TABLE orphans (
	id INTEGER PRIMARY KEY AUTOINCREMENT, conversation INTEGER NOT NULL REFERENCES conversations(key) ON DELETE CASCADE,
	target TEXT NOT NULL, event TEXT NOT NULL, at REAL NOT NULL
) STRICT;
CREATE INDEX orphans_by_conversation ON orphans(conversation);
CREATE INDEX orphans_by_time ON orphans(at);
CREATE TABLE orphan_targets (
	conversation INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
	orphan INTEGER NOT NULL REFERENCES orphans(id) ON DELETE CASCADE,
	PRIMARY KEY (conversation, value, kind, orphan)
) STRICT, WITHOUT ROWID;
CREATE INDEX orphan_targets_by_orphan ON orphan_targets(orphan);
CREATE TABLE outbox (
	txn TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, lane TEXT NOT NULL,
	message INTEGER REFERENCES messages(id) ON DELETE CASCADE, action TEXT NOT NULL, state TEXT NOT NULL,
	attempts INTEGER NOT NULL, attempted_at REAL, next_attempt_at REAL, last_error TEXT, coalesce_key TEXT,
	position REAL NOT NULL
) STRICT;
CREATE INDEX outbox_by_account ON outbox(account);
CREATE INDEX outbox_by_message ON outbox(message) WHERE message IS NOT NULL;
`;

/**
 * The full-text indexes take their text from a view that leaves out removed and hidden messages. A new text is only
 * noted in `search_pending` and indexed by upkeep, many at a time and off the way of commits; a text that is indexed
 * leaves the indexes within the transaction that changes or deletes it. `secure-delete` takes its words out at once
 * instead of marking them deleted. Whoever rebuilds the indexes from the view must empty `search_pending` with it.
 * The three-letter index serves substrings and scripts written without spaces; two spaces of padding make the last
 * letters of a text reachable by a prefix of one or two letters.
 * `search_blocks` bounds the sort keys of each run of 1024 message ids of a conversation: it lets a search visit the
 * newest messages first and stop, although the indexes are ordered by id.
 */
const search = `
CREATE VIEW searchable AS
	SELECT id, body, sender_name AS sender, body || '  ' AS padded FROM messages
	WHERE removed_at IS NULL AND hidden = 0 AND body <> '';
CREATE VIRTUAL TABLE messages_fts USING fts5(
	body, sender, content = 'searchable', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE VIRTUAL TABLE messages_trigram USING fts5(
	padded, content = 'searchable', content_rowid = 'id', tokenize = 'trigram remove_diacritics 1', detail = none
);
CREATE VIRTUAL TABLE messages_trigram_terms USING fts5vocab(messages_trigram, row);
INSERT INTO messages_fts(messages_fts, rank) VALUES ('secure-delete', 1);
INSERT INTO messages_trigram(messages_trigram, rank) VALUES ('secure-delete', 1);
CREATE TABLE search_pending (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE search_blocks (
	conversation INTEGER NOT NULL REFERENCES conversations(key) ON DELETE CASCADE, block INTEGER NOT NULL,
	newest REAL NOT NULL, oldest REAL NOT NULL,
	PRIMARY KEY (conversation, block)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER messages_index_insert AFTER INSERT ON messages
	WHEN new.removed_at IS NULL AND new.hidden = 0 AND new.body <> ''
BEGIN
	INSERT INTO search_pending VALUES (new.id);
END;
CREATE TRIGGER messages_index_delete BEFORE DELETE ON messages
	WHEN old.removed_at IS NULL AND old.hidden = 0 AND old.body <> ''
BEGIN
	INSERT INTO messages_fts(messages_fts, rowid, body, sender)
		SELECT 'delete', old.id, old.body, old.sender_name
		WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE id = old.id);
	INSERT INTO messages_trigram(messages_trigram, rowid, padded)
		SELECT 'delete', old.id, old.body || '  '
		WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE id = old.id);
	DELETE FROM search_pending WHERE id = old.id;
END;
CREATE TRIGGER messages_index_update AFTER UPDATE OF body, sender_name, removed_at, hidden ON messages
	WHEN old.body <> new.body OR old.sender_name <> new.sender_name OR old.hidden <> new.hidden
		OR (old.removed_at IS NULL) <> (new.removed_at IS NULL)
BEGIN
	INSERT INTO messages_fts(messages_fts, rowid, body, sender)
		SELECT 'delete', old.id, old.body, old.sender_name
		WHERE old.removed_at IS NULL AND old.hidden = 0 AND old.body <> ''
			AND NOT EXISTS (SELECT 1 FROM search_pending WHERE id = old.id);
	INSERT INTO messages_trigram(messages_trigram, rowid, padded)
		SELECT 'delete', old.id, old.body || '  '
		WHERE old.removed_at IS NULL AND old.hidden = 0 AND old.body <> ''
			AND NOT EXISTS (SELECT 1 FROM search_pending WHERE id = old.id);
	DELETE FROM search_pending WHERE id = old.id;
	INSERT INTO search_pending
		SELECT new.id WHERE new.removed_at IS NULL AND new.hidden = 0 AND new.body <> '';
END;
CREATE TRIGGER search_blocks_insert AFTER INSERT ON messages BEGIN
	INSERT INTO search_blocks VALUES (new.conversation, new.id >> 10, new.sort_ts, new.sort_ts)
	ON CONFLICT DO UPDATE SET newest = max(newest, excluded.newest), oldest = min(oldest, excluded.oldest)
	WHERE excluded.newest > newest OR excluded.oldest < oldest;
END;
CREATE TRIGGER search_blocks_update AFTER UPDATE OF sort_ts ON messages WHEN old.sort_ts <> new.sort_ts BEGIN
	INSERT INTO search_blocks VALUES (new.conversation, new.id >> 10, new.sort_ts, new.sort_ts)
	ON CONFLICT DO UPDATE SET newest = max(newest, excluded.newest), oldest = min(oldest, excluded.oldest)
	WHERE excluded.newest > newest OR excluded.oldest < oldest;
END;
`;

export const initial: Migration = {
	version: 1,
	name: 'initial',
	sql: accounts + people + conversations + messages + search,
};
