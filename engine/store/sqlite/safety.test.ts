import {
	closeSync,
	copyFileSync,
	existsSync,
	mkdtempSync,
	openSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toChatError } from '../../../protocols/model/errors.ts';
import { conversationId, messageId, remoteId } from '../../../protocols/model/ids.ts';
import { plain } from '../../../protocols/model/rich-text.ts';
import { openStoreInProcess } from '../open-in-process.ts';
import { storageFailureKind } from '../storage-failure.ts';
import { aMessage, anAccount, aReaction, seed, testKey } from '../test-entities.ts';
import type { Database } from './database.ts';
import { findDamage, openDatabase } from './open.ts';
import { migrations } from './migrations/all.ts';
import { loadState } from './load.ts';
import { deleteSome, indexSome } from './upkeep.ts';
import { applyOp } from './write-ops.ts';

let folder: string;
let file: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
	file = join(folder, 'parley.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function kindOf(work: () => unknown): Promise<string | null> {
	try {
		await work();
		return 'no failure';
	} catch (thrown) {
		return storageFailureKind(toChatError(thrown));
	}
}
const openKind = (key = testKey) => kindOf(async () => (await openStoreInProcess({ file, key })).close());

async function makeProfile(messages = 3): Promise<void> {
	const store = await openStoreInProcess({ file, key: testKey });
	await seed(store);
	await store.commit(Array.from({ length: messages }, (_, i) => ({ op: 'message.insert', message: aMessage(i + 1) })));
	await store.close();
}

describe('opening', () => {
	test('the file is encrypted, readable by its owner only, and opens again', async () => {
		await makeProfile();
		const bytes = readFileSync(file).toString('latin1');
		expect(bytes).not.toContain('SQLite format');
		expect(bytes).not.toContain('message 1');
		if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
		const store = await openStoreInProcess({ file, key: testKey });
		expect((await store.load()).nextMessageId).toBe(4);
		await store.close();
	});

	test('a wrong key is told apart and changes nothing', async () => {
		await makeProfile();
		const before = readFileSync(file);
		expect(await openKind(new Uint8Array(32).fill(8))).toBe('wrong-key');
		expect(await openKind(new Uint8Array(31))).toBe('wrong-key');
		expect(readFileSync(file).equals(before)).toBe(true);
		expect(await openKind()).toBe('no failure');
	});

	test('damage is told apart from a wrong key, and nothing is replaced', async () => {
		await makeProfile(200);
		const whole = readFileSync(file);
		const scribble = (at: number) => {
			const fd = openSync(file, 'r+');
			writeSync(fd, Buffer.alloc(64, 0xaa), 0, 64, at);
			closeSync(fd);
		};
		scribble(100);
		expect(await openKind()).toBe('corrupt');
		for (const content of [Buffer.alloc(0), Buffer.from('not a database at all'), Buffer.alloc(8192)]) {
			writeFileSync(file, content);
			expect(await openKind()).not.toBe('no failure');
			expect(readFileSync(file).equals(content)).toBe(true);
		}
		writeFileSync(file, whole);
		truncateSync(file, 4096);
		expect(await openKind()).toBe('corrupt');
		writeFileSync(file, 'SQLite format 3\0'.padEnd(4096, '\0'));
		expect(await openKind()).toBe('corrupt');
	});

	test('a damaged page deep in the file is a typed failure of the read that meets it', async () => {
		await makeProfile(2000);
		const pages = statSync(file).size / 4096;
		const fd = openSync(file, 'r+');
		for (let page = 60; page < pages; page++) writeSync(fd, Buffer.alloc(64, 0xaa), 0, 64, page * 4096 + 1000);
		closeSync(fd);
		expect(
			await kindOf(async () => {
				const store = await openStoreInProcess({ file, key: testKey });
				try {
					await store.page(conversationId('conversation-1'), { at: 'newest' }, 2000);
				} finally {
					await store.close();
				}
			}),
		).toBe('corrupt');
	});

	test('one profile is opened once', async () => {
		const store = await openStoreInProcess({ file, key: testKey });
		expect(await openKind()).toBe('locked');
		await store.close();
		expect(await openKind()).toBe('no failure');
	});

	test('a folder that is not there, a path that is not absolute', async () => {
		expect(await kindOf(() => openStoreInProcess({ file: join(folder, 'no', 'x.db'), key: testKey }))).toBe(
			'cannot-open',
		);
		expect(await kindOf(() => openStoreInProcess({ file: 'x.db', key: testKey }))).toBe('cannot-open');
	});

	test('a creation that was cut off leaves nothing that looks like a profile', async () => {
		writeFileSync(`${file}.new`, 'half');
		expect(await openKind()).toBe('no failure');
		expect(existsSync(`${file}.new`)).toBe(false);
	});
});

