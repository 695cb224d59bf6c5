/** Pages of a timeline. */
import type { SortKey } from '../../../protocols/model/entities.ts';
import type { ConversationId, MessageId } from '../../../protocols/model/ids.ts';
import type { PageFrom, StoredPage } from '../store.ts';
import { findConversationKey } from './conversation-key.ts';
import type { Database, Row } from './database.ts';
import { messageRows, selectMessages } from './message-rows.ts';
import type { DamageReport } from './readable.ts';

interface PageSql {
	readonly newest: string;
	readonly before: string;
	readonly upTo: string;
	readonly after: string;
	readonly from: string;
}

function pageSql(also: string): PageSql {
	const rows = `${selectMessages} WHERE m.conversation = $key AND m.hidden = 0${also}`;
	const down = 'ORDER BY m.sort_ts DESC, m.sort_seq DESC, m.id DESC LIMIT $limit';
	const up = 'ORDER BY m.sort_ts, m.sort_seq, m.id LIMIT $limit';
	return {
		newest: `${rows} ${down}`,
		before: `${rows} AND (m.sort_ts, m.sort_seq) < ($ts, $seq) ${down}`,
		upTo: `${rows} AND (m.sort_ts, m.sort_seq) <= ($ts, $seq) ${down}`,
		after: `${rows} AND (m.sort_ts, m.sort_seq) > ($ts, $seq) ${up}`,
		from: `${rows} AND (m.sort_ts, m.sort_seq) >= ($ts, $seq) ${up}`,
	};
}

const ofConversation = pageSql('');
const ofThread = pageSql(' AND (m.thread_root = $thread OR m.id = $thread)');

type Read = (which: keyof PageSql, sort: SortKey | null, count: number) => readonly Row[];

/** One row more than asked is read on each open side, to know whether there is more. */
export function readPage(
	db: Database,
	conversation: ConversationId,
	place: PageFrom,
	limit: number,
	thread: MessageId | null,
	report: DamageReport,
): StoredPage {
	const key = findConversationKey(db, conversation);
	if (key === null || limit < 1) return { rows: [], hasBefore: false, hasAfter: false };
	const sql = thread === null ? ofConversation : ofThread;
	const read: Read = (which, sort, count) =>
		db.all(sql[which], {
			key,
			limit: count + 1,
			...(sort === null ? {} : { ts: sort.ts, seq: sort.seq }),
			...(thread === null ? {} : { thread }),
		});
	const page = (older: readonly Row[], newer: readonly Row[], hasBefore: boolean, hasAfter: boolean): StoredPage => ({
		rows: messageRows(db, [...older.toReversed(), ...newer], report),
		hasBefore,
		hasAfter,
	});
	switch (place.at) {
		case 'newest': {
			const rows = read('newest', null, limit);
			return page(rows.slice(0, limit), [], rows.length > limit, false);
		}
		case 'before': {
			const rows = read('before', place.sort, limit);
			return page(rows.slice(0, limit), [], rows.length > limit, read('from', place.sort, 0).length > 0);
		}
		case 'after': {
			const rows = read('after', place.sort, limit);
			return page([], rows.slice(0, limit), read('upTo', place.sort, 0).length > 0, rows.length > limit);
		}
		case 'around':
			return around(read, page, place.sort, limit);
	}
}

function around(
	read: Read,
	page: (older: readonly Row[], newer: readonly Row[], hasBefore: boolean, hasAfter: boolean) => StoredPage,
	sort: SortKey,
	limit: number,
): StoredPage {
	const older = read('before', sort, limit);
	const newer = read('from', sort, limit);
	// Half each; what one side lacks, the other side may fill.
	const wantedOlder = Math.floor(limit / 2);
	const takeNewer = Math.min(newer.length, Math.max(limit - wantedOlder, limit - older.length));
	const takeOlder = Math.min(older.length, limit - takeNewer);
	return page(older.slice(0, takeOlder), newer.slice(0, takeNewer), older.length > takeOlder, newer.length > takeNewer);
}
