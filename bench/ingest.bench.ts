/** Live messages from the adapter to the disk and the window: one engine, a real store, a client with an open room. */
import { join } from 'node:path';
import type { PatchOp } from '../engine/contract/patches.ts';
import { memoryLinkPair } from '../engine/transport/memory-link.ts';
import { createRpcClient } from '../engine/transport/rpc-client.ts';
import { systemClock } from '../protocols/adapter/system.ts';
import { saidIn, startBenchEngine } from './bench-engine.ts';
import type { BenchEngine } from './bench-engine.ts';
import { lines } from './corpus.ts';
import { atMost, inFolder, longestStall, runBench, single, timed, until } from './measure.ts';
import type { Figure } from './measure.ts';

const messages = 10_000;
const rooms = 50;
/** What one read of a socket typically carries in a flood. */
const perBatch = 20;
const lastWord = 'afterword';

async function connect(bench: BenchEngine, onPatch: (ops: readonly PatchOp[]) => void) {
	const rpc = createRpcClient({
		open: () => {
			const [mine, theirs] = memoryLinkPair();
			bench.engine.attachClient(theirs);
			return Promise.resolve(mine);
		},
		clientId: 'window',
		now: () => systemClock.now(),
		after: (ms, run) => systemClock.after(ms, run),
		uuid: () => crypto.randomUUID(),
		onPatch,
		onState: () => undefined,
		validate: false,
	});
	await until(async () => (await rpc.query('boot', {})).conversations.length >= rooms);
	const { conversations } = await rpc.query('boot', {});
	const open = conversations.find((conversation) => (conversation.remoteId as string) === 'room-7');
	if (open === undefined) throw new Error('the room is missing');
	await rpc.command('conversation.open', { conversationId: open.id });
	return rpc;
}

/** Sends everything as a socket in a flood would, and ends when the last message is stored and shown. */
async function flood(bench: BenchEngine, shown: () => number, expected: number): Promise<void> {
	const text = lines(1);
	const stored: Promise<void>[] = [];
	for (let n = 0; n < messages; n += perBatch) {
		const events = Array.from({ length: perBatch }, (_, i) =>
			saidIn((n + i) % rooms, n + i, n + i === messages - 1 ? lastWord : text()),
		);
		stored.push(bench.script.adapter.live(...events));
		// The socket is read in turns of the event loop.
		if ((n / perBatch) % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
	}
	await Promise.all(stored);
	await until(() => shown() >= expected);
}

await runBench(() =>
	inFolder(async (folder): Promise<readonly Figure[]> => {
		const bench = await startBenchEngine(join(folder, 'parley.db'), rooms);
		const shown = new Set<number>();
		const rpc = await connect(bench, (ops) => {
			for (const op of ops)
				if (op.op === 'timeline.put') for (const message of op.messages) shown.add(message.id as number);
		});
		let total = 0;
		const stall = await longestStall(async () => {
			total = await timed(() => flood(bench, () => shown.size, messages / rooms));
		});
		const findable = await timed(() =>
			until(async () => {
				const query = { text: lastWord, conversationId: null, accountId: null, before: null, limit: 1 };
				return (await rpc.query('search.messages', query)).hits.length > 0;
			}),
		);
		rpc.close();
		await bench.stop();
		return [
			single('10,000 live messages, stored and shown', total, { target: atMost(1500), reference: 'sqlite' }),
			single('longest stall of the engine thread', stall, { target: atMost(50) }),
			single('until the last of them is found by search', findable, { reference: 'sqlite' }),
		];
	}),
);