describe('migrations', () => {
	const head = migrations.length;
	const next = { version: head + 1, name: 'next', sql: 'ALTER TABLE accounts ADD COLUMN note TEXT' };

	test('a copy of the old file is kept, encrypted with the same key', async () => {
		await makeProfile();
		openDatabase({ file, key: testKey }, [...migrations, next]).close();
		expect(await openKind()).toBe('too-new');
		copyFileSync(`${file}.v${head}.bak`, file);
		const store = await openStoreInProcess({ file, key: testKey });
		expect((await store.load()).accounts).toEqual([anAccount()]);
		await store.close();
	});

	test('one that fails leaves the database as it was', async () => {
		await makeProfile();
		const broken = { version: head + 1, name: 'broken', sql: 'CREATE TABLE half(x); INSERT INTO nowhere VALUES (1)' };
		expect(await kindOf(() => openDatabase({ file, key: testKey }, [...migrations, broken]))).toBe('corrupt');
		const orphaning = { version: head + 1, name: 'orphaning', sql: 'DELETE FROM accounts' };
		expect(await kindOf(() => openDatabase({ file, key: testKey }, [...migrations, orphaning]))).toBe('corrupt');
		const store = await openStoreInProcess({ file, key: testKey });
		expect((await store.load()).accounts).toEqual([anAccount()]);
		await store.close();
	});
});

describe('what is removed is gone', () => {
	const rows = (db: Database) => {
		const tables = db.all(
			"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'messages_%' OR name IN ('messages_fts_docsize', 'messages_trigram_docsize', 'message_ids')",
		);
		return tables.flatMap(({ name }) => {
			const row = db.get(`SELECT count(*) AS n FROM ${String(name)}`);
			return row?.['n'] === 0 ? [] : [`${String(name)}: ${String(row?.['n'])}`];
		});
	};

	test('account.remove takes every row of the account along', async () => {
		const { db, close } = openDatabase({ file, key: testKey });
		const { fullAccount } = await import('./full-account.test-data.ts');
		for (const op of fullAccount) applyOp(db, op);
		expect(rows(db).length).toBeGreaterThan(15);
		while (indexSome(db));
		db.transaction(() => applyOp(db, { op: 'account.remove', id: anAccount().id }));
		expect(loadState(db, () => {})).toMatchObject({ accounts: [], conversations: [], gaps: [], outbox: [] });
		while (deleteSome(db));
		expect(rows(db)).toEqual(['settings: 1']);
		expect(findDamage(db)).toEqual([]);
		close();
	});

	test.each([true, false])(
		'after removal and edit.clear no byte of the text is left (indexed: %s)',
		async (indexed) => {
			const word = 'Geheimniskrämerei';
			const { db, close } = openDatabase({ file, key: testKey });
			const { fullAccount } = await import('./full-account.test-data.ts');
			for (const op of fullAccount) applyOp(db, op);
			while (indexSome(db));
			const id = messageId(900);
			applyOp(db, {
				op: 'message.insert',
				message: aMessage(900, { content: { kind: 'text', body: plain(`first ${word}`) } }),
			});
			while (indexSome(db));
			applyOp(db, { op: 'edit.add', messageId: id, content: { kind: 'text', body: plain(`first ${word}`) }, at: 1 });
			applyOp(db, { op: 'message.update', id, set: { content: { kind: 'text', body: plain(`second ${word}`) } } });
			if (indexed) while (indexSome(db));
			applyOp(db, { op: 'message.update', id, set: { content: { kind: 'text', body: plain('') }, removedAt: 5 } });
			applyOp(db, { op: 'edit.clear', messageId: id });
			const plainFile = join(folder, 'plain.db');
			db.exec(
				`PRAGMA wal_checkpoint(TRUNCATE); ATTACH '${plainFile}' AS plain KEY ''; SELECT sqlcipher_export('plain'); DETACH plain`,
			);
			const bytes = readFileSync(plainFile).toString('utf8').toLowerCase();
			expect(bytes).toContain('half a thou');
			for (const part of ['geheim', 'krämerei', 'kramerei']) expect(bytes).not.toContain(part);
			const terms = db
				.all("SELECT term FROM messages_trigram_terms WHERE term IN ('geh', 'ehe', 'nis', 'kra')")
				.map((row) => row['term']);
			expect(terms).toEqual([]);
			close();
		},
	);
});

test('a full disk is a typed failure and what was committed stays', async () => {
	const { db, close } = openDatabase({ file, key: testKey });
	const { fullAccount } = await import('./full-account.test-data.ts');
	db.transaction(() => {
		for (const op of fullAccount) applyOp(db, op);
	});
	const pages = Number(db.pragma('page_count'));
	db.exec(`PRAGMA max_page_count = ${pages + 20}`);
	const flood = () =>
		db.transaction(() => {
			for (let n = 1000; n < 3000; n++)
				applyOp(db, { op: 'message.insert', message: aMessage(n, { ids: [remoteId('server', `f${n}`)] }) });
		});
	expect(await kindOf(flood)).toBe('disk-full');
	expect(db.get('SELECT count(*) AS n FROM messages WHERE id >= 1000')).toEqual({ n: 0 });
	db.transaction(() => applyOp(db, { op: 'reaction.put', reaction: aReaction(1, { key: 'still works' }) }));
	expect(findDamage(db)).toEqual([]);
	close();
});
