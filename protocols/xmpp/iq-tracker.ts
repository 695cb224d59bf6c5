/**
 * Requests and their answers. A reply counts only when both the id and the sender match (libpurple CVE-2013-6483);
 * ids are random UUIDs; nobody has to hold the promise for the process to survive an error reply.
 */
import type { Clock, Random } from '../adapter/context.ts';
import { ChatException, chatError } from '../model/errors.ts';
import { bareText, fullText, type Jid, parseJid, sameJid } from './jid.ts';
import { attr, el, type Element, readStanzaError, type StanzaError } from './stanza.ts';

/** The peer answered with an error. */
export class StanzaException extends Error {
	readonly stanza: StanzaError;
	constructor(stanza: StanzaError) {
		super(stanza.text === null ? stanza.condition : `${stanza.condition}: ${stanza.text}`);
		this.name = 'StanzaException';
		this.stanza = stanza;
	}
}

interface Pending {
	readonly to: Jid | null;
	readonly resolve: (reply: Element) => void;
	readonly reject: (error: Error) => void;
	readonly cancelTimer: () => void;
}

export interface IqOptions {
	readonly to?: string;
	/** Default 30 s. */
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

/** More unanswered requests than this means a bug of ours or a dead server. */
const maxPending = 512;

export class IqTracker {
	readonly #pending = new Map<string, Pending>();
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #send: (iq: Element) => void;
	/** Our full address once bound; replies from the account itself are compared with it. */
	self: Jid | null = null;
	/** Replies dropped because their sender was not the one asked. */
	spoofed = 0;

	constructor(clock: Clock, random: Random, send: (iq: Element) => void) {
		this.#clock = clock;
		this.#random = random;
		this.#send = send;
	}

	get size(): number {
		return this.#pending.size;
	}

	/** Sends a request; resolves with the whole reply stanza. Rejects with `StanzaException` or `ChatException`. */
	request(type: 'get' | 'set', payload: Element, options: IqOptions = {}): Promise<Element> {
		const promise = new Promise<Element>((resolve, reject) => {
			if (this.#pending.size >= maxPending)
				throw new ChatException(chatError('rate-limited', 'too many open requests'));
			options.signal?.throwIfAborted();
			const id = this.#random.uuid();
			const to = options.to === undefined ? null : parseJid(options.to);
			if (options.to !== undefined && to === null) throw new ChatException(chatError('bad-address', options.to));
			const abort = (): void => settle(() => reject(new ChatException(chatError('cancelled'))));
			const cancelTimer = this.#clock.after(options.timeoutMs ?? 30_000, () =>
				settle(() => reject(new ChatException(chatError('timeout')))),
			);
			const settle = (finish: () => void): void => {
				this.#pending.delete(id);
				cancelTimer();
				options.signal?.removeEventListener('abort', abort);
				finish();
			};
			this.#pending.set(id, {
				to,
				cancelTimer,
				resolve: (reply) => settle(() => resolve(reply)),
				reject: (error) => settle(() => reject(error)),
			});
			options.signal?.addEventListener('abort', abort, { once: true });
			this.#send(el('iq', { xmlns: 'jabber:client', type, id, to: to === null ? undefined : fullText(to) }, payload));
		});
		// A reply may come before the caller awaits; without this the process would end on an early error reply.
		promise.catch(() => undefined);
		return promise;
	}

	get(payload: Element, options: IqOptions = {}): Promise<Element> {
		return this.request('get', payload, options);
	}

	set(payload: Element, options: IqOptions = {}): Promise<Element> {
		return this.request('set', payload, options);
	}

	/** Offers a result or error stanza. @returns whether it answered a request of ours */
	accept(iq: Element): boolean {
		const type = attr(iq, 'type');
		const id = attr(iq, 'id');
		if ((type !== 'result' && type !== 'error') || id === undefined) return false;
		const pending = this.#pending.get(id);
		if (pending === undefined) return false;
		if (!this.#mayAnswer(pending, attr(iq, 'from'))) {
			this.spoofed++;
			return false;
		}
		if (type === 'result') pending.resolve(iq);
		else pending.reject(new StanzaException(readStanzaError(iq)));
		return true;
	}

	/** Rejects everything open; called when the connection ends. */
	failAll(error: ChatException): void {
		for (const pending of [...this.#pending.values()]) pending.reject(error);
	}

	#mayAnswer(pending: Pending, fromText: string | undefined): boolean {
		const self = this.self;
		const to = pending.to;
		const toOwnServer =
			to === null ||
			(self !== null &&
				(fullText(to) === bareText(self) || fullText(to) === fullText(self) || fullText(to) === self.domain));
		// Only our own server can send without `from`, and before login nobody else can send at all; Prosody does so for queries to the own account.
		if (fromText === undefined) return toOwnServer || self === null;
		const from = parseJid(fromText);
		if (from === null) return false;
		if (to !== null)
			return (
				sameJid(from, to) ||
				(self !== null &&
					to.local === self.local &&
					to.domain === self.domain &&
					to.resource === '' &&
					sameJid(from, self))
			);
		if (self === null) return true;
		const text = fullText(from);
		return text === bareText(self) || text === fullText(self) || text === self.domain;
	}
}
