/** Pages of missing history: asks the adapter, puts the page between its two neighbours, shrinks or closes the gap. */
import type { HistoryPage, HistoryRequest } from '../protocols/adapter/adapter.ts';
import type { AdapterEvent, RemoteMessage } from '../protocols/adapter/events.ts';
import type { SortKey } from '../protocols/model/entities.ts';
import { compareSort } from '../protocols/model/entities.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import { chatError, ChatException, fail, toChatError } from '../protocols/model/errors.ts';
import type { GapId, RemoteConversationId } from '../protocols/model/ids.ts';
import type { Core } from './core.ts';
import { eventProblem } from './event-guard.ts';
import { completeHistory, settleGaps } from './gaps.ts';
import { newRun } from './ingest-run.ts';
import type { Run } from './ingest-run.ts';
import { toGap } from './materialise.ts';
import { identify } from './stages/dedupe.ts';
import { advanceRead } from './stages/attention.ts';
import { placeBetween, saneTime, seqOf } from './stages/order.ts';
import { isRelation, relate } from './stages/relate.ts';
import { insertMessage, takeMessage } from './stages/take-message.ts';
import type { StoredConversation, StoredGap } from './store/store.ts';
import type { Transaction } from './transaction.ts';
import { timedOut, withTimeout } from './with-timeout.ts';

const pageSize = 50;
const pageTimeoutMs = 30_000;
/** A server that sends more than asked gets no more than this stored at once. */
const maxPageEvents = 2000;

export interface FillResult {
	readonly added: number;
	readonly closed: boolean;
}

/** Fills one page of a gap. Errors also stand on the gap. */
export async function fillGap(core: Core, id: GapId): Promise<FillResult> {
	const gap = core.state.gaps.get(id) ?? fail('bad-input', 'no such gap');
	if (core.state.gapRuntime.get(id)?.loading === true) fail('rate-limited', 'this gap is being filled');
	const conversation = core.state.conversations.get(gap.conversationId) ?? fail('bad-input', 'no such conversation');
	show(core, id, true, null);
	try {
		const page = await requestPage(core, conversation, gap);
		const result = await core.write((tx) => storePage(core, tx, conversation, id, page));
		show(core, id, false, null);
		return result;
	} catch (thrown) {
		const error = toChatError(thrown);
		show(core, id, false, error);
		throw new ChatException(error, thrown);
	}
}

function show(core: Core, id: GapId, loading: boolean, error: ChatError | null): void {
	const gap = core.state.gaps.get(id);
	if (gap === undefined || (!loading && error === null)) core.state.gapRuntime.delete(id);
	else core.state.gapRuntime.set(id, { loading, error });
	if (gap !== undefined) core.patches.push({ op: 'gap.put', gap: toGap(core.state, gap) });
}

async function requestPage(core: Core, conversation: StoredConversation, gap: StoredGap): Promise<HistoryPage> {
	const link = core.runners.get(conversation.accountId);
	const history = link?.adapter?.history;
	if (link === undefined || !link.online) return fail('connection-lost');
	if (history === undefined || !gap.fillable || conversation.capabilities.history !== 'scrollback')
		return fail('unsupported');
	const request: HistoryRequest = {
		conversation: conversation.remoteId,
		direction: 'backward',
		token: gap.token,
		anchor: gap.before === null ? null : await anchorAt(core, conversation, gap.before),
		limit: pageSize,
	};
	const abort = new AbortController();
	const page = await withTimeout(core.clock, pageTimeoutMs, history.page(request, abort.signal));
	if (page === timedOut) {
		abort.abort();
		return fail('timeout');
	}
	if (!Array.isArray(page.events)) return fail('protocol-violation', 'no history page');
	if (page.events.length > maxPageEvents) return fail('oversized', 'history page too large');
	return page;
}

/** The message above the gap, or the nearest one above that carries ids the server knows. */
async function anchorAt(
	core: Core,
	conversation: StoredConversation,
	place: SortKey,
): Promise<HistoryRequest['anchor']> {
	const page = await core.store.page(conversation.id, { at: 'around', sort: place }, 40);
	const above = page.rows.map((row) => row.message).filter((message) => compareSort(message.sort, place) >= 0);
	const anchor = above.find((message) => message.ids.some((id) => id.kind === 'server')) ?? above[0];
	return anchor === undefined ? null : { ids: anchor.ids, time: anchor.time };
}

