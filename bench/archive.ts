/** A profile with one long conversation and two short ones, whose account is switched off. */
import { openStoreInProcess } from '../engine/store/open-in-process.ts';
import { benchAccount, benchConversation, benchMessage, lines } from './corpus.ts';
import { databaseKey } from './measure.ts';

/** Room 0 gets all but every fiftieth message. */
export async function makeArchive(file: string, messages: number): Promise<void> {
	const store = await openStoreInProcess({ file, key: databaseKey });
	await store.commit([
		{ op: 'account.put', account: { ...benchAccount, address: 'archive', enabled: false } },
		...[0, 1, 2].map((n) => ({ op: 'conversation.put' as const, conversation: benchConversation(n) })),
	]);
	const text = lines(7);
	for (let n = 1; n <= messages; n += 5000) {
		await store.commit(
			Array.from({ length: 5000 }, (_, i) => ({
				op: 'message.insert' as const,
				message: benchMessage(n + i, i % 50 === 0 ? 1 + (i % 100) / 50 : 0, text()),
			})),
		);
	}
	await store.close();
}
