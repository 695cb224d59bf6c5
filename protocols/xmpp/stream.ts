/**
 * A logged-in XMPP stream: one connection attempt over the endpoints of a domain, then ordered delivery of stanzas
 * with acknowledgement only after the receiver says that they are durable. No reconnect: whoever owns it decides.
 */
import type { Clock, Random } from '../adapter/context.ts';
import type { ConnectStep } from '../model/connection-state.ts';
import { ChatException, chatError } from '../model/errors.ts';
import { StreamConnection } from './connection.ts';
import { ElementQueue } from './element-queue.ts';
import { dnsSrv, type Endpoint, findEndpoints, type ManualEndpoint, type SrvResolver } from './endpoints.ts';
import { IqTracker } from './iq-tracker.ts';
import {
	type Negotiated,
	type NegotiationIo,
	type NegotiationSettings,
	logIn,
	observe,
	secureStream,
	type SessionFacts,
} from './negotiation.ts';
import { bareText } from './jid.ts';
import { redact } from './redact.ts';
import { CertificateError, type Dialer, directDialer, type SocketSecurity, type TlsPolicy } from './socket.ts';
import { attr, child, el, type Element, isStanza, ns, wholeNumber } from './stanza.ts';
import { Timers } from './timers.ts';
import { nsSm, type SmState, StreamManagement, type Unacked } from './xep/0198-stream-management.ts';

export interface StreamOptions {
	readonly tls: TlsPolicy;
	readonly manual: ManualEndpoint;
	/** Where a server sent us by see-other-host; tried before everything else. */
	readonly redirect: Endpoint | null;
	readonly login: NegotiationSettings;
	readonly resume: SmState | null;
	readonly clock: Clock;
	readonly random: Random;
	readonly dialer?: Dialer;
	readonly resolver?: SrvResolver;
}

export interface StreamHandler {
	step(step: ConnectStep): void;
	/** One stanza, in order. The promise resolves when its effects are durable; a rejection ends the connection. */
	stanza(element: Element): Promise<void> | void;
	/** Our stanzas the server has taken responsibility for. */
	acked(stanzas: readonly Unacked[]): void;
	/** Makes the session's counters durable; an acknowledgement is written only afterwards. */
	saveSession(): Promise<void>;
	wire(direction: 'in' | 'out' | 'note', line: string): void;
	/** Called once, also after a failed attempt. Null: closed in order. */
	ended(error: ChatException | null): void;
}

const streamTiming = {
	/** TCP and TLS for one endpoint. */
	connectMs: 15_000,
	/** From the open socket to the session. */
	negotiateMs: 40_000,
	/** Silence after which the link is probed; then how long the server has to answer. */
	probeAfterMs: 60_000,
	probeAnswerMs: 20_000,
	/** Ask for an acknowledgement so long after the last stanza of ours. */
	ackAfterMs: 200,
	/** Answer `<r/>` with what is durable when the rest takes longer than this. */
	ackPatienceMs: 2000,
} as const;

/** Default of servers that do not announce theirs (XEP-0478); Prosody and ejabberd allow 256 KiB. */
const defaultStanzaLimit = 200 * 1024;
const pauseAbove = 400;
const resumeBelow = 100;

const nonza = (name: string): Element => el(name, { xmlns: nsSm });
/** XEP-0199, for servers without stream management. */
const ping = (): Element => el('ping', { xmlns: 'urn:xmpp:ping' });

export class XmppStream {
	readonly iq: IqTracker;
	readonly sm: StreamManagement;
	readonly #options: StreamOptions;
	readonly #handler: StreamHandler;
	readonly #inbox = new ElementQueue();
	readonly #facts: SessionFacts = { unsent: [], lost: [], resumed: false, boundJid: null };
	#connection: StreamConnection | null = null;
	#early: { readonly element: Element; readonly number: number }[] | null = [];
	#over = false;
	#inFlight = 0;
	#paused = false;
	#heard = 0;
	#features: Element | null = null;
	readonly #timers: Timers;

