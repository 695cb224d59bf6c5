/** XEP-0203 Delayed Delivery: when a message was really sent, if whoever says so is in a position to know. */
import { type Jid, parseJid, sameBare } from '../jid.ts';
import { attr, childrenOf, type Element } from '../stanza.ts';

/** Earliest and latest times that can be meant; anything else is a broken or hostile clock. */
const earliest = Date.UTC(1999, 0, 1);
const daysAhead = 24 * 60 * 60 * 1000;

/** XEP-0082 date and time; null when unreadable or absurd. */
export function parseStamp(text: string | undefined, now: number): number | null {
	if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
	const time = Date.parse(text);
	return Number.isNaN(time) || time < earliest || time > now + daysAhead ? null : time;
}

export const formatStamp = (time: number): string => new Date(time).toISOString();

/** Send time told by one of `trusted` (own server, room, sender); null without one. */
export function readDelay(stanza: Element, trusted: readonly Jid[], now: number): number | null {
	for (const delay of childrenOf(stanza, 'delay', 'urn:xmpp:delay')) {
		const from = attr(delay, 'from');
		const by = parseJid(from);
		if (from !== undefined && (by === null || !trusted.some((t) => sameBare(t, by) || t.domain === by.domain)))
			continue;
		const time = parseStamp(attr(delay, 'stamp'), now);
		if (time !== null) return time;
	}
	return null;
}
