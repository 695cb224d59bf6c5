/** One registered or registering link: wires wire layer, session and handlers together, and ends exactly once. */
import type { ActionOutcome, AdapterAction } from '../adapter/actions.ts';
import type { AdapterContext } from '../adapter/context.ts';
import { type ChatError, ChatException, chatError, toChatError } from '../model/errors.ts';
import type { RemoteConversationId } from '../model/ids.ts';
import type { ActionHost } from './action-host.ts';
import { perform } from './actions.ts';
import type { IrcBatch } from './batches.ts';
import { Capabilities } from './capabilities.ts';
import { Blocking } from './blocking.ts';
import { CatchUp } from './catch-up.ts';
import { type ClientListener, type CollectedReply, IrcClient, type LineContext } from './client.ts';
import type { ConnectionOptions, SessionEnd } from './connection-options.ts';
import { Directory } from './directory.ts';
import { EventSink } from './event-sink.ts';
import { accountCapabilities, channelCapabilities, directCapabilities } from './features.ts';
import { History } from './handlers/history.ts';
import { whoxFields } from './handlers/membership.ts';
import { onMultiline } from './handlers/messages.ts';
import { onCollected } from './handlers/server.ts';
import { handleLine } from './line-handling.ts';
import { formatLine, type IrcLine } from './line.ts';
import { LateLogin } from './late-login.ts';
import { identify } from './nickserv.ts';
import { NickKeeper } from './nick-keeper.ts';
import { Keepalive } from './keepalive.ts';
import { type ContactBook, Watcher } from './people.ts';
import { rejoin } from './rejoin.ts';
import { Registration, type RegistrationResult } from './registration.ts';
import { Requests } from './requests.ts';
import type { Blocks, Runtime } from './runtime.ts';
import { SendQueue, safePace } from './send-queue.ts';
import { Session } from './session.ts';
import { Timers } from './timers.ts';
import type { IrcSettings } from './settings.ts';

/** Milliseconds a server may take to answer CAP LS, to register us, and to end its greeting. */
const waits = { caps: 5000, registration: 60_000, greeting: 10_000, settle: 30_000, quit: 1500, flush: 2000 } as const;

/** Channels up to this size are asked who is away; larger ones would flood us. */
const maxWho = 200;

export class IrcConnection implements Runtime, ActionHost, ClientListener {
	readonly context: AdapterContext;
	readonly settings: IrcSettings;
	readonly session: Session;
	readonly sink: EventSink;
	readonly requests: Requests;
	readonly history: History;
	readonly directory: Directory;
	readonly contacts: ContactBook;
	readonly blocking: Blocking;
	readonly blocks: Blocks;
	readonly watcher: Watcher;
	readonly runtime: Runtime = this;
	readonly #options: ConnectionOptions;
	readonly #client: IrcClient;
	readonly #queue: SendQueue;
	readonly #registration: Registration;
	readonly #keepalive: Keepalive;
	readonly #nicks: NickKeeper;
	readonly #lateLogin: LateLogin;
	readonly #timers: Timers;
	readonly #catchUp: CatchUp;
	#state: 'registering' | 'greeting' | 'online' | 'closing' | 'over' = 'registering';
	#finish: (end: SessionEnd) => void = () => undefined;
	#reason: ChatError | null = null;
	#registered: Extract<RegistrationResult, { kind: 'registered' }> | null = null;
	#batch = 0;
	#wasOnline = false;