	constructor(options: StreamOptions, handler: StreamHandler) {
		this.#options = options;
		this.#handler = handler;
		this.#timers = new Timers(options.clock);
		this.iq = new IqTracker(options.clock, options.random, (iq) => this.send(iq));
		this.sm = new StreamManagement({
			acked: (stanzas) => handler.acked(stanzas),
			sendNonza: (element) => {
				handler.saveSession().then(
					() => this.#write(element),
					() => this.fail(new ChatException(chatError('storage-failed'))),
				);
			},
		});
		if (options.resume !== null) this.sm.restore(options.resume);
	}

	get over(): boolean {
		return this.#over;
	}

	get security(): SocketSecurity | null {
		return this.#connection?.transport.security ?? null;
	}

	/** Largest stanza the server takes, bytes (XEP-0478). */
	get stanzaLimit(): number {
		const limits = child(this.#features ?? undefined, 'limits', 'urn:xmpp:stream-limits:0');
		return wholeNumber(child(limits, 'max-bytes', 'urn:xmpp:stream-limits:0')?.getText().trim()) ?? defaultStanzaLimit;
	}

	/** The last features seen, for what is offered after login. */
	get features(): Element | null {
		return this.#features;
	}

	/** Connects only up to TLS and returns the features there: for discovery and registration. */
	async secure(signal: AbortSignal): Promise<Element> {
		return this.#bounded(signal, async () => {
			await this.#dialAny(signal);
			return secureStream(this.#io());
		});
	}

