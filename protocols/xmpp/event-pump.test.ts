import { describe, expect, it } from 'vitest';
import type { AdapterBatch, AdapterEvent } from '../adapter/events.ts';
import { remoteUserId } from '../model/ids.ts';
import { EventPump } from './event-pump.ts';

const presence = (id: string): AdapterEvent => ({
	type: 'presence',
	user: remoteUserId(id),
	availability: 'available',
	statusText: '',
});

describe('EventPump', () => {
	it('keeps the order, joins what comes together, never mixes origins', async () => {
		const batches: AdapterBatch[] = [];
		const pump = new EventPump(
			(batch) => {
				batches.push(batch);
				return Promise.resolve();
			},
			() => undefined,
		);
		await Promise.all([
			pump.push([presence('a')]),
			pump.push([presence('b')]),
			pump.push([presence('c')], 'catchup', 'here'),
			pump.push([presence('d')]),
		]);
		expect(batches.map((b) => [b.origin, b.events.length, b.cursor])).toEqual([
			['live', 2, undefined],
			['catchup', 1, 'here'],
			['live', 1, undefined],
		]);
	});

	it('after a failed commit nothing is durable any more, and the session hears of it once', async () => {
		const heard: string[] = [];
		const pump = new EventPump(
			() => Promise.reject(new Error('disk full')),
			(error) => heard.push(error.error.code),
		);
		await expect(pump.push([presence('a')])).rejects.toMatchObject({ error: { code: 'storage-failed' } });
		await expect(pump.push([presence('b')])).rejects.toMatchObject({ error: { code: 'storage-failed' } });
		expect(heard).toEqual(['storage-failed']);
		await pump.push([]);
	});
});
