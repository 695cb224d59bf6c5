/** A {@link Link} pair inside one process, for tests and for hosts that share a process with the UI. */
import type { ClientFrame, EngineFrame, Link } from '../contract/frames.ts';

type Frame = ClientFrame | EngineFrame;

/**
 * Two ends of one channel. Frames cross as JSON on a microtask, like over any real transport, so tests cannot rely on
 * shared objects or synchronous delivery.
 */
export function memoryLinkPair(): readonly [Link, Link] {
	const a = new MemoryEnd();
	const b = new MemoryEnd();
	a.connect(b);
	b.connect(a);
	return [a, b];
}

class MemoryEnd implements Link {
	#peer: MemoryEnd | null = null;
	#open = true;
	#messageListeners: ((frame: unknown) => void)[] = [];
	#closeListeners: (() => void)[] = [];
	/** Frames that arrived before somebody listened. */
	#early: unknown[] = [];

	connect(peer: MemoryEnd): void {
		this.#peer = peer;
	}

	send(frame: Frame): boolean {
		if (!this.#open) return false;
		const json = JSON.stringify(frame);
		queueMicrotask(() => this.#peer?.deliver(JSON.parse(json)));
		return true;
	}

	deliver(frame: unknown): void {
		if (!this.#open) return;
		if (this.#messageListeners.length === 0) this.#early.push(frame);
		for (const listener of this.#messageListeners) listener(frame);
	}

	onMessage(listener: (frame: unknown) => void): void {
		this.#messageListeners.push(listener);
		for (const frame of this.#early.splice(0)) listener(frame);
	}

	onClose(listener: () => void): void {
		this.#closeListeners.push(listener);
	}

	close(): void {
		if (!this.#open) return;
		this.#open = false;
		const peer = this.#peer;
		queueMicrotask(() => peer?.close());
		for (const listener of this.#closeListeners) listener();
	}
}