	/** Logs in on a secured stream. Stanzas are delivered only after {@link deliver}. */
	async logIn(signal: AbortSignal, features: Element): Promise<Negotiated> {
		return this.#bounded(signal, async () => {
			const result = await logIn(this.#io(), this.#options.login, features, this.#facts);
			this.#features = result.features ?? this.#features;
			this.#watch();
			return result;
		});
	}

	/** Starts delivering stanzas, first those that came while logging in, and writes again what the server missed. */
	deliver(unsent: readonly Unacked[]): void {
		const early = this.#early ?? [];
		this.#early = null;
		for (const stanza of unsent) if (stanza.xml !== null) this.#put(stanza.xml);
		if (unsent.length > 0) this.#askForAck();
		for (const { element, number } of early) this.#deliverOne(element, number);
	}

	/** Sends a stanza. `txn` marks a message whose acknowledgement matters. @returns false when the line is down */
	send(stanza: Element, txn: string | null = null): boolean {
		if (this.#over || this.#connection === null) return false;
		const xml = stanza.toString();
		this.sm.sent({ txn, xml: stanza.name === 'message' ? xml : null });
		this.#handler.wire('out', redact(stanza));
		this.#put(xml);
		this.#askForAck();
		return true;
	}

	/** Writes a stored message again, with its own id. */
	sendAgain(xml: string, txn: string): void {
		if (this.#over || this.#connection === null) return;
		this.sm.sent({ txn, xml });
		this.#handler.wire('note', 'sending again what was not acknowledged');
		this.#put(xml);
		this.#askForAck();
	}

	/** A stream-level element such as client state. */
	sendNonza(element: Element): void {
		if (!this.#over) this.#write(element);
	}

	/** Ends politely: last stanza, close tag, short wait. */
	async close(lastStanza: Element | null): Promise<void> {
		const connection = this.#connection;
		if (this.#over || connection === null) return;
		if (lastStanza !== null) this.send(lastStanza);
		connection.finish('');
		await new Promise<void>((resolve) => {
			const cancel = this.#options.clock.after(1500, resolve);
			this.#onEnd = () => {
				cancel();
				resolve();
			};
		});
		connection.drop();
	}

	/** Cuts the line; the server keeps the session for resumption. */
	suspend(): void {
		this.#connection?.drop();
	}

	/** Ends at once with a reason. */
	fail(error: ChatException): void {
		if (this.#connection === null) this.#ended(error);
		else this.#connection.fail(error);
	}

	/** Probes the link now: after wake or a network change. */
	probe(): void {
		if (this.#over) return;
		this.#heard = 0;
		this.#probeNow();
	}

	#onEnd: () => void = () => undefined;

	#io(): NegotiationIo {
		const connection = this.#connection;
		if (connection === null) throw new ChatException(chatError('connection-lost'));
		return {
			random: this.#options.random,
			iq: this.iq,
			sm: this.sm,
			get secure() {
				return connection.transport.secure;
			},
			channelBinding: () => connection.transport.channelBinding(),
			send: (element) => this.#write(element),
			take: () => this.#inbox.take(),
			restart: () => this.#untilEnd(connection.restartStream()),
			upgrade: () => connection.upgrade(),
			step: (step) => this.#handler.step(step),
			forgetInput: () => this.#inbox.clear(),
		};
	}

	async #dialAny(signal: AbortSignal): Promise<void> {
		this.#handler.step('resolving');
		const { tls, manual, redirect, random } = this.#options;
		const found = await findEndpoints(tls.domain, manual, random, this.#options.resolver ?? dnsSrv);
		const endpoints = redirect === null ? found : [redirect, ...found];
		let first: ChatException | null = null;
		for (const endpoint of endpoints) {
			if (signal.aborted || this.#over) break;
			try {
				await this.#dialOne(endpoint);
				return;
			} catch (error) {
				const typed = error instanceof ChatException ? error : new ChatException(chatError('connection-lost'), error);
				this.#handler.wire('note', `${endpoint.host}:${endpoint.port} ${typed.error.code}`);
				// A certificate problem tells more than a refused port of another endpoint.
				if (first === null || (typed instanceof CertificateError && !(first instanceof CertificateError)))
					first = typed;
			}
		}
		throw first ?? new ChatException(chatError('host-unknown', null, { params: { host: tls.domain } }));
	}

	async #dialOne(endpoint: Endpoint): Promise<void> {
		this.#handler.wire(
			'note',
			`connecting to ${endpoint.host}:${endpoint.port}${endpoint.direct ? ' (direct TLS)' : ''}`,
		);
		this.#handler.step(endpoint.direct ? 'securing' : 'connecting');
		const connection = new StreamConnection(this.#options.tls, bareText(this.#options.login.jid), {
			element: (element) => this.#route(element),
			ended: (error) => {
				if (this.#connection === connection) this.#ended(error);
			},
		});
		let late = false;
		const cancel = this.#options.clock.after(streamTiming.connectMs, () => {
			late = true;
			connection.transport.destroy();
		});
		try {
			await connection.dial(endpoint, this.#options.dialer ?? directDialer);
		} catch (error) {
			connection.transport.destroy();
			if (late)
				throw new ChatException(chatError('connection-timeout', null, { params: { host: endpoint.host } }), error);
			throw error;
		} finally {
			cancel();
		}
		if (this.#over) {
			connection.drop();
			throw new ChatException(chatError('cancelled'));
		}
		this.#connection = connection;
	}

	/** Runs a phase under a time limit and the caller's signal; on failure the connection is gone. */
	async #bounded<T>(signal: AbortSignal, phase: () => Promise<T>): Promise<T> {
		const onAbort = (): void => this.fail(new ChatException(chatError('cancelled')));
		const cancel = this.#options.clock.after(streamTiming.negotiateMs + streamTiming.connectMs, () =>
			this.fail(new ChatException(chatError('timeout'))),
		);
		signal.addEventListener('abort', onAbort, { once: true });
		try {
			if (signal.aborted) throw new ChatException(chatError('cancelled'));
			return await this.#untilEnd(phase());
		} catch (error) {
			const typed = error instanceof ChatException ? error : new ChatException(chatError('connection-lost'), error);
			this.fail(typed);
			throw typed;
		} finally {
			cancel();
			signal.removeEventListener('abort', onAbort);
		}
	}

	#rejectEnd: (error: ChatException) => void = () => undefined;
	readonly #end = new Promise<never>((_resolve, reject) => {
		this.#rejectEnd = reject;
	});

	#untilEnd<T>(work: Promise<T>): Promise<T> {
		this.#end.catch(() => undefined);
		return Promise.race([work, this.#end]);
	}

	#route(element: Element): void {
		this.#heard = this.#options.clock.now();
		this.#timers.cancel('dead');
		this.#handler.wire('in', redact(element));
		if (isStanza(element)) {
			const number = this.sm.receive();
			if (element.name === 'iq' && this.iq.accept(element)) this.sm.handled(number);
			else if (this.#early === null) this.#deliverOne(element, number);
			else if (this.#early.length > 10_000)
				throw new ChatException(chatError('oversized', 'too many stanzas while logging in'));
			else this.#early.push({ element, number });
			return;
		}
		if (element.is('r', nsSm) || element.is('a', nsSm)) {
			if (!this.sm.nonza(element))
				throw new ChatException(chatError('protocol-violation', 'the server acknowledged more than was sent'));
			if (this.sm.answerDue) this.#timers.set('answer', streamTiming.ackPatienceMs, () => this.sm.answerNow());
			return;
		}
		if (element.is('features', ns.stream)) this.#features = element;
		// Limits told before login are those for strangers.
		if (element.getName() === 'success') this.#features = null;
		observe(element, this.sm, this.#facts);
		// After login the only expected element is a repeated features; nothing waits for it.
		if (this.#early !== null) this.#inbox.push(element);
	}

	#deliverOne(element: Element, number: number): void {
		let done: Promise<void> | void;
		try {
			done = this.#handler.stanza(element);
		} catch (error) {
			// Our own bug must not take the connection down for one odd stanza; it is logged and counted as handled.
			this.#handler.wire(
				'note',
				`stanza dropped: ${error instanceof Error ? error.name : 'error'} in ${attr(element, 'id') ?? 'no id'}`,
			);
			this.sm.handled(number);
			return;
		}
		if (done === undefined) {
			this.sm.handled(number);
			return;
		}
		this.#inFlight++;
		this.#flow();
		done.then(
			() => {
				this.#inFlight--;
				this.sm.handled(number);
				this.#flow();
			},
			() => this.fail(new ChatException(chatError('storage-failed'))),
		);
	}

	/** Back-pressure: stop reading while too many stanzas wait to become durable. */
	#flow(): void {
		if (!this.#paused && this.#inFlight > pauseAbove) {
			this.#paused = true;
			this.#connection?.transport.pause();
		} else if (this.#paused && this.#inFlight < resumeBelow) {
			this.#paused = false;
			this.#connection?.transport.resume();
		}
	}

	#write(element: Element): void {
		this.#handler.wire('out', redact(element));
		if (isStanza(element)) this.sm.sent({ txn: null, xml: null });
		this.#put(element.toString());
	}

	#put(xml: string): void {
		this.#connection?.put(xml);
	}

	#askForAck(): void {
		if (!this.sm.active || this.#timers.has('ask')) return;
		this.#timers.set('ask', streamTiming.ackAfterMs, () => this.#write(nonza('r')));
	}

	/** Notices a dead link: silence, then a question, then silence again. */
	#watch(): void {
		this.#timers.set('watch', streamTiming.probeAfterMs, () => {
			if (this.#options.clock.now() - this.#heard >= streamTiming.probeAfterMs) this.#probeNow();
			this.#watch();
		});
	}

	#probeNow(): void {
		if (this.#over || this.#paused) return;
		if (this.sm.active) this.#write(nonza('r'));
		else void this.iq.get(ping(), { timeoutMs: streamTiming.probeAnswerMs }).catch(() => undefined);
		if (!this.#timers.has('dead'))
			this.#timers.set('dead', streamTiming.probeAnswerMs, () =>
				this.fail(new ChatException(chatError('connection-lost', 'no answer'))),
			);
	}

	#ended(error: ChatException | null): void {
		if (this.#over) return;
		this.#over = true;
		this.#timers.stop();
		this.sm.suspended();
		const reason = error ?? new ChatException(chatError('connection-closed'));
		this.#inbox.close(reason);
		this.#rejectEnd(reason);
		this.#end.catch(() => undefined);
		this.iq.failAll(new ChatException(chatError('connection-lost')));
		this.#onEnd();
		this.#handler.ended(error);
	}
}
