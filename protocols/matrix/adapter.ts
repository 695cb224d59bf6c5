/** The Matrix adapter: one account, from the engine's side. */
import { type ActionOutcome, type AdapterAction, done } from '../adapter/actions.ts';
import type { DirectoryFacet, HistoryFacet, HostSignal, MediaFacet, ProtocolAdapter } from '../adapter/adapter.ts';
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import { assertNever } from '../model/assert-never.ts';
import { type ConversationCapabilities, noConversationCapabilities } from '../model/capabilities.ts';
import type { DecisionAnswer } from '../model/entities.ts';
import { type ChatError, chatError, ChatException, fail, toChatError } from '../model/errors.ts';
import { type DecisionId, decisionId, type RemoteConversationId } from '../model/ids.ts';
import { WebClient } from '../web/web-client.ts';
import { logIn } from './auth.ts';
import { Connection, type LoggedOut } from './connection.ts';
import { directoryOf } from './directory.ts';
import { userAgentOf } from './discovery.ts';
import { historyOf } from './history.ts';
import { HomeserverHttp, type Tokens } from './http.ts';
import { mediaOf } from './media.ts';
import {
	editMessage,
	isIdempotent,
	markRead,
	outcomeOfFailure,
	react,
	removeMessage,
	sendFile,
	sendMessage,
	setTyping,
} from './outgoing.ts';
import { setOwnPresence } from './presence.ts';
import { pause } from './retry.ts';
import {
	answerInvite,
	createRoom,
	joinRoom,
	knock,
	leaveRoom,
	moderate,
	openDirect,
	requireUser,
	saveDirect,
	setDisplayName,
	setIgnored,
	setRole,
	setRoomNick,
	setState,
	whois,
} from './room-actions.ts';
import { clientApi, type Session } from './session.ts';
import { type MatrixSettings, readSettings, secretNames, tlsRulesOf } from './settings.ts';
import { dropSyncStore } from './sync-store.ts';
import { CertificateException, type CertificateQuestion } from './tls.ts';

/** How long a transaction id surely is remembered by the server; Synapse keeps them for a day. */
const idempotentMs = 20 * 60 * 60 * 1000;
const stopMs = 3000;
/** The engine's own bound is lower; this one only ends a body without an end. */
const maxFileBytes = 1024 * 1024 * 1024;
const politeMs = 1500;
const forgetMs = 5000;

export class MatrixAdapter implements ProtocolAdapter {
	readonly #context: AdapterContext;
	#settings: MatrixSettings;
	#connection: Connection | null = null;
	#running: Promise<unknown> | null = null;
	readonly #decisions = new Map<DecisionId, (answer: DecisionAnswer) => void>();
	#abort: AbortController | null = null;
	readonly history: HistoryFacet;
	readonly directory: DirectoryFacet;
	readonly media: MediaFacet;

	constructor(context: AdapterContext) {
		this.#context = context;
		this.#settings = readSettings(context.settings);
		const session = (): Session => this.#session();
		const pages = historyOf(session);
		this.history = {
			page: (request, signal) => {
				this.#connection?.wantMembers(request.conversation);
				return pages.page(request, signal);
			},
		};
		this.directory = directoryOf(session);
		const web = new WebClient({ clock: context.clock, ca: context.extraCa });
		this.media = mediaOf(session, (address, signal) => web.get(address, { signal, maxBytes: maxFileBytes }));
	}

	async start(signal: AbortSignal): Promise<ConnectionEnd> {
		const abort = new AbortController();
		this.#abort = abort;
		const run = this.#run(AbortSignal.any([signal, abort.signal]));
		this.#running = run;
		try {
			return await run;
		} catch (thrown) {
			return { kind: 'failed', error: toChatError(thrown) };
		} finally {
			this.#running = null;
			this.#connection = null;
		}
	}

	async #run(signal: AbortSignal): Promise<ConnectionEnd> {
		const access = await this.#context.secrets.get(secretNames.access);
		if (access === null)
			return this.#askLogin({ kind: 'logged-out', soft: true, error: chatError('session-expired') }, signal);
		const tokens: Tokens = { access, refresh: await this.#context.secrets.get(secretNames.refresh) };
		const connection = new Connection(this.#context, this.#settings, tokens);
		this.#connection = connection;
		try {
			const end = await connection.run(signal);
			return end.kind === 'logged-out' ? await this.#askLogin(end, signal) : end;
		} catch (thrown) {
			if (thrown instanceof CertificateException) return this.#askCertificate(thrown, signal);
			throw thrown;
		}
	}

	/** The server ended the session: with the password the same device goes on, unless the server forgot it. */
	async #askLogin(out: LoggedOut, signal: AbortSignal): Promise<ConnectionEnd> {
		let { error } = out;
		for (;;) {
			await this.#degraded(error);
			const answer = await this.#ask({ kind: 'login', error }, signal);
			if (answer === null) return { kind: 'stopped' };
			if (answer.kind !== 'login') return { kind: 'failed', error };
			try {
				await this.#logInAgain(answer.secret, out.soft, signal);
				return { kind: 'restart' };
			} catch (thrown) {
				error = toChatError(thrown);
				if (error.source === 'network') return { kind: 'failed', error };
			}
		}
	}

