import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BroadcastChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { contractVersion } from '../engine/contract/frames.ts';
import { type EngineChannel, EngineThread } from './engine-thread.ts';
import { keyFileStore } from './key-store.ts';
import { openProfileVault, prepareProfile, unlockProfile } from './profile.ts';

let dir: string;
let engine: EngineThread;
let starts = 0;
const log = vi.fn<(message: string, fields?: Readonly<Record<string, unknown>>) => void>();
const onGivingUp = vi.fn();
const crash = new BroadcastChannel('parley-test-crash');

/** Makes the engine's thread throw outside of any promise when it is told to. */
const throwsOnDemand = `data:text/javascript,${encodeURIComponent(`
	import { BroadcastChannel } from 'node:worker_threads';
	const channel = new BroadcastChannel('parley-test-crash');
	channel.unref();
	channel.onmessage = () => { throw new TypeError('cannot send "hunter2"'); };
`)}`;

beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), 'parley-crash-'));
	const paths = prepareProfile(dir);
	const keys = await unlockProfile(paths, [keyFileStore]);
	const settings = {
		...keys,
		databasePath: paths.database,
		mediaDir: paths.media,
		client: { name: 'Parley', version: '0' },
		extraCa: [],
		protocols: 'fake',
	} as const;
	const silent = { show: () => undefined, clear: () => undefined, set: () => undefined };
	starts = 0;
	engine = new EngineThread({
		settings,
		vault: openProfileVault(paths, keys),
		ports: { notifier: silent, badge: silent, signals: { subscribe: () => () => undefined } },
		log,
		onGivingUp,
		spawn: (workerData) => {
			starts += 1;
			const execArgv = ['--import', throwsOnDemand];
			return new Worker(new URL('./engine-worker.ts', import.meta.url), { workerData, execArgv });
		},
	});
	await engine.start();
});

afterEach(async () => {
	await engine.stop();
	rmSync(dir, { recursive: true, force: true });
	vi.clearAllMocks();
});

/** Greets the engine as a window does. */
function greet(): {
	readonly channel: EngineChannel;
	readonly deliver: ReturnType<typeof vi.fn>;
	readonly close: () => void;
} {
	const deliver = vi.fn();
	const close = vi.fn();
	const channel = engine.connect({ deliver, close });
	channel.receive(JSON.stringify({ t: 'hello', contractVersion, clientId: 'window', lastSeq: null }));
	return { channel, deliver, close };
}

it('a thread that dies is replaced by one that works, and what it died of is not quoted', async () => {
	const before = greet();
	await vi.waitFor(() => expect(before.deliver).toHaveBeenCalledWith(expect.stringContaining('"welcome"')));
	crash.postMessage('now');
	await vi.waitFor(() => expect(before.close).toHaveBeenCalled(), { timeout: 10_000 });
	await vi.waitFor(
		() => {
			const after = greet();
			return vi.waitFor(() => expect(after.deliver).toHaveBeenCalledWith(expect.stringContaining('"welcome"')));
		},
		{ timeout: 15_000 },
	);
	expect(starts).toBe(2);
	expect(onGivingUp).not.toHaveBeenCalled();
	expect(log.mock.calls.map(([message]) => message)).toEqual(['engine thread failed', 'restarting the engine']);
	expect(log.mock.calls[0]?.[1]).toMatchObject({ name: 'TypeError' });
	expect(JSON.stringify(log.mock.calls)).not.toContain('hunter2');
});

it('a thread that keeps dying is given up, without quoting what it died of', async () => {
	const before = greet();
	await vi.waitFor(() => expect(before.deliver).toHaveBeenCalled());
	for (let time = 1; time <= 4; time++) {
		const seen = starts;
		crash.postMessage('now');
		await vi.waitFor(() => expect(starts > seen || onGivingUp.mock.calls.length > 0).toBe(true), { timeout: 15_000 });
		// The next thread hears the channel only once it runs.
		if (onGivingUp.mock.calls.length === 0)
			await vi.waitFor(
				() => {
					const again = greet();
					return vi.waitFor(() => expect(again.deliver).toHaveBeenCalled());
				},
				{ timeout: 15_000 },
			);
	}
	expect(starts).toBe(4);
	expect(onGivingUp).toHaveBeenCalledExactlyOnceWith(
		expect.objectContaining({ error: expect.objectContaining({ code: 'internal' }) }),
	);
	expect(String(onGivingUp.mock.calls[0]?.[0])).not.toContain('hunter2');
});
