/**
 * XEP-0198 Stream Management: what was received and handled, what was sent and acknowledged, and how to go on after
 * a broken connection. Own code instead of the library's because we acknowledge only what the engine has committed,
 * keep the state over a restart of the program, and work with servers that announce `<sm/>` twice.
 */
import { attr, el, type Element, wholeNumber } from '../stanza.ts';

export const nsSm = 'urn:xmpp:sm:3';

/** A stanza written but not yet acknowledged. */
export interface Unacked {
	/** Our transaction id for messages; null for everything else. */
	readonly txn: string | null;
	/** Serialised stanza, to be sent again; null for stanzas that are pointless later (presence, requests). */
	readonly xml: string | null;
}

/** All that is needed to resume, also in another process. */
export interface SmState {
	readonly id: string;
	/** Full JID of the session. */
	readonly jid: string;
	/** Preferred host for resuming, `host:port`, or null. */
	readonly location: string | null;
	/** Stanzas received and committed. */
	readonly inbound: number;
	/** Stanzas of ours acknowledged by the server. */
	readonly outbound: number;
	readonly queue: readonly Unacked[];
}

export interface SmListener {
	/** The server has these. */
	acked(stanzas: readonly Unacked[]): void;
	/** An acknowledgement of ours is due. */
	sendNonza(element: Element): void;
}

/** The counter wraps at 2^32 (XEP-0198 section 4). */
const modulus = 2 ** 32;
const maxQueue = 5000;

export class StreamManagement {
	readonly #listener: SmListener;
	#id: string | null = null;
	#location: string | null = null;
	#jid = '';
	#active = false;
	#received = 0;
	#handled = 0;
	readonly #finished = new Set<number>();
	#acked = 0;
	#queue: Unacked[] = [];
	#answerAt: number | null = null;

	constructor(listener: SmListener) {
		this.#listener = listener;
	}

	/** Counting is on for this connection. */
	get active(): boolean {
		return this.#active;
	}

	get resumable(): boolean {
		return this.#id !== null;
	}

	get queueLength(): number {
		return this.#queue.length;
	}

	/** Everything received has been handled. */
	get idle(): boolean {
		return this.#handled === this.#received;
	}

	/** Loads a saved session before connecting. */
	restore(state: SmState): void {
		this.#id = state.id;
		this.#jid = state.jid;
		this.#location = state.location;
		this.#received = state.inbound;
		this.#handled = state.inbound;
		this.#acked = state.outbound;
		this.#queue = [...state.queue];
	}

	/** For saving; null when the session cannot be resumed. */
	snapshot(): SmState | null {
		if (this.#id === null) return null;
		return {
			id: this.#id,
			jid: this.#jid,
			location: this.#location,
			inbound: this.#handled,
			outbound: this.#acked,
			queue: this.#queue,
		};
	}

	enableElement(): Element {
		return el('enable', { xmlns: nsSm, resume: 'true' });
	}

	resumeElement(): Element | null {
		return this.#id === null ? null : el('resume', { xmlns: nsSm, previd: this.#id, h: this.#handled % modulus });
	}

	/** Counting of outgoing stanzas starts when `<enable/>` is sent, of incoming ones when `<enabled/>` arrives. */
	enableSent(): void {
		this.#acked = 0;
		this.#queue = [];
		this.#active = true;
	}

	enabled(element: Element, jid: string): void {
		this.#active = true;
		this.#received = 0;
		this.#handled = 0;
		this.#finished.clear();
		const resume = attr(element, 'resume');
		const id = attr(element, 'id');
		this.#id = (resume === 'true' || resume === '1') && id !== undefined && id !== '' ? id : null;
		this.#location = attr(element, 'location') ?? null;
		this.#jid = jid;
	}

	setJid(jid: string): void {
		this.#jid = jid;
	}

	/** @returns the stanzas the server never got, to be written again at once */
	resumed(element: Element): readonly Unacked[] {
		this.#active = true;
		this.#received = this.#handled;
		this.#finished.clear();
		this.#acknowledge(wholeNumber(attr(element, 'h')));
		return this.#queue;
	}

	/** The server forgot the session. @returns stanzas whose fate only the archive knows */
	failed(element: Element | null): readonly Unacked[] {
		this.#acknowledge(wholeNumber(attr(element ?? undefined, 'h')));
		const lost = this.#queue;
		this.#queue = [];
		this.#id = null;
		this.#active = false;
		this.#received = 0;
		this.#handled = 0;
		this.#acked = 0;
		this.#finished.clear();
		return lost;
	}

	/** The connection broke; the session may still be resumed. */
	suspended(): void {
		this.#active = false;
		this.#received = this.#handled;
		this.#finished.clear();
		this.#answerAt = null;
	}

	/** A stanza goes out. Call before writing it. */
	sent(stanza: Unacked): void {
		if (!this.#active) return;
		this.#queue.push(stanza);
		// A server that never acknowledges must not fill the memory; such a session is not resumable any more.
		if (this.#queue.length > maxQueue) this.#id = null;
	}

	/** A stanza came in. @returns its number, to be given to {@link handled} */
	receive(): number {
		if (!this.#active) return 0;
		return ++this.#received;
	}

	/** The effects of stanza `number` are durable. Order does not matter; only a gapless run is acknowledged. */
	handled(number: number): void {
		if (number === 0 || number <= this.#handled || number > this.#received) return;
		this.#finished.add(number);
		while (this.#finished.delete(this.#handled + 1)) this.#handled++;
		if (this.#answerAt !== null && this.#handled >= this.#answerAt) this.answerNow();
	}

	get handledCount(): number {
		return this.#handled;
	}

	/** A nonza of this namespace. @returns false when the server violated the protocol */
	nonza(element: Element): boolean {
		if (element.is('r', nsSm)) {
			if (this.idle) this.answerNow();
			else this.#answerAt = this.#received;
			return true;
		}
		if (element.is('a', nsSm)) return this.#acknowledge(wholeNumber(attr(element, 'h')));
		return true;
	}

	/** An acknowledgement was asked for and is still owed. */
	get answerDue(): boolean {
		return this.#answerAt !== null;
	}

	/** Acknowledges what is durable by now. */
	answerNow(): void {
		this.#answerAt = null;
		if (this.#active) this.#listener.sendNonza(el('a', { xmlns: nsSm, h: this.#handled % modulus }));
	}

	#acknowledge(h: number | undefined): boolean {
		if (h === undefined) return true;
		const count = (h - (this.#acked % modulus) + modulus) % modulus;
		// More than was ever sent: the server is broken (stream error undefined-condition, XEP-0198 section 4).
		if (count > this.#queue.length) return false;
		if (count > 0) {
			this.#acked += count;
			this.#listener.acked(this.#queue.splice(0, count));
		}
		return true;
	}
}
