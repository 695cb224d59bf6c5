import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { conversationId } from '../../../../protocols/model/ids.ts';
import { openStoreInProcess } from '../../open-in-process.ts';
import { testKey } from '../../test-entities.ts';
import { findDamage, openDatabase } from '../open.ts';
import { initial } from './0001-initial.ts';

/**
 * `fixtures/v1.db` was written by version 1 and is never written again, and so on: every later version must open them
 * and show the content of the JSON beside them. A migration that changes what is shown changes the JSON, never the
 * database.
 */
test.each([1, 2, 3])('a database of version %d opens at head with its content', async (version) => {
	const folder = mkdtempSync(join(tmpdir(), 'parley-frozen-'));
	const file = join(folder, 'parley.db');
	copyFileSync(new URL(`./fixtures/v${version}.db`, import.meta.url), file);
	const store = await openStoreInProcess({ file, key: testKey });
	const seen = {
		state: await store.load(),
		room: await store.page(conversationId('conversation-1'), { at: 'newest' }, 50),
		direct: await store.page(conversationId('conversation-2'), { at: 'newest' }, 50),
		receipts: await store.receipts(conversationId('conversation-1'), 50),
		found: (await store.search({ text: 'brulee', conversations: null, before: null, limit: 5 })).length,
		foundInside: (await store.search({ text: '在哪', conversations: null, before: null, limit: 5 })).length,
	};
	await store.close();
	const plain = JSON.parse(
		JSON.stringify(seen, (_key, value: unknown) => (value instanceof Map ? [...value] : value)),
	) as unknown;
	expect(plain).toEqual(JSON.parse(readFileSync(new URL(`./fixtures/v${version}.json`, import.meta.url), 'utf8')));
	const { db, close } = openDatabase({ file, key: testKey });
	expect(findDamage(db)).toEqual([]);
	close();
	rmSync(folder, { recursive: true });
});

test('a file of version 1 gets what files have since version 2', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'parley-media-1-'));
	const file = join(folder, 'parley.db');
	const old = openDatabase({ file, key: testKey }, [initial]);
	old.db.exec(`
		INSERT INTO accounts VALUES ('a', 'fake', '', '', 1, 0, '{}', '{"availability":"available","statusText":""}', 0);
		INSERT INTO conversations (key, id, account, remote_id, kind, name, topic, membership, notify, pinned, archived,
			unread, mentions, capabilities)
			VALUES (1, 'c', 'a', 'r', 'group', '', '', 'joined', 'all', 0, 0, 0, 0, '{}');
		INSERT INTO messages (conversation, sort_ts, sort_seq, time, sender, sender_name, strength, own, mention,
			encrypted, hidden, has_server_id, kind, content, body)
			VALUES (1, 1, 0, 1, 'u', 'U', 'stable', 0, 0, 0, 0, 0, 'media', '{"kind":"media","mediaKind":"image",
			"name":"cat.png","mime":null,"size":1,"width":null,"height":null,"durationMs":null,"source":"ref",
			"caption":null}', 'cat.png');`);
	old.close();
	const store = await openStoreInProcess({ file, key: testKey });
	const { rows } = await store.page(conversationId('c'), { at: 'newest' }, 5);
	expect(rows[0]?.message.content).toMatchObject({ source: 'ref', thumbnail: null, host: null, waveform: null });
	await store.close();
	rmSync(folder, { recursive: true });
});
