import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conversationId, messageId, remoteUserId } from '../../protocols/model/ids.ts';
import { openDatabase, findDamage } from './sqlite/open.ts';
import { noLinks } from './store.ts';
import { aConversation, aMessage, seed, testKey } from './test-entities.ts';
import { openStore } from './worker-client.ts';

const room = conversationId('conversation-1');
let folder: string;
let file: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'parley-worker-'));
	file = join(folder, 'parley.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('commits, reads, searches, fails and closes like the store in process', async () => {
	const store = await openStore({ file, key: testKey });
	await seed(store);
	const bytes = new Uint8Array([1, 2, 3]);
	await store.commit([
		{ op: 'message.insert', message: aMessage(1) },
		{ op: 'kv.set', accountId: aConversation().accountId, entries: [{ key: 'k', value: bytes }] },
		{ op: 'draft.put', conversationId: room, text: 'draft' },
	]);
	expect(await store.getMessages([messageId(1)])).toEqual([{ message: aMessage(1), reactions: [], links: noLinks }]);
	expect(await store.kvGet(aConversation().accountId, 'k')).toEqual(bytes);
	expect((await store.load()).drafts).toEqual(new Map([[room, 'draft']]));
	// The searcher sees what was committed before, through its own connection.
	expect(
		(await store.search({ text: 'mess', conversations: null, before: null, limit: 5 })).map((hit) => hit.ranges),
	).toEqual([[[0, 4]]]);
	await expect(store.commit([{ op: 'message.insert', message: aMessage(1) }])).rejects.toMatchObject({
		name: 'ChatException',
		error: { code: 'storage-failed', params: { kind: 'constraint' } },
	});
	await store.close();
	await expect(store.load()).rejects.toMatchObject({ error: { params: { kind: 'closed' } } });
	await store.close();
});

test('commits made together are independent, in order, and seen by the read after them', async () => {
	const store = await openStore({ file, key: testKey });
	await seed(store);
	const commits = [1, 2, 2, 3].map((n) =>
		store.commit([{ op: 'message.insert', message: aMessage(n) }]).then(
			() => true,
			() => false,
		),
	);
	const page = store.page(room, { at: 'newest' }, 10);
	expect(await Promise.all(commits)).toEqual([true, true, false, true]);
	expect((await page).rows.map((row) => row.message.id)).toEqual([1, 2, 3]);
	await store.close();
});

test('close lets everything before it finish', async () => {
	const store = await openStore({ file, key: testKey });
	await seed(store);
	const commits = Array.from({ length: 50 }, (_, i) =>
		store.commit([{ op: 'message.insert', message: aMessage(i + 1) }]),
	);
	await store.close();
	await Promise.all(commits);
	const again = await openStore({ file, key: testKey });
	expect((await again.load()).nextMessageId).toBe(51);
	await again.close();
});

test('the queue is bounded', async () => {
	const store = await openStore({ file, key: testKey });
	await seed(store);
	const reads = await Promise.allSettled(Array.from({ length: 5000 }, () => store.newestVisible(room)));
	const refused = reads.filter((read) => read.status === 'rejected');
	expect(refused.length).toBe(5000 - 4096);
	expect(refused[0]?.reason).toMatchObject({ error: { params: { kind: 'overloaded' } } });
	expect(await store.recentSenders(room, 1)).toEqual([]);
	await store.close();
});

test('a file that cannot be opened is a typed failure, and a second opener is refused', async () => {
	const store = await openStore({ file, key: testKey });
	await expect(openStore({ file, key: testKey })).rejects.toMatchObject({ error: { params: { kind: 'locked' } } });
	await store.close();
	await expect(openStore({ file, key: new Uint8Array(32) })).rejects.toMatchObject({
		error: { params: { kind: 'wrong-key' } },
	});
	await (await openStore({ file, key: testKey })).close();
});

test('another process is refused while one holds the profile, and kill -9 loses nothing that was acknowledged', async () => {
	const source = `
		const { openStore } = await import(${JSON.stringify(new URL('./worker-client.ts', import.meta.url).href)});
		const { aMessage, aReaction, seed, testKey } = await import(${JSON.stringify(new URL('./test-entities.ts', import.meta.url).href)});
		const store = await openStore({ file: process.argv[2], key: testKey });
		await seed(store);
		for (let n = 1; ; n++) {
			await store.commit([
				{ op: 'message.insert', message: aMessage(n) },
				{ op: 'reaction.put', reaction: aReaction(n) },
				{ op: 'cursor.put', accountId: 'account-1', cursor: String(n) },
			]);
			process.stdout.write(n + '\\n');
		}`;
	const script = join(folder, 'writer.mjs');
	writeFileSync(script, source);
	const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
	let acknowledged = 0;
	const exited = new Promise((resolve) => child.once('exit', resolve));
	for await (const line of createInterface({ input: child.stdout })) {
		acknowledged = Number(line);
		if (acknowledged === 50)
			await expect(openStore({ file, key: testKey })).rejects.toMatchObject({ error: { params: { kind: 'locked' } } });
		if (acknowledged === 400) child.kill('SIGKILL');
	}
	await exited;
	expect(acknowledged).toBeGreaterThanOrEqual(400);
	const { db, close } = openDatabase({ file, key: testKey });
	expect(findDamage(db)).toEqual([]);
	close();
	const store = await openStore({ file, key: testKey });
	const cursor = Number((await store.load()).cursors.get(aConversation().accountId));
	expect(cursor).toBeGreaterThanOrEqual(acknowledged);
	const page = await store.page(room, { at: 'newest' }, cursor + 10);
	// Each commit whole: as many messages as the cursor says, each with its reaction.
	expect(page.rows.map((row) => row.message.id)).toEqual(Array.from({ length: cursor }, (_, i) => i + 1));
	expect(page.rows.every((row) => row.reactions[0]?.sender === remoteUserId('bob'))).toBe(true);
	await store.close();
});
