/**
 * What the session remembers of the events it has seen: enough for {@link refusalOf} and to continue threads, never
 * their contents. Bounded; the oldest are forgotten first.
 */
import { get, getRecord, getString, isRecord } from './json.ts';
import { isEventId } from './matrix-id.ts';
import type { RelationTarget } from './relation-rules.ts';
import type { RawEvent } from './sync-response.ts';

export const factLimits = { events: 20_000, threads: 1000 } as const;

export class EventFacts {
	readonly #events = new Map<string, RelationTarget>();
	/** Thread root → its newest event. */
	readonly #threads = new Map<string, { readonly id: string; readonly ts: number }>();

	of(eventId: string): RelationTarget | null {
		return this.#events.get(eventId) ?? null;
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
		this.#noteThread(facts, event);
	}

	#removed(roomId: string, eventId: string): void {
		const known = this.#events.get(eventId);
		if (known !== undefined && known.roomId === roomId) this.#events.set(eventId, { ...known, redacted: true });
	}

	#noteThread(facts: RelationTarget, event: RawEvent): void {
		const relation = getRecord(event.content, 'm.relates_to');
		const root = get(relation, 'event_id');
		if (facts.relType !== 'm.thread' || !isEventId(root)) return;
		const known = this.#threads.get(root);
		if (known !== undefined && known.ts > event.ts) return;
		this.#threads.delete(root);
		this.#threads.set(root, { id: facts.id, ts: event.ts });
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
