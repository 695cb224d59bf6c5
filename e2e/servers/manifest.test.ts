import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { mergeEntries, parseJournal, recordServer } from './manifest.ts';

describe('server manifest', () => {
	test('half-written and foreign lines are left out', () => {
		const good = { name: 'ergo', version: '2.18.0', reason: null };
		expect(parseJournal(`${JSON.stringify(good)}\n{"name":"x"}\n\n{"name":"pros`)).toEqual([good]);
	});

	test('a server that ran once has run, and names are unique and sorted', () => {
		const ran = { name: 'synapse', version: '1.0', reason: null };
		const skipped = { name: 'synapse', version: null, reason: 'no network' };
		const other = { name: 'ergo', version: null, reason: 'disabled' };
		expect(mergeEntries([ran, skipped, other])).toEqual([other, ran]);
		expect(mergeEntries([skipped, ran])).toEqual([ran]);
	});

	test('notes taken at the same time are all kept', async () => {
		const dir = await mkdtemp(path.join(tmpdir(), 'parley-manifest-'));
		const file = path.join(dir, 'servers.json');
		vi.stubEnv('PARLEY_SERVER_MANIFEST', file);
		const names = Array.from({ length: 20 }, (_, index) => `server-${String(index).padStart(2, '0')}`);
		await Promise.all(names.map((name) => recordServer({ name, version: '1', reason: null })));
		vi.unstubAllEnvs();
		const kept = parseJournal(
			(JSON.parse(await readFile(file, 'utf8')) as unknown[]).map((entry) => JSON.stringify(entry)).join('\n'),
		);
		expect(kept.map(({ name }) => name)).toEqual(names);
		await rm(dir, { recursive: true });
	});
});