interface Sorted {
	readonly fresh: RemoteMessage[];
	readonly others: AdapterEvent[];
	/** A message of the page is stored already at or below the gap: nothing is missing in between. */
	overlap: boolean;
}

async function storePage(
	core: Core,
	tx: Transaction,
	conversation: StoredConversation,
	id: GapId,
	page: HistoryPage,
): Promise<FillResult> {
	const gap = tx.gaps.get(id);
	const current = tx.conversations.get(conversation.id);
	const link = core.runners.get(conversation.accountId);
	if (gap === undefined || current === undefined || link === undefined) return { added: 0, closed: true };
	tx.origin = 'catchup';
	const run = newRun(core, tx, link.session, 'page');
	const sorted = await sortPage(run, current, gap, page.events);
	const places = placeBetween(
		sorted.fresh.map((message) => saneTime(message.time, run.now)),
		sorted.fresh.map(() => seqOf(core.state.takeMessageId())),
		gap.after,
		gap.before,
		run.now,
	);
	const newest = places.at(-1);
	// History that is looked at for the first time is not news.
	if (gap.after === null && current.readUpTo === null && newest !== undefined)
		await advanceRead(tx, current.id, newest);
	for (const [i, message] of sorted.fresh.entries()) {
		const place = places[i];
		if (place !== undefined) await insertMessage(run, tx.conversations.get(current.id) ?? current, message, place);
	}
	for (const event of sorted.others) if (isRelation(event)) await relate(run, current, event, run.now);
	await settleGaps(run);
	return shrink(run, gap, page, sorted, places);
}

/** Tells new messages from known ones, without storing anything yet. */
async function sortPage(
	run: Run,
	conversation: StoredConversation,
	gap: StoredGap,
	events: readonly AdapterEvent[],
): Promise<Sorted> {
	const sorted: Sorted = { fresh: [], others: [], overlap: false };
	const mine = (remote: RemoteConversationId): boolean => remote === conversation.remoteId;
	const seen = new Set<string>();
	await run.tx.messages.prefetch(
		conversation.id,
		events.flatMap((event) => (event.type === 'message' && eventProblem(event) === null ? event.message.ids : [])),
	);
	for (const event of events) {
		if (eventProblem(event) !== null) continue;
		if (event.type !== 'message') {
			if (isRelation(event) && mine(event.conversation)) sorted.others.push(event);
			continue;
		}
		if (!mine(event.conversation)) continue;
		const known = await identify(run, conversation, event.message);
		if (known === null) {
			const keys = event.message.ids.map((own) => `${own.kind} ${own.value}`);
			if (keys.some((key) => seen.has(key))) continue;
			for (const key of keys) seen.add(key);
			sorted.fresh.push(event.message);
			continue;
		}
		run.matched.add(known.message.id);
		if (gap.after !== null && compareSort(known.message.sort, gap.after) <= 0) {
			// What came before the overlap is known too.
			sorted.overlap = true;
			sorted.fresh.length = 0;
		}
		await takeMessage(run, conversation.remoteId, event.message);
	}
	return sorted;
}

function shrink(run: Run, gap: StoredGap, page: HistoryPage, sorted: Sorted, places: readonly SortKey[]): FillResult {
	const added = places.length;
	const exhausted = page.reachedEnd || page.next === null;
	if (gap.after === null && exhausted) {
		completeHistory(run, gap);
		return { added, closed: true };
	}
	if (sorted.overlap || exhausted) {
		run.tx.gaps.remove(gap.id);
		return { added, closed: true };
	}
	if (added === 0 && page.next === gap.token)
		throw new ChatException(chatError('protocol-violation', 'history does not advance'));
	run.tx.gaps.put(gap.id, { ...gap, before: places[0] ?? gap.before, token: page.next });
	return { added, closed: false };
}
