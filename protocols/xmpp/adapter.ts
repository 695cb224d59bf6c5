/** Wires stream, session and engine together: one connection attempt per `start`, state that outlives it, actions. */
import type { ActionOutcome, AdapterAction } from '../adapter/actions.ts';
import { done, isSend } from '../adapter/actions.ts';
import type {
	DirectoryFacet,
	HistoryFacet,
	HistoryPage,
	HistoryRequest,
	HostSignal,
	MediaFacet,
	ProtocolAdapter,
	UploadRequest,
} from '../adapter/adapter.ts';
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import type { ConversationCapabilities } from '../model/capabilities.ts';
import { noConversationCapabilities } from '../model/capabilities.ts';
import type { OwnPresence } from '../model/entities.ts';
import { ChatException, chatError } from '../model/errors.ts';
import { type DecisionId, decisionId, type RemoteConversationId } from '../model/ids.ts';
import { notConnected, perform } from './actions.ts';
import { historyPage } from './archive-sync.ts';
import { SeeOtherHost } from './connection.ts';
import { listPeople, listRooms } from './directory.ts';
import type { Endpoint } from './endpoints.ts';
import { EventPump } from './event-pump.ts';
import { Files } from './files.ts';
import { type Jid, unescapeLocal } from './jid.ts';
import type { Negotiated } from './negotiation.ts';
import { searchArchive } from './sent-proof.ts';
import { SentMessages } from './sent-messages.ts';
import { Session } from './session.ts';
import { dispatchStanza } from './session-dispatch.ts';
import { bringUpToDate, goOn } from './session-start.ts';
import { SessionStore } from './session-store.ts';
import { readSettings, writeSettings, type XmppSettings } from './settings.ts';
import { CertificateError } from './socket.ts';
import { el } from './stanza.ts';
import { readPosition, readToken } from './remains.ts';
import { XmppStream } from './stream.ts';

const certificateDecision = decisionId('xmpp-certificate');
/** Servers may send us on a few times, not for ever. */
const maxRedirects = 3;

export class XmppAdapter implements ProtocolAdapter {
	readonly history: HistoryFacet;
	readonly directory: DirectoryFacet;
	readonly media: MediaFacet;
	readonly #context: AdapterContext;
	readonly #jid: Jid;
	readonly #sent = new SentMessages();
	readonly #store: SessionStore;
	readonly #files: Files;
	#settings: XmppSettings;
	#presence: OwnPresence = { availability: 'available', statusText: '' };
	#session: Session | null = null;
	#stream: XmppStream | null = null;
	#redirect: Endpoint | null = null;
	#redirects = 0;
	#stopping: 'user' | 'suspend' | 'shutdown' | null = null;
	#running: Promise<ConnectionEnd> | null = null;
	#active = true;
	#offered: { readonly id: DecisionId; readonly fingerprint: string } | null = null;

