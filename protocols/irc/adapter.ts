/** The IRC adapter: settings and secrets in, one connection at a time, actions to whichever connection is alive. */
import type { ActionOutcome, AdapterAction } from '../adapter/actions.ts';
import type {
	HistoryFacet,
	HistoryPage,
	HistoryRequest,
	HostSignal,
	MediaFacet,
	UploadRequest,
	ProtocolAdapter,
	DirectoryFacet,
	DirectoryRoom,
} from '../adapter/adapter.ts';
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import type { AdapterEvent } from '../adapter/events.ts';
import { type ConversationCapabilities, noConversationCapabilities } from '../model/capabilities.ts';
import type { OwnPresence } from '../model/entities.ts';
import { type ChatError, ChatException, chatError, toChatError } from '../model/errors.ts';
import { type RemoteConversationId, decisionId } from '../model/ids.ts';
import { WebClient } from '../web/web-client.ts';
import { BlockList } from './block-list.ts';
import { IrcConnection } from './connection.ts';
import { channelCapabilities, directCapabilities, leftCapabilities } from './features.ts';
import { ownFileHost, uploadFile } from './filehost.ts';
import { CertificateException, type Link, openLink } from './link.ts';
import { asText, messagesOf, textOf } from './outgoing.ts';
import { ContactBook } from './people.ts';
import type { RegistrationOptions } from './registration.ts';
import { Rejoin } from './rejoin.ts';
import { type IrcSettings, readSettings, secretNames } from './settings.ts';
import { type StsPolicy, StsStore, parseSts } from './sts.ts';

const linkTimeoutMs = 20_000;
/** Bytes; the engine has a bound of its own. */
const maxDownload = 1024 ** 3;
const decisions = {
	certificate: decisionId('certificate'),
	name: decisionId('name'),
	login: decisionId('login'),
} as const;
/** Private key under which it is remembered that the server once had SCRAM. */
const scramKey = 'saw-scram';

interface Endpoint {
	readonly port: number;
	readonly tls: boolean;
}

export class IrcAdapter implements ProtocolAdapter {
	readonly #context: AdapterContext;
	readonly #contacts: ContactBook;
	readonly #blocked: BlockList;
	readonly #sts: StsStore;
	readonly #rejoin: Rejoin;
	#connection: IrcConnection | null = null;
	#stop: AbortController | null = null;
	#ended: Promise<unknown> = Promise.resolve();
	#presence: OwnPresence | null = null;
	#offered: string | null = null;
	readonly history: HistoryFacet;
	readonly directory: DirectoryFacet;
	readonly media: MediaFacet;
	readonly #web: WebClient;

	constructor(context: AdapterContext) {
		this.#context = context;
		this.#contacts = new ContactBook(context.store);
		this.#blocked = new BlockList(context.store);
		this.#sts = new StsStore(context.store);
		this.#rejoin = new Rejoin(context);
		this.history = { page: (request, signal) => this.#page(request, signal) };
		this.directory = { rooms: (filter, signal) => this.#rooms(filter, signal) };
		const { ca } = readSettings(context.settings);
		this.#web = new WebClient({
			clock: context.clock,
			ca: [],
			own: {
				has: (origin) => {
					const { session } = this.#connection ?? {};
					return session !== undefined && ownFileHost(session)?.origin === origin;
				},
				ca: [...context.extraCa, ...(ca === null ? [] : [ca])],
			},
		});
		this.media = {
			upload: (request, signal) => this.#upload(request, signal),
			download: (reference, signal) => this.#web.get(reference, { signal, maxBytes: maxDownload }),
		};
	}