	constructor(options: ConnectionOptions) {
		const { context, settings } = options;
		this.#options = options;
		this.context = context;
		this.#timers = new Timers(context.clock);
		this.settings = settings;
		this.contacts = options.contacts;
		this.blocking = new Blocking(this, options.blocked, options.contacts);
		this.blocks = this.blocking;
		this.#client = new IrcClient(options.link, options, context.clock, context.log, this);
		const caps = new Capabilities((params) => this.#client.write(formatLine('CAP', params)));
		this.session = new Session(caps);
		this.session.nick = options.registration.nick;
		this.session.link.host = options.host;
		this.session.link.encrypted = options.link.security.encrypted;
		this.#queue = new SendQueue(
			context.clock,
			(line) => this.#client.write(line),
			settings.pace === 'safe' ? safePace : null,
		);
		this.requests = new Requests(
			context.clock,
			this.#queue,
			this.#client.labels,
			() => caps.has('labeled-response') && caps.has('batch'),
		);
		this.sink = new EventSink(this.session, {
			emit: (batch) => context.emit(batch),
			pause: () => this.#client.pause(),
			resume: () => this.#client.resume(),
			failed: () => this.#end({ kind: 'failed', error: chatError('storage-failed') }),
		});
		this.history = new History(this);
		this.#catchUp = new CatchUp(this, this.history, options.rejoin);
		this.directory = new Directory(this);
		this.watcher = new Watcher(this);
		this.#registration = new Registration(
			options.registration,
			caps,
			(command, params) => this.#client.write(formatLine(command, params)),
			(step) => this.sink.push({ type: 'connection', state: { kind: 'step', step } }),
			(result) => this.#onRegistered(result),
		);
		this.#keepalive = new Keepalive(
			context.clock,
			() => this.requests.send('PING', [`parley${this.#batch++}`], { priority: 'urgent' }),
			() => this.#client.destroy(chatError('connection-lost', 'no answer to PING')),
		);
		this.#nicks = new NickKeeper(this, settings.nick);
		this.#lateLogin = new LateLogin(
			this,
			options.registration.sasl,
			(line) => this.#client.write(line),
			(auth) => this.sink.push({ type: 'security', security: { ...options.link.security, auth } }),
		);
	}

	/** Whether the server offered SCRAM on this link. */
	get offersScram(): boolean {
		return this.#registration.offersScram;
	}
	/** Seconds of STS policy announced on this link, or null. */
	get stsValue(): string | null {
		return this.session.caps.offered.get('sts') ?? null;
	}
	get securedBy(): 'system' | 'custom-ca' | 'pinned' | 'none' {
		return this.#options.link.security.verifiedBy;
	}
	get wasOnline(): boolean {
		return this.#wasOnline;
	}
	get isOnline(): boolean {
		return this.#state === 'online';
	}

	run(signal: AbortSignal): Promise<SessionEnd> {
		return new Promise((resolve) => {
			const onAbort = (): void => this.quit('');
			this.#finish = (end) => {
				signal.removeEventListener('abort', onAbort);
				resolve(end);
			};
			if (signal.aborted) return this.#end({ kind: 'stopped' });
			signal.addEventListener('abort', onAbort, { once: true });
			this.#timers.after(waits.caps, () => this.#registration.noCapabilities());
			this.#timers.after(waits.registration, () => {
				if (this.#state === 'registering')
					this.#end({ kind: 'failed', error: chatError('connection-timeout', 'no welcome from the server') });
			});
			this.#keepalive.start();
			this.#client.open();
			this.#registration.start();
			this.sink.push({ type: 'connection', state: { kind: 'step', step: 'registering' } });
			void this.sink.flush();
		});
	}

	/** Says goodbye and ends; the server gets a moment to close the link itself. */
	quit(reason: string): void {
		if (this.#state === 'over' || this.#state === 'closing') return;
		if (this.#state === 'registering') return this.#end({ kind: 'stopped' });
		this.#state = 'closing';
		this.requests.send('QUIT', reason === '' ? [] : [reason], { priority: 'urgent' });
		this.#timers.after(waits.quit, () => this.#end({ kind: 'stopped' }));
	}

	/** The machine woke up or changed its network. */
	probe(): void {
		this.#keepalive.probe();
	}

	async perform(action: AdapterAction): Promise<ActionOutcome> {
		if (this.#state !== 'online')
			return { kind: 'rejected', error: chatError('connection-lost', null, { retry: 'later' }) };
		try {
			const outcome = await perform(action, this);
			await this.sink.flush();
			return outcome;
		} catch (thrown) {
			return { kind: 'rejected', error: toChatError(thrown) };
		}
	}

	// Runtime

	ready(): boolean {
		return this.#state === 'online';
	}
	leaving(): boolean {
		return this.#state === 'closing';
	}
	nextBatch(): string {
		return `b${(this.#batch++).toString(36)}`;
	}
	refresh(conversation: RemoteConversationId): void {
		const channel = this.session.channel(conversation);
		const capabilities =
			channel === undefined
				? directCapabilities(this.session, conversation)
				: channelCapabilities(this.session, channel);
		this.sink.push({ type: 'conversation-upsert', conversation: { remoteId: conversation, capabilities } });
	}
	joined(name: string): void {
		const { session } = this;
		const channel = session.channel(name);
		if (channel === undefined) return;
		this.requests.send('MODE', [channel.name], { priority: 'background' });
		if (channel.members.size <= maxWho) {
			session.asking.add(session.fold(channel.name));
			this.requests.send('WHO', session.isupport.has('WHOX') ? [channel.name, whoxFields] : [channel.name], {
				priority: 'background',
			});
		}
		this.#catchUp.joined(channel);
	}
	closing(error: ChatError): void {
		this.#reason = error;
	}
	nickFreed(nick: string): void {
		this.blocking.freed(nick);
		this.#nicks.freed(nick);
	}
	rememberKey(channel: string, key: string | null): Promise<void> {
		return this.#options.rejoin.rememberKey(channel, key);
	}
	writeRaw(line: string): void {
		this.#queue.push({ line, priority: 'user' });
	}

	// ClientListener

	onBatch(batch: IrcBatch, label: string | null): boolean {
		if (this.history.onBatch(batch)) return true;
		return onMultiline(batch, this, { batches: [batch], label });
	}

	onLine(line: IrcLine, context: LineContext): boolean {
		if (this.#state === 'registering' && this.#registration.handle(line)) return true;
		if (line.command === '001') {
			this.session.server = line.source?.nick ?? '';
			return true;
		}
		if (line.command === 'CAP') return this.#onLateCapability(line);
		if (this.#lateLogin.handle(line)) return true;
		const handled = handleLine(line, context, this);
		if (line.command === '005' && this.session.isupport.safeRate) this.#queue.unlimited();
		if (line.command === '376' || line.command === '422') this.#onGreetingEnd();
		return handled;
	}

	onCollected(reply: CollectedReply): void {
		if (reply.type === 'channel list') this.directory.onRooms(reply.reply);
		else if (reply.type === 'channel list end') this.directory.onEnd();
		else onCollected(reply, this);
	}

	onChunk(): void {
		this.#keepalive.heard();
		void this.sink.flush();
	}

	onClosed(error: ChatError | null): void {
		if (this.#state === 'registering') this.#registration.closed(error);
		if (this.#state === 'closing') return this.#end({ kind: 'stopped' });
		const code = error === null ? 'connection-closed' : 'connection-lost';
		this.#end({ kind: 'failed', error: this.#reason ?? error ?? chatError(code) });
	}

	// Course of a session

	#onRegistered(result: RegistrationResult): void {
		switch (result.kind) {
			case 'sts':
				return this.#end(result);
			case 'failed':
				return this.#end({ kind: 'failed', error: result.error });
			case 'registered':
				break;
		}
		this.#registered = result;
		this.#state = 'greeting';
		const { session, sink } = this;
		session.nick = result.nick;
		session.link.plainLogin = result.auth === 'PLAIN';
		session.know(result.nick);
		session.watched.add(session.fold(result.nick));
		this.#client.setCapabilities(session.caps.enabled);
		sink.push({ type: 'security', security: { ...this.#options.link.security, auth: result.auth } });
		this.#timers.after(waits.greeting, () => this.#onGreetingEnd());
	}

	/** End of the greeting: ISUPPORT is complete. */
	#onGreetingEnd(): void {
		if (this.#state !== 'greeting') return;
		this.#queue.release();
		void this.#goOnline().catch((thrown: unknown) => this.#end({ kind: 'failed', error: toChatError(thrown) }));
	}

	async #goOnline(): Promise<void> {
		const { session, sink, context } = this;
		if (this.#registered?.identify === true) {
			const error = await identify(this, this.#options.registration.sasl);
			if (error !== null) return this.#end({ kind: 'failed', error });
			sink.push({ type: 'security', security: { ...this.#options.link.security, auth: 'NickServ' } });
		}
		if (this.#state !== 'greeting') return;
		this.#state = 'online';
		session.settlingUntil = context.clock.now() + waits.settle;
		this.#wasOnline = true;
		sink.push({ type: 'self', remoteId: session.userId(session.nick), name: session.nick });
		sink.push({ type: 'account-capabilities', capabilities: accountCapabilities(session, this.settings.allowRaw) });
		sink.push({ type: 'contacts-snapshot', contacts: this.blocking.contacts() });
		sink.push({ type: 'connection', state: { kind: 'online' } });
		for (const contact of this.contacts.all) this.watcher.add(contact.nick);
		const { presence } = this.#options;
		if (presence !== null && presence.availability !== 'available') void this.perform({ type: 'presence', presence });
		await sink.flush();
		const known = await context.known.conversations();
		await this.#catchUp.prepare(known.filter(({ joined }) => joined).map(({ remoteId }) => remoteId));
		if (this.#state !== 'online') return;
		await rejoin(this, this.#options.rejoin, known);
		for (const conversation of known) {
			if (conversation.kind !== 'direct' || session.isChannel(conversation.remoteId)) continue;
			this.watcher.add(conversation.remoteId);
			session.introduced.add(conversation.remoteId);
			this.refresh(conversation.remoteId);
		}
		this.watcher.start();
		this.blocking.start();
		this.#nicks.start();
		await this.#catchUp.start();
		await sink.flush();
	}

	/** cap-notify: what comes later is asked for, what goes is forgotten. */
	#onLateCapability(line: IrcLine): boolean {
		const { session } = this;
		const change = session.caps.handle(line);
		if (change?.kind === 'new') {
			session.caps.request(this.#registration.wanted(change.names));
			this.#lateLogin.offered(change.names);
		}
		if (change?.kind === 'changed') {
			this.#client.setCapabilities(session.caps.enabled);
			this.#lateLogin.changed();
			for (const channel of session.channels.values()) this.refresh(channel.id);
		}
		return true;
	}

	#end(end: SessionEnd): void {
		if (this.#state === 'over') return;
		this.#state = 'over';
		this.#timers.clear();
		this.#keepalive.stop();
		this.watcher.stop();
		this.#nicks.stop();
		const error = end.kind === 'failed' ? end.error : chatError('connection-lost', null, { retry: 'later' });
		const lost = error.source === 'network' ? error : chatError('connection-lost', error.detail, { retry: 'later' });
		this.#queue.close(lost);
		this.requests.close(lost);
		this.history.close(lost);
		this.directory.close(new ChatException(lost));
		this.#catchUp.stop();
		this.#client.destroy(null);
		// An engine that cannot commit any more must not keep the session from ending.
		const cancel = this.context.clock.after(waits.flush, () => this.#finish(end));
		void this.sink.flush().then(() => {
			cancel();
			this.#finish(end);
		});
	}
}