	constructor(context: AdapterContext, jid: Jid) {
		this.#context = context;
		this.#jid = jid;
		this.#settings = readSettings(context.settings);
		this.#store = new SessionStore(context.store, context.clock);
		this.#files = new Files(context, jid.domain, this.#settings.ca);
		this.media = {
			upload: (request, signal) => this.#upload(request, signal),
			download: (reference, signal) => this.#download(reference, signal),
		};
		this.history = { page: (request, signal) => this.#page(request, signal) };
		this.directory = {
			rooms: (filter, signal) => listRooms(this.#online(), filter, signal),
			people: async (filter, signal) => listPeople(this.#online(), filter, signal),
		};
	}

	start(signal: AbortSignal): Promise<ConnectionEnd> {
		this.#stopping = null;
		const running = this.#attempt(signal).catch((error: unknown): ConnectionEnd => {
			if (this.#stopping !== null || signal.aborted) return { kind: 'stopped' };
			return {
				kind: 'failed',
				error:
					error instanceof ChatException
						? error.error
						: chatError('internal', error instanceof Error ? error.name : null),
			};
		});
		this.#running = running;
		return running;
	}

	async stop(reason: 'user' | 'suspend' | 'shutdown'): Promise<void> {
		this.#stopping = reason;
		const stream = this.#stream;
		if (stream !== null && !stream.over) {
			if (reason === 'suspend') {
				await this.#save();
				stream.suspend();
			} else {
				this.#session?.rooms.farewell();
				await stream.close(el('presence', { type: 'unavailable' }));
				this.#session = null;
			}
		}
		await this.#running;
	}

	async perform(action: AdapterAction): Promise<ActionOutcome> {
		if (action.type === 'answer-decision') return this.#answerDecision(action);
		if (action.type === 'presence') {
			this.#presence = action.presence;
			const session = this.#session;
			if (session === null || this.#stream === null || this.#stream.over)
				return { kind: 'rejected', error: chatError('connection-lost', null, { retry: 'later' }) };
			session.sendPresence();
			await session.emit([{ type: 'own-presence', presence: action.presence }]).catch(() => undefined);
			return done;
		}
		const session = this.#session;
		if (session === null || this.#stream === null || this.#stream.over)
			return { kind: 'rejected', error: notConnected().error };
		return perform(session, action, {
			context: this.#context,
			sent: this.#sent,
			allowRaw: this.#settings.allowRaw,
			saveSoon: () => void this.#save().catch(() => undefined),
		});
	}

	capabilities(conversation: RemoteConversationId): ConversationCapabilities {
		return this.#session?.capabilities(conversation) ?? noConversationCapabilities;
	}

	signal(signal: HostSignal): void {
		if (signal === 'user-active' || signal === 'user-idle') {
			this.#active = signal === 'user-active';
			this.#session?.setActive(this.#active);
		} else this.#stream?.probe();
	}

	/** Looks for the message in the archive: whether it is there decides if sending again would double it. */
	async outcomeOf(
		action: AdapterAction,
		attemptedAt: number,
	): Promise<ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown'> {
		if (!isSend(action)) return 'resend-safe';
		if (this.#sent.isOpen(action.txnId)) return { kind: 'pending' };
		const session = this.#session;
		if (session === null || !session.capabilities(action.conversation).history.startsWith('scroll')) return 'unknown';
		return searchArchive(session, action.conversation, action.txnId, attemptedAt);
	}

	async forget(): Promise<void> {
		await this.#store.clear();
		await this.#context.secrets.set('token', null);
	}

	#online(): Session {
		const session = this.#session;
		if (session === null || this.#stream === null || this.#stream.over) throw notConnected();
		return session;
	}

	async #upload(request: UploadRequest, signal: AbortSignal): ReturnType<MediaFacet['upload']> {
		const session = this.#online();
		return this.#files.upload(session.stream.iq, request, AbortSignal.any([signal, session.signal]));
	}

	async #download(reference: string, signal: AbortSignal): ReturnType<MediaFacet['download']> {
		return this.#files.download(reference, AbortSignal.any([signal, this.#online().signal]));
	}

	async #page(request: HistoryRequest, signal: AbortSignal): Promise<HistoryPage> {
		const session = this.#online();
		if (session.capabilities(request.conversation).history !== 'scrollback')
			throw new ChatException(chatError('unsupported', 'no history on the server'));
		const io = {
			archive: session.archive,
			view: () => session.view('archive'),
			emit: () => Promise.resolve(),
			known: this.#context.known,
		};
		return historyPage(io, request, session.archiveOf(request.conversation), AbortSignal.any([signal, session.signal]));
	}

	// ---- one attempt ---------------------------------------------------------------------------------------------

	async #attempt(signal: AbortSignal): Promise<ConnectionEnd> {
		if (signal.aborted) return { kind: 'stopped' };
		const pump = new EventPump(
			(batch) => this.#context.emit(batch),
			(error) => this.#stream?.fail(error),
		);
		const over = new AbortController();
		const saved = await this.#store.load();
		if (this.#sent.session === 0) this.#sent.restore(saved?.queue ?? []);
		await this.#ensureUserAgent();
		let end: (error: ChatException | null) => void = () => undefined;
		const ended = new Promise<ChatException | null>((resolve) => {
			end = resolve;
		});
		const stream = new XmppStream(
			{
				tls: {
					domain: this.#jid.domain,
					ca: [...this.#context.extraCa, ...this.#settings.ca],
					pinned: this.#settings.pinned,
				},
				manual: this.#settings.endpoint,
				redirect: this.#redirect,
				login: {
					jid: this.#jid,
					resource: this.#settings.resource,
					password: await this.#context.secrets.get('password'),
					token: readToken(await this.#context.secrets.get('token')),
					saslMemory: this.#settings.sasl,
					userAgentId: this.#settings.userAgentId ?? '',
					clientName: this.#context.client.name,
					now: this.#context.clock.now(),
				},
				resume: saved,
				clock: this.#context.clock,
				random: this.#context.random,
			},
			{
				step: (step) => void pump.push([{ type: 'connection', state: { kind: 'step', step } }]).catch(() => undefined),
				stanza: (element) => (this.#session === null ? undefined : dispatchStanza(this.#session, element)),
				acked: (stanzas) => {
					const events = this.#sent.acked(stanzas, this.#context.clock.now());
					if (events.length > 0) void pump.push(events).catch(() => undefined);
				},
				saveSession: () => this.#save(),
				wire: (direction, line) => this.#context.log.wire(direction, line),
				ended: (error) => {
					over.abort();
					end(error);
				},
			},
		);
		this.#stream = stream;
		const abort = (): void => stream.fail(new ChatException(chatError('cancelled')));
		signal.addEventListener('abort', abort, { once: true });
		try {
			await this.#run(stream, pump, over.signal, signal);
			const error = await ended;
			return this.#judgeEnd(error, signal);
		} catch (error) {
			const typed = error instanceof ChatException ? error : new ChatException(chatError('internal'), error);
			stream.fail(typed);
			return await this.#judgeEnd((await ended) ?? typed, signal);
		} finally {
			signal.removeEventListener('abort', abort);
			this.#session?.detached();
			if (this.#stopping === null || this.#stopping === 'suspend') await this.#save().catch(() => undefined);
			else await this.#store.clear().catch(() => undefined);
		}
	}

	async #run(stream: XmppStream, pump: EventPump, over: AbortSignal, signal: AbortSignal): Promise<void> {
		const features = await stream.secure(signal);
		const result = await stream.logIn(signal, features);
		this.#redirects = 0;
		this.#redirect = null;
		await this.#remember(result);
		await pump.push([
			{
				type: 'security',
				security: {
					encrypted: true,
					verifiedBy: stream.security?.verifiedBy ?? 'none',
					protocol: stream.security?.protocol ?? null,
					auth: result.auth,
				},
			},
		]);
		this.#sent.session++;
		const old = this.#session;
		const goesOn = result.kind === 'resumed' && old !== null && old.ready;
		const session = goesOn ? old : new Session(await this.#parts(pump, result.jid), stream, over);
		if (goesOn) session.attach(stream, over, pump);
		this.#session = session;
		if (result.kind === 'resumed') this.#sent.carryOver();
		await this.#save();
		stream.deliver(result.unsent);
		if (goesOn) await goOn(session);
		else await bringUpToDate(session, result.carbons);
		session.setActive(this.#active);
	}

	async #parts(pump: EventPump, self: Jid): Promise<ConstructorParameters<typeof Session>[0]> {
		const known = await this.#context.known.conversations();
		const nick = this.#settings.nick ?? (unescapeLocal(this.#jid.local) || this.#jid.domain);
		return {
			context: this.#context,
			pump,
			sent: this.#sent,
			self,
			nick,
			presence: () => this.#presence,
			allowRaw: this.#settings.allowRaw,
			groups: known.filter(({ joined, kind }) => joined && kind !== 'direct').map(({ remoteId }) => remoteId),
			files: this.#files,
			position: readPosition(await this.#context.cursor()),
		};
	}

	async #judgeEnd(error: ChatException | null, signal: AbortSignal): Promise<ConnectionEnd> {
		if (this.#stopping !== null || signal.aborted) return { kind: 'stopped' };
		if (error === null) return { kind: 'failed', error: chatError('connection-closed') };
		if (error instanceof CertificateError) {
			this.#offered = { id: certificateDecision, fingerprint: error.certificate.fingerprint };
			await this.#context
				.emit({
					origin: 'live',
					events: [
						{
							type: 'decision-needed',
							id: certificateDecision,
							question: { kind: 'certificate', ...error.certificate },
						},
					],
				})
				.catch(() => undefined);
		}
		if (error instanceof SeeOtherHost && this.#redirects < maxRedirects) {
			this.#redirects++;
			this.#redirect = readHostPort(error.target);
			if (this.#redirect !== null) return { kind: 'restart' };
		}
		return { kind: 'failed', error: error.error };
	}

	async #answerDecision(action: Extract<AdapterAction, { type: 'answer-decision' }>): Promise<ActionOutcome> {
		const offered = this.#offered;
		if (offered === null || action.decision !== offered.id)
			return { kind: 'rejected', error: chatError('bad-input', 'no such question') };
		this.#offered = null;
		if (action.answer.kind === 'certificate' && action.answer.accept)
			await this.#change({ pinned: offered.fingerprint });
		await this.#context
			.emit({ origin: 'live', events: [{ type: 'decision-withdrawn', id: offered.id }] })
			.catch(() => undefined);
		return done;
	}

	async #change(change: Partial<XmppSettings>): Promise<void> {
		this.#settings = { ...this.#settings, ...change };
		await this.#context.saveSettings(writeSettings(this.#settings));
	}

	async #ensureUserAgent(): Promise<void> {
		if (this.#settings.userAgentId === null) await this.#change({ userAgentId: this.#context.random.uuid() });
	}

	async #remember(result: Negotiated): Promise<void> {
		const memory = this.#settings.sasl;
		if (memory?.strength !== result.saslMemory.strength || memory.binding !== result.saslMemory.binding)
			await this.#change({ sasl: result.saslMemory });
		if (result.token !== undefined)
			await this.#context.secrets.set('token', result.token === null ? null : JSON.stringify(result.token));
	}

	async #save(): Promise<void> {
		const snapshot = this.#stream?.sm.snapshot() ?? null;
		if (snapshot !== null) await this.#store.save(snapshot);
	}
}

/** `host`, `host:port` or `[v6]:port`; null when it is neither. */
export function readHostPort(text: string): Endpoint | null {
	const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s/]+)(?::(\d{1,5}))?$/.exec(text.trim());
	const host = match?.[1];
	const port = Number(match?.[2] ?? '5222');
	if (host === undefined || port < 1 || port > 65_535) return null;
	return { host: host.replace(/^\[|\]$/g, ''), port, direct: false };
}
