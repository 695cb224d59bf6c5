import { describe, expect, test } from 'vitest';
import { mergeEntries, parseJournal } from './manifest.ts';

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
});
