/**
 * Where history is known to be missing. A gap is a row between two places of a timeline; the one whose `after` is null
 * stands above the oldest stored message and means that older ones exist on the server.
 */
import { compareSort } from '../protocols/model/entities.ts';
import type { SortKey } from '../protocols/model/entities.ts';
import type { ConversationId } from '../protocols/model/ids.ts';
import { gapId } from '../protocols/model/ids.ts';
import { newId } from './core.ts';
import type { Run } from './ingest-run.ts';
import type { StoredConversation, StoredGap } from './store/store.ts';

/** Asks for a check of the top gap at the end of the batch, when its messages are in place. */
export function syncTopGap(run: Run, conversation: StoredConversation): void {
	if (conversation.capabilities.history === 'scrollback') run.topGaps.add(conversation.id);
}

/** The adapter said that history may be missing between what is stored and what follows in this batch. */
export async function announceGap(
	run: Run,
	conversation: StoredConversation,
	token: string | null,
	fillable: boolean,
): Promise<void> {
	const after = await run.tx.tail(conversation.id);
	run.gaps.set(conversation.id, { after, token, fillable });
	if (after === null) {
		run.gaps.delete(conversation.id);
		run.topTokens.set(conversation.id, { token, fillable });
	}
}

/** A message that was known already came right after the announced gap: nothing is missing. */
export function overlapGap(run: Run, id: ConversationId): void {
	run.gaps.delete(id);
}

/** A new message stands at `sort`: closes the open upper end of gaps below it. */
export function reachGap(run: Run, id: ConversationId, sort: SortKey): void {
	const announced = run.gaps.get(id);
	if (announced !== undefined && announced.after !== null && compareSort(sort, announced.after) > 0) {
		run.gaps.delete(id);
		putGap(run, id, announced.after, sort, announced.token, announced.fillable);
		return;
	}
	if (run.origin === 'page') return;
	for (const gap of run.tx.gapsOf(id)) {
		if (gap.before === null && (gap.after === null || compareSort(sort, gap.after) > 0)) {
			run.tx.gaps.put(gap.id, { ...gap, before: sort });
		}
	}
}

function putGap(
	run: Run,
	conversationId: ConversationId,
	after: SortKey | null,
	before: SortKey | null,
	token: string | null,
	fillable: boolean,
): void {
	const id = gapId(newId(run.core));
	run.tx.gaps.put(id, { id, conversationId, after, before, token, fillable });
}

/** Ends a batch: gaps that no message followed stay open at the newest end, and top gaps find their place. */
export async function settleGaps(run: Run): Promise<void> {
	for (const [id, announced] of run.gaps) {
		if (run.tx.conversations.get(id) === undefined) continue;
		const open = run.tx.gapsOf(id).find((gap) => gap.before === null && gap.after !== null);
		if (open !== undefined) run.tx.gaps.put(open.id, { ...open, token: announced.token, fillable: announced.fillable });
		else putGap(run, id, announced.after, null, announced.token, announced.fillable);
	}
	run.gaps.clear();
	for (const [id, { token, fillable }] of run.topTokens) await placeTopGap(run, id, token, fillable);
	for (const id of run.topGaps) if (!run.topTokens.has(id)) await placeTopGap(run, id, null, true);
	run.topTokens.clear();
	run.topGaps.clear();
}

async function placeTopGap(run: Run, id: ConversationId, token: string | null, fillable: boolean): Promise<void> {
	const { tx } = run;
	const conversation = tx.conversations.get(id);
	if (conversation === undefined || tx.state.historyComplete.has(id)) return;
	if (conversation.kind === 'server' || conversation.kind === 'space') return;
	const top = tx.gapsOf(id).find((gap) => gap.after === null);
	if (top === undefined) putGap(run, id, null, await oldestPlace(run, id), token, fillable);
	else if (token !== null && top.token === null) tx.gaps.put(top.id, { ...top, token, fillable });
}

async function oldestPlace(run: Run, id: ConversationId): Promise<SortKey | null> {
	const staged = run.tx.messages.oldest(id);
	if (!run.tx.state.conversations.has(id)) return staged;
	const page = await run.tx.store.page(id, { at: 'after', sort: { ts: -1, seq: 0 } }, 1);
	const stored = page.rows[0]?.message.sort ?? null;
	if (stored === null || staged === null) return stored ?? staged;
	return compareSort(stored, staged) < 0 ? stored : staged;
}

/** Key under which "the oldest message of this conversation is stored" is remembered. */
const historyCompleteKey = (id: ConversationId): string => `e:start/${id}`;
export const historyCompletePrefix = 'e:start/';

/** The server has nothing older: the top gap goes for good. */
export function completeHistory(run: Run, gap: StoredGap): void {
	run.tx.gaps.remove(gap.id);
	run.tx.push({
		op: 'kv.set',
		accountId: run.session.accountId,
		entries: [{ key: historyCompleteKey(gap.conversationId), value: new Uint8Array([1]) }],
	});
	run.tx.after(() => run.core.state.historyComplete.add(gap.conversationId));
}
