import type { PeerEvent } from './peer.ts';

/** Events kept for `waitFor`; older ones are forgotten. */
const KEPT = 5000;
const DEFAULT_TIMEOUT = 15_000;

interface Waiter {
	readonly matches: (event: PeerEvent) => boolean;
	readonly resolve: (event: PeerEvent) => void;
}

/** What a peer has seen, and who is waiting for what. The part that all peers share. */
export class Journal {
	private readonly owner: string;
	private readonly events: PeerEvent[] = [];
	private readonly waiters = new Set<Waiter>();
	private readonly listeners = new Set<(event: PeerEvent) => void>();

	constructor(owner: string) {
		this.owner = owner;
	}

	add(event: PeerEvent): void {
		this.events.push(event);
		if (this.events.length > KEPT) this.events.splice(0, this.events.length - KEPT);
		for (const waiter of this.waiters) {
			if (!waiter.matches(event)) continue;
			this.waiters.delete(waiter);
			waiter.resolve(event);
		}
		for (const listener of this.listeners) listener(event);
	}

	listen(listener: (event: PeerEvent) => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	waitFor<E extends PeerEvent>(matches: (event: PeerEvent) => event is E, timeout?: number): Promise<E>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout?: number): Promise<PeerEvent>;
	waitFor(matches: (event: PeerEvent) => boolean, timeout = DEFAULT_TIMEOUT): Promise<PeerEvent> {
		const seen = this.events.find(matches);
		if (seen !== undefined) return Promise.resolve(seen);
		return new Promise((resolve, reject) => {
			const waiter: Waiter = {
				matches,
				resolve: (event) => {
					clearTimeout(timer);
					resolve(event);
				},
			};
			const timer = setTimeout(() => {
				this.waiters.delete(waiter);
				const last = this.events.slice(-5).map((event) => JSON.stringify(event));
				reject(new Error(`${this.owner} waited ${timeout} ms in vain; last events:\n${last.join('\n')}`));
			}, timeout);
			this.waiters.add(waiter);
		});
	}
}