	start(signal: AbortSignal): Promise<ConnectionEnd> {
		const stop = new AbortController();
		this.#stop = stop;
		const running = this.#run(AbortSignal.any([signal, stop.signal])).catch(
			(thrown: unknown): ConnectionEnd => ({ kind: 'failed', error: toChatError(thrown) }),
		);
		this.#ended = running;
		return running;
	}

	async #run(signal: AbortSignal): Promise<ConnectionEnd> {
		if (signal.aborted) return { kind: 'stopped' };
		const settings = readSettings(this.#context.settings);
		await Promise.all([this.#contacts.load(), this.#blocked.load(), this.#rejoin.load()]);
		const policy = await this.#sts.get(settings.host, this.#context.clock.now());
		let endpoint: Endpoint =
			!settings.tls && policy !== null ? { port: policy.port, tls: true } : { port: settings.port, tls: settings.tls };
		// One upgrade at most: a TLS link never asks for another.
		for (let round = 0; round < 2; round++) {
			const end = await this.#attempt(settings, endpoint, policy, signal);
			if (end.kind !== 'sts') return end;
			this.#context.log.wire('note', `the server wants TLS on port ${end.port}`);
			endpoint = { port: end.port, tls: true };
		}
		return { kind: 'failed', error: chatError('protocol-violation', 'STS') };
	}

	async #attempt(settings: IrcSettings, endpoint: Endpoint, policy: StsPolicy | null, signal: AbortSignal) {
		const { host } = settings;
		await this.#emit({ type: 'connection', state: { kind: 'step', step: endpoint.tls ? 'securing' : 'connecting' } });
		let link: Link;
		try {
			link = await this.#open(settings, endpoint, signal);
		} catch (thrown) {
			const error = toChatError(thrown);
			if (error.code === 'cancelled') return { kind: 'stopped' } as const;
			if (thrown instanceof CertificateException)
				await this.#emit({
					type: 'decision-needed',
					id: decisions.certificate,
					question: { kind: 'certificate', ...thrown.certificate },
				});
			return { kind: 'failed', error } as const;
		}
		const connection = new IrcConnection({
			context: this.#context,
			settings,
			registration: await this.#registrationOptions(settings, endpoint.tls),
			contacts: this.#contacts,
			blocked: this.#blocked,
			rejoin: this.#rejoin,
			presence: this.#presence,
			link,
			host,
			port: endpoint.port,
		});
		this.#connection = connection;
		const began = this.#context.clock.now();
		const end = await connection.run(signal);
		this.#connection = null;
		await this.#remember(settings, endpoint, connection, policy, began);
		if (end.kind === 'failed') await this.#askAfter(end.error, settings);
		return end;
	}

	async #open(settings: IrcSettings, endpoint: Endpoint, signal: AbortSignal): Promise<Link> {
		const [certificate, key] = await Promise.all([
			this.#context.secrets.get(secretNames.certificate),
			this.#context.secrets.get(secretNames.key),
		]);
		const authorities = [...this.#context.extraCa, ...(settings.ca === null ? [] : [settings.ca])];
		return openLink(
			{
				host: settings.host,
				port: endpoint.port,
				tls: endpoint.tls,
				ca: authorities.length === 0 ? null : authorities.join('\n'),
				clientCertificate: certificate === null ? null : { certificate, key: key ?? certificate },
				pinned: settings.pinned,
				timeoutMs: linkTimeoutMs,
			},
			signal,
			(ms, run) => this.#context.clock.after(ms, run),
		);
	}

	async #registrationOptions(settings: IrcSettings, secure: boolean): Promise<RegistrationOptions> {
		const { secrets, store, random } = this.#context;
		const [password, serverPassword, certificate, scram] = await Promise.all([
			secrets.get(secretNames.password),
			secrets.get(secretNames.server),
			secrets.get(secretNames.certificate),
			store.get(scramKey),
		]);
		const wantsLogin = settings.account !== null && (password !== null || certificate !== null);
		return {
			nick: settings.nick,
			username: settings.username,
			realname: settings.realname,
			serverPassword: serverPassword === '' ? null : serverPassword,
			secure,
			suffix: String(Math.floor(random.fraction() * 90) + 10),
			sasl: wantsLogin
				? {
						account: settings.account ?? settings.nick,
						password,
						hasCertificate: certificate !== null && secure,
						mayShowPassword: secure || settings.insecurePassword,
						mechanism: settings.mechanism,
						sawScram: scram !== null,
						nonce: Buffer.from(random.bytes(24)).toString('base64'),
					}
				: null,
		};
	}

	/** What a connection taught us about the server, for the next one. */
	async #remember(
		settings: IrcSettings,
		endpoint: Endpoint,
		connection: IrcConnection,
		policy: StsPolicy | null,
		began: number,
	): Promise<void> {
		const { clock, store } = this.#context;
		const now = clock.now();
		if (connection.session.account !== null || connection.wasOnline) {
			if (connection.offersScram) await store.set([{ key: scramKey, value: new Uint8Array([1]) }]);
			await this.#rejoin.saveSeen(Math.max(began, now - 60_000));
		}
		if (!endpoint.tls || connection.securedBy === 'none') return;
		const announced = connection.stsValue;
		const duration = announced === null ? null : parseSts(announced).duration;
		// The clock of a policy starts anew when the link ends, so that a long session does not outlive it.
		if (duration !== null) await this.#sts.set(settings.host, endpoint.port, duration, now);
		else if (policy !== null && announced === null && connection.wasOnline)
			await this.#sts.set(settings.host, policy.port, policy.duration, now);
	}

	/** Errors that only the user can end come with a question. */
	async #askAfter(error: ChatError, settings: IrcSettings): Promise<void> {
		if (error.code === 'name-in-use' || error.code === 'name-invalid')
			await this.#emit({
				type: 'decision-needed',
				id: decisions.name,
				question: { kind: 'name-in-use', name: settings.nick, suggestion: `${settings.nick}_` },
			});
		if (error.code === 'auth-failed')
			await this.#emit({ type: 'decision-needed', id: decisions.login, question: { kind: 'login', error } });
	}

	async #emit(event: AdapterEvent): Promise<void> {
		if (event.type === 'decision-needed' && event.question.kind === 'certificate')
			this.#offered = event.question.fingerprint;
		await this.#context.emit({ origin: 'live', events: [event] }).catch(() => {
			throw new ChatException(chatError('storage-failed'));
		});
	}

	async stop(reason: 'user' | 'suspend' | 'shutdown'): Promise<void> {
		this.#connection?.quit(reason === 'suspend' ? 'suspended' : '');
		if (this.#connection === null) this.#stop?.abort();
		await this.#ended;
	}

	async perform(action: AdapterAction): Promise<ActionOutcome> {
		if (action.type === 'answer-decision') return this.#answer(action);
		if (action.type === 'presence') this.#presence = action.presence;
		const connection = this.#connection;
		if (connection === null) return { kind: 'rejected', error: chatError('connection-lost', null, { retry: 'later' }) };
		return connection.perform(action);
	}

	async #answer(action: Extract<AdapterAction, { type: 'answer-decision' }>): Promise<ActionOutcome> {
		const { answer } = action;
		const done: ActionOutcome = { kind: 'accepted', ids: [], time: null };
		try {
			if (answer.kind === 'certificate' && answer.accept && this.#offered !== null)
				await this.#change({ pinned: this.#offered });
			if (answer.kind === 'name-in-use') await this.#change({ nick: answer.name.trim() });
			if (answer.kind === 'login') await this.#context.secrets.set(await this.#secretToAsk(), answer.secret);
			return done;
		} catch (thrown) {
			return { kind: 'rejected', error: toChatError(thrown) };
		}
	}

	async #secretToAsk(): Promise<string> {
		return readSettings(this.#context.settings).account === null ? secretNames.server : secretNames.password;
	}

	async #change(part: Partial<IrcSettings>): Promise<void> {
		const next = readSettings({ ...readSettings(this.#context.settings), ...part });
		await this.#context.saveSettings(next);
	}

	capabilities(conversation: RemoteConversationId): ConversationCapabilities {
		const connection = this.#connection;
		if (connection === null || !connection.isOnline) return noConversationCapabilities;
		const { session } = connection;
		const channel = session.channel(conversation);
		if (channel !== undefined) return channelCapabilities(session, channel);
		return session.isChannel(conversation) ? leftCapabilities : directCapabilities(session, conversation);
	}

	async outcomeOf(
		action: AdapterAction,
		attemptedAt: number,
	): Promise<ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown'> {
		const connection = this.#connection;
		// Setting a state twice is the same as once.
		if (action.type === 'mark-read' || action.type === 'presence' || action.type === 'set-topic') return 'resend-safe';
		const sent = action.type === 'send-file' ? asText(action) : action;
		if (connection === null || sent.type !== 'send') return 'unknown';
		try {
			const texts = messagesOf(sent.content, sent.conversation, connection.session).map(textOf);
			return await connection.history.outcomeOf(sent, attemptedAt, texts);
		} catch {
			return 'unknown';
		}
	}

	signal(signal: HostSignal): void {
		if (signal === 'wake' || signal === 'network-online') this.#connection?.probe();
	}

	#page(request: HistoryRequest, signal: AbortSignal): Promise<HistoryPage> {
		const connection = this.#connection;
		if (connection === null || !connection.isOnline)
			return Promise.reject(new ChatException(chatError('connection-lost')));
		return connection.history.page(request, signal);
	}

	async #upload(request: UploadRequest, signal: AbortSignal): ReturnType<MediaFacet['upload']> {
		const session = this.#connection?.session;
		const { account } = readSettings(this.#context.settings);
		const password = await this.#context.secrets.get(secretNames.password);
		if (session === undefined) throw new ChatException(chatError('connection-lost', null, { retry: 'later' }));
		if (account === null || password === null) throw new ChatException(chatError('unsupported', 'files'));
		const source = await uploadFile(session, this.#web, { account, password }, request, signal);
		return { source, thumbnail: null };
	}

	#rooms(filter: string, signal: AbortSignal): AsyncIterable<readonly DirectoryRoom[]> {
		const connection = this.#connection;
		if (connection === null) throw new ChatException(chatError('connection-lost'));
		return connection.directory.rooms(filter, signal);
	}
}
