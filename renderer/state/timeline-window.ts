/**
 * The part of one conversation that the window holds: a contiguous, sorted run of messages, bounded, that grows both
 * ways by pages and at the newest end by patches. Pure.
 */
import type { TimelinePage } from '../../engine/contract/queries.ts';
import { compareSort } from '../../protocols/model/entities.ts';
import type { Gap, Message, SortKey } from '../../protocols/model/entities.ts';
import type { GapId, MessageId } from '../../protocols/model/ids.ts';

/** More rows than this are never kept; scrolling pages them in again. */
export const maxWindow = 5000;

export interface TimelineWindow {
	/** Ascending by sort key. */
	readonly messages: readonly Message[];
	readonly gaps: ReadonlyMap<GapId, Gap>;
	/** Stored messages exist before (after) the run. */
	readonly hasBefore: boolean;
	readonly hasAfter: boolean;
}

/** Would a message at `sort` stand inside the contiguous run? */
function covers(window: TimelineWindow, sort: SortKey): boolean {
	const first = window.messages[0];
	const last = window.messages.at(-1);
	if (first === undefined || last === undefined) return !window.hasBefore && !window.hasAfter;
	if (window.hasBefore && compareSort(sort, first.sort) < 0) return false;
	return !(window.hasAfter && compareSort(sort, last.sort) > 0);
}

/** Sorted union; what `incoming` says about an id wins. */
function union(messages: readonly Message[], incoming: readonly Message[]): readonly Message[] {
	const lastKnown = messages.at(-1);
	const ordered = incoming.toSorted((a, b) => compareSort(a.sort, b.sort) || a.id - b.id);
	const firstNew = ordered[0];
	const ids = new Set(incoming.map((message) => message.id));
	const kept = messages.some((message) => ids.has(message.id))
		? messages.filter((message) => !ids.has(message.id))
		: messages;
	if (firstNew === undefined) return kept;
	if (lastKnown === undefined || compareSort(kept.at(-1)?.sort ?? firstNew.sort, firstNew.sort) < 0)
		return [...kept, ...ordered];
	return [...kept, ...ordered].sort((a, b) => compareSort(a.sort, b.sort) || a.id - b.id);
}

/** Keeps only the last state of each id, so that a frame that names one message twice is fine. */
function lastOfEach(messages: readonly Message[]): readonly Message[] {
	return [...new Map(messages.map((message) => [message.id, message])).values()];
}

function trim(window: TimelineWindow, keep: 'oldest' | 'newest'): TimelineWindow {
	if (window.messages.length <= maxWindow) return window;
	return keep === 'newest'
		? { ...window, messages: window.messages.slice(-maxWindow), hasBefore: true }
		: { ...window, messages: window.messages.slice(0, maxWindow), hasAfter: true };
}

/** New, changed or moved messages. Those outside the contiguous run are left to a later page. */
export function putMessages(window: TimelineWindow, messages: readonly Message[]): TimelineWindow {
	const known = new Set(window.messages.map((message) => message.id));
	const wanted = lastOfEach(messages).filter((message) => known.has(message.id) || covers(window, message.sort));
	if (wanted.length === 0) {
		// Something newer exists below an empty or older run.
		return window;
	}
	return trim({ ...window, messages: union(window.messages, wanted) }, 'newest');
}

export function removeMessages(window: TimelineWindow, ids: readonly MessageId[]): TimelineWindow {
	const gone = new Set(ids);
	const messages = window.messages.filter((message) => !gone.has(message.id));
	return messages.length === window.messages.length ? window : { ...window, messages };
}

function withGaps(window: TimelineWindow, gaps: readonly Gap[]): ReadonlyMap<GapId, Gap> {
	if (gaps.length === 0) return window.gaps;
	const all = new Map(window.gaps);
	for (const gap of gaps) all.set(gap.id, gap);
	return all;
}

export function putGap(window: TimelineWindow, gap: Gap): TimelineWindow {
	return { ...window, gaps: withGaps(window, [gap]) };
}

export function removeGap(window: TimelineWindow, id: GapId): TimelineWindow {
	if (!window.gaps.has(id)) return window;
	const gaps = new Map(window.gaps);
	gaps.delete(id);
	return { ...window, gaps };
}

/** A fresh run from one page. */
export function windowOfPage(page: TimelinePage): TimelineWindow {
	return {
		messages: union([], lastOfEach(page.messages)),
		gaps: new Map(page.gaps.map((gap) => [gap.id, gap])),
		hasBefore: page.hasBefore,
		hasAfter: page.hasAfter,
	};
}

/** Adds the page that was read directly before or after the run. */
export function addPage(window: TimelineWindow, page: TimelinePage, side: 'before' | 'after'): TimelineWindow {
	const merged: TimelineWindow = {
		messages: union(window.messages, lastOfEach(page.messages)),
		gaps: withGaps(window, page.gaps),
		hasBefore: side === 'before' ? page.hasBefore : window.hasBefore,
		hasAfter: side === 'after' ? page.hasAfter : window.hasAfter,
	};
	return trim(merged, side === 'before' ? 'oldest' : 'newest');
}
