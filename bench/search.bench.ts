/** Full-text search in a profile of 500,000 messages in 50 conversations; the numbers of the store's own search. */
import { join } from 'node:path';
import { openStoreInProcess } from '../engine/store/open-in-process.ts';
import { openStore } from '../engine/store/worker-client.ts';
import { conversationId } from '../protocols/model/ids.ts';
import { benchAccount, benchConversation, benchMessage, lines, randomNumbers, wordOf } from './corpus.ts';
import { atMost, databaseKey, inFolder, runBench, single, spread, timed } from './measure.ts';
import type { Figure } from './measure.ts';

const messages = Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 500_000);
const rooms = 50;

async function fill(file: string): Promise<void> {
	const store = await openStoreInProcess({ file, key: databaseKey });
	await store.commit([
		{ op: 'account.put', account: benchAccount },
		...Array.from({ length: rooms }, (_, n) => ({
			op: 'conversation.put' as const,
			conversation: benchConversation(n),
		})),
	]);
	const text = lines(3);
	const random = randomNumbers(4);
	for (let n = 1; n <= messages; n += 5000) {
		await store.commit(
			Array.from({ length: Math.min(5000, messages - n + 1) }, (_, i) => ({
				op: 'message.insert' as const,
				// A few rooms are loud, most are quiet.
				message: benchMessage(n + i, Math.floor(rooms * random() ** 2), text()),
			})),
		);
	}
	await store.close();
}

/** Common, ordinary, rare and absent words, beginnings, pairs and parts of words. */
function queries(): string[] {
	const random = randomNumbers(5);
	return Array.from({ length: 120 }, (_, n) => {
		const word = wordOf(Math.floor(20_000 ** random()) - 1);
		const other = wordOf(Math.floor(20_000 ** random()) - 1);
		switch (n % 6) {
			case 0:
				return word;
			case 1:
				return word.slice(0, 2);
			case 2:
				return word.slice(0, 3);
			case 3:
				return `${word} ${other}`;
			case 4:
				return `"${word}"`;
			default:
				return (word + other).slice(1, 5);
		}
	});
}

await runBench(() =>
	inFolder(async (folder): Promise<readonly Figure[]> => {
		const file = join(folder, 'parley.db');
		const filling = await timed(() => fill(file));
		const store = await openStore({ file, key: databaseKey });
		const all: number[] = [];
		const inside: number[] = [];
		const slowest: [number, string][] = [];
		for (const text of queries()) {
			all.push(await timed(() => store.search({ text, conversations: null, before: null, limit: 50 })));
			slowest.push([all.at(-1) ?? 0, `all ${text}`]);
		}
		for (const [n, text] of queries().entries()) {
			const conversations = [conversationId(`conversation-${(n * 7) % rooms}`)];
			inside.push(await timed(() => store.search({ text, conversations, before: null, limit: 50 })));
			slowest.push([inside.at(-1) ?? 0, `in ${(n * 7) % rooms} ${text}`]);
		}
		if (process.env['PARLEY_BENCH_DETAIL'] !== undefined)
			console.error(slowest.toSorted((a, b) => b[0] - a[0]).slice(0, 12));
		await store.close();
		const size = `${messages.toLocaleString('en')} messages`;
		return [
			spread(`search over ${size}, first 50 hits`, all, { target: atMost(120) }),
			spread('the same inside one conversation', inside, { target: atMost(120) }),
			single(`filling a profile with ${size}`, filling, { reference: 'sqlite' }),
		];
	}),
);