	async #logInAgain(password: string, soft: boolean, signal: AbortSignal): Promise<void> {
		const { homeserver, userId, deviceId } = this.#settings;
		const http = new HomeserverHttp({
			baseUrl: homeserver,
			tls: tlsRulesOf(this.#settings, this.#context.extraCa),
			clock: this.#context.clock,
			log: this.#context.log,
			userAgent: userAgentOf(this.#context.client),
			tokens: null,
		});
		try {
			const session = await logIn(
				http,
				{ user: userId, password, deviceId: soft ? deviceId : null, deviceName: this.#context.client.name },
				signal,
			);
			if (session.userId !== userId) fail('auth-failed', 'the password belongs to another user');
			if (session.deviceId !== deviceId) {
				await dropSyncStore(this.#context.store);
				this.#settings = { ...this.#settings, deviceId: session.deviceId };
				await this.#context.saveSettings(this.#settings);
			}
			await this.#context.secrets.set(secretNames.refresh, session.refresh);
			await this.#context.secrets.set(secretNames.access, session.access);
		} finally {
			http.close();
		}
	}

	async #askCertificate(refused: CertificateException, signal: AbortSignal): Promise<ConnectionEnd> {
		await this.#degraded(refused.error);
		const answer = await this.#ask(refused.question, signal);
		if (answer === null) return { kind: 'stopped' };
		if (answer.kind !== 'certificate' || !answer.accept) return { kind: 'failed', error: refused.error };
		this.#settings = { ...this.#settings, pin: refused.question.fingerprint };
		await this.#context.saveSettings(this.#settings);
		return { kind: 'restart' };
	}

	#degraded(error: ChatError): Promise<void> {
		return this.#context.emit({
			origin: 'live',
			events: [{ type: 'connection', state: { kind: 'degraded', error, retryAt: null } }],
		});
	}

	/** Null when the session was stopped before the user answered. */
	async #ask(
		question: CertificateQuestion | { readonly kind: 'login'; readonly error: ChatError },
		signal: AbortSignal,
	): Promise<DecisionAnswer | null> {
		const id = decisionId(this.#context.random.uuid());
		const answered = Promise.withResolvers<DecisionAnswer | null>();
		const stop = (): void => answered.resolve(null);
		if (signal.aborted) stop();
		signal.addEventListener('abort', stop, { once: true });
		this.#decisions.set(id, answered.resolve);
		await this.#context.emit({ origin: 'live', events: [{ type: 'decision-needed', id, question }] });
		const answer = await answered.promise;
		this.#decisions.delete(id);
		signal.removeEventListener('abort', stop);
		await this.#context.emit({ origin: 'live', events: [{ type: 'decision-withdrawn', id }] });
		return answer;
	}

	async stop(reason: 'user' | 'suspend' | 'shutdown'): Promise<void> {
		const connection = this.#connection;
		const { clock } = this.#context;
		if (reason === 'user' && connection?.online === true) {
			const bye = setOwnPresence(connection.session, { availability: 'invisible', statusText: '' }).catch(
				() => undefined,
			);
			await Promise.race([bye, pause(clock, politeMs, connection.session.signal)]);
		}
		this.#abort?.abort();
		connection?.stop();
		if (this.#running !== null)
			await Promise.race([this.#running.catch(() => undefined), pause(clock, stopMs, new AbortController().signal)]);
	}

	async perform(action: AdapterAction): Promise<ActionOutcome> {
		if (action.type === 'answer-decision') {
			this.#decisions.get(action.decision)?.(action.answer);
			return done;
		}
		if (this.#connection?.online !== true) return { kind: 'rejected', error: notConnected() };
		try {
			return await this.#perform(this.#session(), action);
		} catch (thrown) {
			return outcomeOfFailure(thrown, action) ?? { kind: 'rejected', error: toChatError(thrown) };
		}
	}

	/** Exhaustive list of what Matrix can do; longer than other functions because it is a table. */
	#perform(
		session: Session,
		action: Exclude<AdapterAction, { type: 'answer-decision' }>,
	): Promise<ActionOutcome> | ActionOutcome {
		switch (action.type) {
			case 'send':
				return sendMessage(session, action);
			case 'send-file':
				return sendFile(session, action);
			case 'edit':
				return editMessage(session, action);
			case 'remove':
				return removeMessage(session, action);
			case 'react':
				return react(session, action);
			case 'mark-read':
				this.#connection?.wantMembers(action.conversation);
				return markRead(session, action);
			case 'typing':
				return setTyping(session, action);
			case 'presence':
				return setOwnPresence(session, action.presence).then(() => done);
			case 'join':
				return joinRoom(session, action);
			case 'leave':
				return leaveRoom(session, action);
			case 'create-room':
				return createRoom(session, action);
			case 'open-direct':
				return openDirect(session, action);
			case 'set-topic':
				return setState(session, action.conversation, 'm.room.topic', { topic: action.topic });
			case 'set-room-name':
				return setState(session, action.conversation, 'm.room.name', { name: action.name });
			case 'invite':
			case 'kick':
			case 'ban':
			case 'unban':
				return moderate(session, action);
			case 'set-role':
				return setRole(session, action);
			case 'answer-invite':
				return answerInvite(session, action);
			case 'contact-add':
				return openDirect(session, { type: 'open-direct', user: action.user });
			case 'contact-remove':
				return this.#removeContact(session, action.user);
			case 'block':
			case 'unblock':
				return setIgnored(session, requireUser(session, action.user), action.type === 'block');
			case 'set-display-name':
				return setDisplayName(session, action.name);
			case 'whois':
				return whois(session, action);
			case 'slash':
				return this.#slash(session, action);
			case 'contact-update':
			case 'contact-authorise':
			case 'raw':
				return { kind: 'rejected', error: chatError('unsupported') };
			default:
				return assertNever(action);
		}
	}

	/** The rooms stay; they are only no longer listed as one-to-one chats with this person. */
	async #removeContact(session: Session, user: string): Promise<ActionOutcome> {
		for (const direct of session.rooms.directPeers().filter((entry) => entry.user === user))
			await saveDirect(session, { room: direct.room, user: null });
		return done;
	}

	#slash(session: Session, action: Extract<AdapterAction, { type: 'slash' }>): Promise<ActionOutcome> | ActionOutcome {
		if (action.name === 'knock') return knock(session, action.args);
		if (action.name === 'roomnick' && action.conversation !== null && action.args.trim() !== '')
			return setRoomNick(session, action.conversation, action.args.trim());
		return { kind: 'rejected', error: chatError(action.name === 'roomnick' ? 'bad-input' : 'unsupported') };
	}

	capabilities(conversation: RemoteConversationId): ConversationCapabilities {
		return this.#connection?.session.rooms.capabilities(conversation) ?? noConversationCapabilities;
	}

	/** The server answers a repeated transaction id with the event it already has. */
	outcomeOf(action: AdapterAction, attemptedAt: number): Promise<'resend-safe' | 'unknown'> {
		const fresh = this.#context.clock.now() - attemptedAt < idempotentMs;
		return Promise.resolve(!isIdempotent(action) || fresh ? 'resend-safe' : 'unknown');
	}

	signal(signal: HostSignal): void {
		if (signal === 'network-online' || signal === 'wake') this.#connection?.retryNow();
	}

	/** Ends the session on the server, so that the token of a deleted account is worth nothing. */
	async forget(): Promise<void> {
		const access = await this.#context.secrets.get(secretNames.access);
		if (access === null) return;
		const { homeserver } = this.#settings;
		const http = new HomeserverHttp({
			baseUrl: homeserver,
			tls: tlsRulesOf(this.#settings, this.#context.extraCa),
			clock: this.#context.clock,
			log: this.#context.log,
			userAgent: userAgentOf(this.#context.client),
			tokens: { access, refresh: null },
		});
		await http.request('POST', `${clientApi}/logout`, { body: {}, timeoutMs: forgetMs }).catch(() => undefined);
		http.close();
	}

	/** @throws {ChatException} `connection-lost` while there is no live session */
	#session(): Session {
		if (this.#connection?.online !== true) throw new ChatException(notConnected());
		return this.#connection.session;
	}
}

const notConnected = (): ChatError => chatError('connection-lost', null, { retry: 'later' });
