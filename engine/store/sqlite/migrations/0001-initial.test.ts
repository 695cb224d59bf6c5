import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { conversationId } from '../../../../protocols/model/ids.ts';
import { openStoreInProcess } from '../../open-in-process.ts';
import { testKey } from '../../test-entities.ts';
import { findDamage, openDatabase } from '../open.ts';

/**
 * `fixtures/v1.db` was written by version 1 and is never written again: every later version must open it and show the
 * content of `fixtures/v1.json`. A migration that changes what is shown changes the JSON, never the database.
 */
test('a database of version 1 opens at head with its content', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'parley-frozen-'));
	const file = join(folder, 'parley.db');
	copyFileSync(new URL('./fixtures/v1.db', import.meta.url), file);
	const store = await openStoreInProcess({ file, key: testKey });
	const seen = {
		state: await store.load(),
		room: await store.page(conversationId('conversation-1'), { at: 'newest' }, 50),
		direct: await store.page(conversationId('conversation-2'), { at: 'newest' }, 50),
		receipts: await store.receipts(conversationId('conversation-1')),
		found: (await store.search({ text: 'brulee', conversations: null, before: null, limit: 5 })).length,
		foundInside: (await store.search({ text: '在哪', conversations: null, before: null, limit: 5 })).length,
	};
	await store.close();
	const plain = JSON.parse(
		JSON.stringify(seen, (_key, value: unknown) => (value instanceof Map ? [...value] : value)),
	) as unknown;
	expect(plain).toEqual(JSON.parse(readFileSync(new URL('./fixtures/v1.json', import.meta.url), 'utf8')));
	const { db, close } = openDatabase({ file, key: testKey });
	expect(findDamage(db)).toEqual([]);
	close();
	rmSync(folder, { recursive: true });
});
