/** The one rule of what counts as unread; every counter in Parley comes from it. */
import { compareSort } from '../protocols/model/entities.ts';
import type { SortKey } from '../protocols/model/entities.ts';
import type { StoredMessage, UnreadFact } from './store/store.ts';

export interface UnreadCount {
	readonly unread: number;
	readonly mentions: number;
}

export const nothingUnread: UnreadCount = { unread: 0, mentions: 0 };

/** What a message adds to the counters of its conversation, given the own read position. */
export function unreadOf(fact: UnreadFact, readUpTo: SortKey | null): UnreadCount {
	if (readUpTo !== null && compareSort(fact.sort, readUpTo) <= 0) return nothingUnread;
	// Things that happen to a room (joins, topics) are not messages to anybody.
	if (fact.own || fact.hidden || fact.removed || fact.kind === 'system') return nothingUnread;
	return { unread: 1, mentions: fact.mention ? 1 : 0 };
}

export function countUnread(facts: Iterable<UnreadFact>, readUpTo: SortKey | null): UnreadCount {
	let unread = 0;
	let mentions = 0;
	for (const fact of facts) {
		const one = unreadOf(fact, readUpTo);
		unread += one.unread;
		mentions += one.mentions;
	}
	return { unread, mentions };
}

export const unreadFactOf = (message: StoredMessage): UnreadFact => ({
	sort: message.sort,
	own: message.own,
	mention: message.mention,
	kind: message.content.kind,
	hidden: message.hidden,
	removed: message.removedAt !== null,
});
