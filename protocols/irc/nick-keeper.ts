/** Takes the wanted nick back when it becomes free after we had to start with another one. */
import type { Runtime } from './runtime.ts';

const tryEveryMs = 60_000;
/** Some networks forbid fast nick changes. */
const pauseMs = 5000;

export class NickKeeper {
	readonly #runtime: Runtime;
	readonly #wanted: string;
	#cancel: (() => void) | null = null;
	#triedAt = -Infinity;
	#active = false;

	constructor(runtime: Runtime, wanted: string) {
		this.#runtime = runtime;
		this.#wanted = wanted;
	}

	start(): void {
		if (this.#runtime.session.isSelf(this.#wanted)) return;
		this.#active = true;
		this.#schedule();
	}

	/** Somebody quit, changed nick or went offline. */
	freed(nick: string): void {
		if (this.#active && this.#runtime.session.same(nick, this.#wanted)) this.#try();
	}

	stop(): void {
		this.#active = false;
		this.#cancel?.();
		this.#cancel = null;
	}

	#schedule(): void {
		this.#cancel = this.#runtime.context.clock.after(tryEveryMs, () => {
			this.#try();
			if (this.#active) this.#schedule();
		});
	}

	#try(): void {
		const { session, requests, context } = this.#runtime;
		if (session.isSelf(this.#wanted)) return this.stop();
		const now = context.clock.now();
		if (now - this.#triedAt < pauseMs) return;
		this.#triedAt = now;
		requests.send('NICK', [this.#wanted], { priority: 'background', replaces: 'nick' });
	}
}
