import { describe, expect, test } from 'vitest';
import type { PrivateStore } from '../adapter/context.ts';
import { AccountRemains, TestContext } from '../testkit/test-context.ts';
import { readSync } from './sync-response.ts';
import { SyncStore } from './sync-store.ts';

type SyncData = Parameters<SyncStore['setSyncData']>[0];

const member = (user: string, name: string): object => ({
	type: 'm.room.member',
	state_key: user,
	sender: user,
	event_id: `$${name}`,
	content: { membership: 'join', displayname: name },
});

/** A sync answer as the store gets it from the SDK. */
function answer(token: string, rooms: object): SyncData {
	const sync = readSync({ next_batch: token, rooms });
	if (sync === null) throw new Error('no sync answer');
	return sync.forSdk as SyncData;
}

const joined = (state: readonly object[], timeline: readonly object[] = []): object => ({
	join: { '!r:hs': { state: { events: state }, timeline: { events: timeline } } },
});

function open(remains: AccountRemains, commit: () => Promise<void> = () => Promise.resolve()) {
	const halted: unknown[] = [];
	const { store } = new TestContext(remains);
	return { sync: new SyncStore(store, { commit, onHalt: (thrown) => halted.push(thrown) }), halted, store };
}

const remains = (): AccountRemains => new AccountRemains('@me:hs', {}, {});
const names = async (store: SyncStore): Promise<string[]> => {
	const saved = await store.getSavedSync();
	const events = saved?.roomsData.join['!r:hs']?.['org.matrix.msc4222.state_after']?.events ?? [];
	return events.map((event) => String(event.content['displayname'])).sort();
};

describe('sync store', () => {
	test('a new store has nothing; after a save a second one resumes with the newest state', async () => {
		const kept = remains();
		const first = open(kept);
		await first.sync.startup();
		expect(await first.sync.getSavedSync()).toBeNull();
		expect(first.sync.canResume).toBe(false);
		await first.sync.setSyncData(answer('s1', joined([member('@a:hs', 'A'), member('@b:hs', 'B')])));
		await first.sync.save();
		await first.sync.setSyncData(answer('s2', joined([], [member('@b:hs', 'Bee')])));
		await first.sync.save();
		const second = open(kept);
		await second.sync.startup();
		expect(await second.sync.getSavedSyncToken()).toBe('s2');
		expect(await names(second.sync)).toEqual(['A', 'Bee']);
	});

	test('a crash between commit and save replays the answer, and the replay changes nothing', async () => {
		const kept = remains();
		const first = open(kept);
		await first.sync.startup();
		await first.sync.setSyncData(answer('s1', joined([member('@a:hs', 'A')])));
		await first.sync.save();
		await first.sync.setSyncData(answer('s2', joined([], [member('@b:hs', 'B')])));
		const second = open(kept);
		await second.sync.startup();
		expect(await second.sync.getSavedSyncToken()).toBe('s1');
		for (let round = 0; round < 2; round++) {
			await second.sync.setSyncData(answer('s2', joined([], [member('@b:hs', 'B')])));
			await second.sync.save();
		}
		expect(await names(second.sync)).toEqual(['A', 'B']);
	});

	test('nothing is saved after a failed commit, and the store says so once', async () => {
		const kept = remains();
		const { sync, halted } = open(kept, () => Promise.reject(new Error('disk full')));
		await sync.startup();
		await sync.setSyncData(answer('s1', joined([member('@a:hs', 'A')])));
		expect(sync.wantsSave()).toBe(false);
		await sync.save();
		await sync.setSyncData(answer('s2', joined([])));
		expect(halted).toHaveLength(1);
		expect(kept.kv.has('sync/token')).toBe(false);
	});

	test('rooms and token are written in one step', async () => {
		const kept = remains();
		const { store } = new TestContext(kept);
		const writes: string[][] = [];
		const watched: PrivateStore = {
			...store,
			set: (entries) => {
				writes.push(entries.map(({ key }) => key));
				return store.set(entries);
			},
		};
		const sync = new SyncStore(watched, { commit: () => Promise.resolve(), onHalt: () => undefined });
		await sync.startup();
		writes.length = 0;
		await sync.setSyncData(answer('s1', joined([member('@a:hs', 'A')])));
		await sync.save();
		expect(writes).toEqual([['sync/room/!r:hs', 'sync/token']]);
		expect(await sync.save()).toBeUndefined();
		expect(writes).toHaveLength(1);
	});

	test('a room that was left is forgotten, with its members', async () => {
		const kept = remains();
		const { sync } = open(kept);
		await sync.startup();
		await sync.setSyncData(answer('s1', joined([member('@a:hs', 'A')])));
		await sync.save();
		await sync.setOutOfBandMembers('!r:hs', []);
		await sync.setSyncData(answer('s2', { leave: { '!r:hs': { timeline: { events: [] } } } }));
		await sync.save();
		expect([...kept.kv.keys()].filter((key) => key.includes('!r:hs'))).toEqual([]);
	});

	test.each(['{', '5', '{"join":7}', '{"join":{"!r:hs":null}}', ''])(
		'a damaged value %j reads as absent',
		async (damage) => {
			const kept = remains();
			const first = open(kept);
			await first.sync.startup();
			await first.sync.setSyncData(answer('s1', joined([member('@a:hs', 'A')])));
			await first.sync.save();
			kept.kv.set('sync/room/!r:hs', new TextEncoder().encode(damage));
			kept.kv.set('sync/members/!r:hs', new TextEncoder().encode(damage));
			const second = open(kept);
			await second.sync.startup();
			expect(await second.sync.getSavedSync()).toMatchObject({ nextBatch: 's1' });
			expect(await second.sync.getOutOfBandMembers('!r:hs')).toBeNull();
		},
	);

	test('another format drops the save, so that an initial sync rebuilds it', async () => {
		const kept = remains();
		const first = open(kept);
		await first.sync.startup();
		await first.sync.setSyncData(answer('s1', joined([member('@a:hs', 'A')])));
		await first.sync.save();
		kept.kv.set('sync/format', new TextEncoder().encode('"older"'));
		kept.kv.set('encrypted/!r:hs', new Uint8Array([1]));
		const second = open(kept);
		await second.sync.startup();
		expect(second.sync.canResume).toBe(false);
		expect([...kept.kv.keys()].sort()).toEqual(['encrypted/!r:hs', 'sync/format']);
	});

	test('filters are remembered', async () => {
		const kept = remains();
		const first = open(kept);
		await first.sync.startup();
		first.sync.setFilterIdByName('FILTER_SYNC_@me:hs', '7');
		const second = open(kept);
		await second.sync.startup();
		expect(second.sync.getFilterIdByName('FILTER_SYNC_@me:hs')).toBe('7');
	});
});
