/**
 * Where a message stands in its timeline. The sort key follows the order in which the server told us, with the origin
 * time as its first part, so a wrong clock of one sender cannot scatter the timeline; shown time stays the origin time.
 */
import type { SortKey } from '../../protocols/model/entities.ts';

/**
 * Distance between the `seq` of two message ids. History that must fit between two messages of the same millisecond
 * takes numbers from the space between them. 2^16 leaves 2^37 messages before a double loses precision.
 */
const seqStep = 65_536;

/** `seq` of a message that arrives with this local id. */
export const seqOf = (messageId: number): number => messageId * seqStep;

/** How far ahead of our clock a shown time may be. */
const futureTolerance = 60_000;

/** An origin time that can be shown; absurd ones become now. */
export function saneTime(time: number, now: number): number {
	if (!Number.isFinite(time) || time <= 0 || time > now + futureTolerance) return now;
	return Math.floor(time);
}

/** The place after `previous`; null: the conversation (or batch) starts here. */
export function placeAfter(previous: SortKey | null, time: number, now: number, seq: number): SortKey {
	const wanted = Math.min(time, now);
	if (previous === null || wanted > previous.ts) return { ts: wanted, seq };
	return { ts: previous.ts, seq: Math.max(seq, previous.seq + 1) };
}

/**
 * Places for a page of history, oldest first, strictly between two known neighbours.
 * @param seqs one fresh `seq` per time
 */
export function placeBetween(
	times: readonly number[],
	seqs: readonly number[],
	after: SortKey | null,
	before: SortKey | null,
	now: number,
): SortKey[] {
	const places: SortKey[] = [];
	if (before === null) {
		let previous = after;
		times.forEach((time, i) => {
			previous = placeAfter(previous, time, now, seqs[i] ?? 0);
			places.push(previous);
		});
		return places;
	}
	let upper = before;
	for (let i = times.length - 1; i >= 0; i--) {
		const ts = Math.max(after?.ts ?? 0, Math.min(times[i] ?? upper.ts, upper.ts));
		upper = { ts, seq: ts === upper.ts ? upper.seq - 1 : (seqs[i] ?? 0) };
		places.push(upper);
	}
	return places.reverse();
}
