/**
 * Collects what the lines of one read mean and hands it to the engine in few batches. Member changes are only marked
 * and read when the batch leaves, so a netsplit of thousands is one delta. Bounded: reading pauses while the engine is
 * behind.
 */
import type { AdapterBatch, AdapterEvent } from '../adapter/events.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import type { Channel, Session } from './session.ts';

export type Origin = AdapterBatch['origin'];

/** Batches not yet committed at which reading stops, and at which it goes on. */
const inFlight = { pause: 8, resume: 2 } as const;
/** Events in one batch; a burst is cut into several so that no transaction grows without limit. */
const maxEvents = 2000;

export interface SinkTarget {
	emit(batch: AdapterBatch): Promise<void>;
	pause(): void;
	resume(): void;
	/** The engine cannot store any more. */
	failed(): void;
}

export class EventSink {
	readonly #target: SinkTarget;
	readonly #session: Session;
	#events: AdapterEvent[] = [];
	#origin: Origin = 'live';
	readonly #touched = new Map<Channel, Set<string>>();
	readonly #whole = new Set<Channel>();
	#flights = 0;
	#paused = false;
	#last: Promise<void> = Promise.resolve();

	constructor(session: Session, target: SinkTarget) {
		this.#session = session;
		this.#target = target;
	}

	push(event: AdapterEvent, origin: Origin = 'live'): void {
		if (origin !== this.#origin || this.#events.length >= maxEvents) {
			this.#send();
			this.#origin = origin;
		}
		this.#events.push(event);
	}

	/** A member came, went or changed. */
	touch(channel: Channel, key: string): void {
		if (this.#whole.has(channel)) return;
		const keys = this.#touched.get(channel);
		if (keys === undefined) this.#touched.set(channel, new Set([key]));
		else keys.add(key);
	}

	/** The whole member list is new. */
	snapshot(channel: Channel): void {
		this.#touched.delete(channel);
		this.#whole.add(channel);
	}

	/** Forgets marks of a channel we left. */
	drop(conversation: RemoteConversationId): void {
		for (const channel of [...this.#touched.keys(), ...this.#whole]) {
			if (channel.id !== conversation) continue;
			this.#touched.delete(channel);
			this.#whole.delete(channel);
		}
	}

	/** Sends what is collected; resolves when everything sent so far is committed or has failed. */
	flush(): Promise<void> {
		this.#send();
		return this.#last;
	}

	#members(): AdapterEvent[] {
		const events: AdapterEvent[] = [];
		for (const channel of this.#whole) {
			const members = Array.from(channel.members.keys(), (key) => this.#session.member(channel, key));
			events.push({ type: 'members-snapshot', conversation: channel.id, members, complete: true });
		}
		for (const [channel, keys] of this.#touched) {
			const present = [...keys].filter((key) => channel.members.has(key));
			const remove = [...keys].filter((key) => !channel.members.has(key)).map((key) => this.#session.userId(key));
			events.push({
				type: 'members-delta',
				conversation: channel.id,
				upsert: present.map((key) => this.#session.member(channel, key)),
				remove,
			});
		}
		this.#whole.clear();
		this.#touched.clear();
		return events;
	}

	#send(): void {
		const events = this.#events;
		this.#events = [];
		const origin = this.#origin;
		this.#origin = 'live';
		const members = this.#members();
		if (origin === 'live' && members.length > 0) this.#emit({ origin, events: [...events, ...members] });
		else {
			if (events.length > 0) this.#emit({ origin, events });
			if (members.length > 0) this.#emit({ origin: 'live', events: members });
		}
	}

	#emit(batch: AdapterBatch): void {
		if (batch.events.length === 0) return;
		this.#flights++;
		if (this.#flights >= inFlight.pause && !this.#paused) {
			this.#paused = true;
			this.#target.pause();
		}
		const landed = (): void => {
			this.#flights--;
			if (this.#paused && this.#flights <= inFlight.resume) {
				this.#paused = false;
				this.#target.resume();
			}
		};
		const sent = this.#target.emit(batch).then(landed, () => {
			landed();
			this.#target.failed();
		});
		this.#last = Promise.all([this.#last, sent]).then(() => undefined);
	}
}
