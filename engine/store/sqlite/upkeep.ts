/**
 * Work that commits leave behind, done in small steps between them: indexing new texts for search, and deleting the
 * messages of removed conversations. What is left to do stands in the database, so an end in between loses nothing.
 */
import type { Database } from './database.ts';
import { number } from './row-reader.ts';

/** Bounds of one indexing step, about 20 ms of work. */
const indexStep = { messages: 256, characters: 32_768 } as const;
/** Messages deleted in one step: taking one out of the search indexes costs up to a millisecond. */
const deleteStep = 24;

const firstPending = `SELECT p.id, length(m.body) AS size FROM search_pending p JOIN messages m ON m.id = p.id
	ORDER BY p.id LIMIT $limit`;
const pendingTexts = 'FROM search_pending p CROSS JOIN searchable s ON s.id = p.id WHERE p.id <= $last ORDER BY p.id';

/**
 * Makes some texts that wait for it findable.
 * @returns whether others wait
 */
export function indexSome(db: Database): boolean {
	const waiting = db.all(firstPending, { limit: indexStep.messages + 1 });
	let characters = 0;
	let count = 0;
	let last: number | null = null;
	for (const row of waiting.slice(0, indexStep.messages)) {
		characters += number(row, 'size');
		if (last !== null && characters > indexStep.characters) break;
		last = number(row, 'id');
		count += 1;
	}
	if (last === null) return false;
	const upTo = { last };
	db.transaction(() => {
		db.run(`INSERT INTO messages_fts(rowid, body, sender) SELECT s.id, s.body, s.sender ${pendingTexts}`, upTo);
		db.run(`INSERT INTO messages_trigram(rowid, padded) SELECT s.id, s.padded ${pendingTexts}`, upTo);
		db.run('DELETE FROM search_pending WHERE id <= $last', upTo);
	});
	return count < waiting.length;
}

/**
 * Deletes some messages of a removed conversation, at last the conversation itself.
 * @returns whether more is to be deleted
 */
export function deleteSome(db: Database): boolean {
	const removed = db.get('SELECT key FROM conversations WHERE account IS NULL LIMIT 1');
	if (removed === null) return false;
	const key = number(removed, 'key');
	db.transaction(() => {
		const deleted = db.run(
			'DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE conversation = $key LIMIT $limit)',
			{ key, limit: deleteStep },
		);
		if (deleted === 0) db.run('DELETE FROM conversations WHERE key = $key', { key });
	});
	return true;
}
