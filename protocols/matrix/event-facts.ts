/**
 * What the session remembers of the events it has seen: enough for {@link refusalOf} and to continue threads, never
 * their contents. Bounded; the oldest are forgotten first.
 */
import { get, getCount, getRecord, getString, isRecord } from './json.ts';
import { isEventId } from './matrix-id.ts';
import type { RelationTarget } from './relation-rules.ts';
import type { RawEvent } from './sync-response.ts';

export const factLimits = { events: 20_000, threads: 1000 } as const;

export class EventFacts {
	readonly #events = new Map<string, RelationTarget>();
	/** Those with a file. */
	readonly #files = new Map<string, true>();
	/** Thread root → its newest event. */
	readonly #threads = new Map<string, { readonly id: string; readonly ts: number }>();

	of(eventId: string): RelationTarget | null {
		return this.#events.get(eventId) ?? null;
	}

	/** Does the message offer a file? Null when it was not seen. */
	hasFile(eventId: string): boolean | null {
		return this.#events.has(eventId) ? this.#files.has(eventId) : null;
	}

	/** What new replies in a thread point old clients at; null when nothing of the thread was seen. */
	newestInThread(root: string): string | null {
		return this.#threads.get(root)?.id ?? null;
	}

	/**
	 * An id keeps its first facts, so that nobody can rewrite them by sending the id again from another room. Of
	 * redactions only those that counted may be noted.
	 */
	note(roomId: string, event: RawEvent): void {
		if (event.type === 'm.room.redaction' && event.redacts !== null) this.#removed(roomId, event.redacts);
		const facts = factsOf(roomId, event);
		if (facts === null) return;
		if (this.#events.has(facts.id)) {
			if (facts.redacted) this.#removed(roomId, facts.id);
			return;
		}
		this.#events.set(facts.id, facts);
		dropOldest(this.#events, factLimits.events);
		if (get(event.content, 'url') !== undefined) {
			this.#files.set(facts.id, true);
			dropOldest(this.#files, factLimits.events);
		}
		const relation = getRecord(event.content, 'm.relates_to');
		if (facts.relType === 'm.thread') this.#noteThread(get(relation, 'event_id'), facts.id, event.ts);
		// A root brings the newest message of its thread along.
		const latest = getRecord(getRecord(getRecord(event.unsigned, 'm.relations'), 'm.thread'), 'latest_event');
		const id = get(latest, 'event_id');
		if (isEventId(id)) this.#noteThread(facts.id, id, getCount(latest, 'origin_server_ts') ?? 0);
	}

	#removed(roomId: string, eventId: string): void {
		const known = this.#events.get(eventId);
		if (known !== undefined && known.roomId === roomId) this.#events.set(eventId, { ...known, redacted: true });
	}

	#noteThread(root: unknown, id: string, ts: number): void {
		if (!isEventId(root)) return;
		const known = this.#threads.get(root);
		if (known !== undefined && known.ts > ts) return;
		this.#threads.delete(root);
		this.#threads.set(root, { id, ts });
		dropOldest(this.#threads, factLimits.threads);
	}
}

export function factsOf(roomId: string, event: RawEvent): RelationTarget | null {
	if (event.id === null || event.sender === null) return null;
	return {
		id: event.id,
		roomId,
		sender: event.sender,
		type: event.type,
		isState: event.stateKey !== null,
		redacted: isRecord(get(event.unsigned, 'redacted_because')),
		relType: getString(getRecord(event.content, 'm.relates_to'), 'rel_type', 255),
	};
}

function dropOldest(map: Map<string, unknown>, max: number): void {
	for (const key of map.keys()) {
		if (map.size <= max) return;
		map.delete(key);
	}
}
