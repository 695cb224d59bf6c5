/**
 * One connection: transport, SDK client and everything that lives as long as they do. The SDK retries `/sync` by
 * itself; that is reported as degraded, and after a bound the connection ends so that the account runner decides.
 */
import type { AdapterContext, ConnectionEnd } from '../adapter/context.ts';
import type { AdapterBatch, AdapterEvent } from '../adapter/events.ts';
import type { LinkSecurity } from '../model/entities.ts';
import { type ChatError, chatError, ChatException, fail, toChatError } from '../model/errors.ts';
import { remoteUserId } from '../model/ids.ts';
import { matrixAccountCapabilities } from './account-capabilities.ts';
import { createSdkClient, localAnswer, startSdkClient } from './client.ts';
import { userAgentOf } from './discovery.ts';
import { EncryptionGuard } from './encryption-guard.ts';
import { isLoggedOut, isSoftLogout } from './errors.ts';
import { HomeserverHttp, type Tokens } from './http.ts';
import { cleanJson, cleanName, get, getString } from './json.ts';
import { localpartOf } from './matrix-id.ts';
import { uploadLimitOf } from './media.ts';
import { askContacts, presenceWorks } from './presence.ts';
import { Rooms } from './rooms.ts';
import { ClientEvent, HttpApiEvent, type MatrixClient, SetPresence, SyncState } from './sdk.ts';
import { clientApi, segment, type Session } from './session.ts';
import { type MatrixSettings, secretNames, tlsRulesOf } from './settings.ts';
import { SyncMapper } from './sync-mapper.ts';
import { membersForSdk, readSync, type SyncResponse } from './sync-response.ts';
import { SyncStore } from './sync-store.ts';

export const connectionLimits = {
	/**
	 * How long the SDK may try to get its sync back before the connection counts as ended. Short: its next try would be
	 * seconds away and nobody could tell when, while the account runner counts down, backs off and can be told to hurry.
	 */
	giveUpMs: 1000,
	/** Events per commit, so that a first sync does not block the engine. */
	batchSize: 400,
	/** How long a send waits for the state of a room just joined. */
	roomStateMs: 10_000,
	/** Rooms up to this size get their whole member list without being asked. */
	eagerMembers: 200,
	eagerRooms: 30,
} as const;

/** Ends that need the user to log in again. */
export type LoggedOut = { readonly kind: 'logged-out'; readonly soft: boolean; readonly error: ChatError };

export class Connection {
	readonly #context: AdapterContext;
	readonly #settings: MatrixSettings;
	readonly #abort = new AbortController();
	readonly #ended = Promise.withResolvers<ConnectionEnd | LoggedOut>();
	readonly #syncs = new WeakMap<object, SyncResponse>();
	readonly #stateWaiters = new Set<() => void>();
	readonly #wantMembers = new Set<string>();
	readonly #entering = new Set<string>();
	readonly #http: HomeserverHttp;
	readonly #store: SyncStore;
	readonly #client: MatrixClient;
	readonly #rooms: Rooms;
	readonly #mapper: SyncMapper;
	readonly #guard: EncryptionGuard;
	readonly session: Session;
	#online = false;
	#live = false;
	#firstEver = false;
	#presenceWorks = true;
	#loadingMembers = false;
	/** What sync does not repeat was asked for; later reconnects get the changes by sync. */
	#welcomed = false;
	#cancelGiveUp: (() => void) | null = null;
	#security = '';

	constructor(context: AdapterContext, settings: MatrixSettings, tokens: Tokens) {
		this.#context = context;
		this.#settings = settings;
		this.#guard = new EncryptionGuard(context.store);
		this.#http = new HomeserverHttp({
			baseUrl: settings.homeserver,
			tls: tlsRulesOf(settings, context.extraCa),
			clock: context.clock,
			log: context.log,
			userAgent: userAgentOf(context.client),
			tokens,
			onTokens: async (fresh) => {
				await context.secrets.set(secretNames.access, fresh.access);
				await context.secrets.set(secretNames.refresh, fresh.refresh);
			},
			onSecurity: (security) => this.#tellSecurity(security),
			// A long poll shows the end of the session only with its next answer; any other request shows it at once.
			onLoggedOut: (error) => this.#end({ kind: 'logged-out', soft: isSoftLogout(error), error: error.error }),
			forSdk: (path, body) => this.#forSdk(path, body),
			localAnswer,
		});
		this.#store = new SyncStore(context.store, {
			commit: (data) => this.#commit(data),
			onHalt: (thrown) => this.#end({ kind: 'failed', error: storageError(thrown) }),
		});
		this.#client = createSdkClient({
			baseUrl: settings.homeserver,
			userId: settings.userId,
			deviceId: settings.deviceId,
			http: this.#http,
			store: this.#store,
		});
		this.#rooms = new Rooms(this.#client, settings.userId, this.#guard);
		this.#mapper = new SyncMapper(this.#rooms);
		this.session = {
			context,
			http: this.#http,
			rooms: this.#rooms,
			mapper: this.#mapper,
			guard: this.#guard,
			me: settings.userId,
			signal: this.#abort.signal,
			entering: this.#entering,
			roomState: (roomId) => this.#awaitRoomState(roomId),
			setSyncPresence: (presence) =>
				void this.#client.setSyncPresence(
					presence === 'online'
						? SetPresence.Online
						: presence === 'offline'
							? SetPresence.Offline
							: SetPresence.Unavailable,
				),
		};
	}

	get online(): boolean {
		return this.#online;
	}

	/** Never rejects, except with a `CertificateException` before anything was sent. */
	async run(signal: AbortSignal): Promise<ConnectionEnd | LoggedOut> {
		const stop = (): void => this.#end({ kind: 'stopped' });
		signal.addEventListener('abort', stop, { once: true });
		if (signal.aborted) stop();
		try {
			await this.#prepare();
			this.#client.on(ClientEvent.Sync, (state) => this.#onSyncState(state));
			this.#client.on(HttpApiEvent.SessionLoggedOut, (error) =>
				this.#end({
					kind: 'logged-out',
					soft: get(error.data, 'soft_logout') === true,
					error: chatError('session-expired', getString(error.data, 'error')),
				}),
			);
			if (!this.#abort.signal.aborted) await startSdkClient(this.#client);
		} catch (thrown) {
			if (isLoggedOut(thrown)) this.#end({ kind: 'logged-out', soft: isSoftLogout(thrown), error: thrown.error });
			else if (!(thrown instanceof ChatException) || thrown.name !== 'CertificateException')
				this.#end({ kind: 'failed', error: toChatError(thrown) });
			else {
				this.#end({ kind: 'failed', error: thrown.error });
				await this.#close(signal, stop);
				throw thrown;
			}
		}
		const end = await this.#ended.promise;
		await this.#close(signal, stop);
		return end;
	}

	/** Ends the connection; `run` resolves. */
	stop(): void {
		this.#end({ kind: 'stopped' });
	}

	retryNow(): void {
		this.#client.retryImmediately();
	}

	/** Has the whole member list loaded in the background. */
	wantMembers(roomId: string): void {
		if (this.#rooms.membership(roomId) !== 'joined' || this.#rooms.membersLoaded(roomId)) return;
		this.#wantMembers.add(roomId);
		void this.#loadMembers();
	}

	async #prepare(): Promise<void> {
		const { signal } = this.#abort;
		await this.#guard.load();
		await this.#store.startup();
		this.#firstEver = !this.#store.canResume;
		this.#tell([{ type: 'connection', state: { kind: 'step', step: 'connecting' } }]);
		await this.#http.request('GET', '/_matrix/client/versions', { signal, anonymous: true, context: 'login' });
		this.#tell([{ type: 'connection', state: { kind: 'step', step: 'authenticating' } }]);
		const [who, uploadLimit] = await Promise.all([
			this.#http.request('GET', `${clientApi}/account/whoami`, { signal }),
			uploadLimitOf(this.#http, signal),
		]);
		if (getString(who, 'user_id') !== this.#settings.userId) fail('auth-failed', 'the token belongs to another user');
		this.#rooms.uploadLimit = uploadLimit;
		this.#tell([
			{ type: 'self', remoteId: remoteUserId(this.#settings.userId), name: localpartOf(this.#settings.userId) },
			{ type: 'account-capabilities', capabilities: matrixAccountCapabilities(true) },
			{ type: 'connection', state: { kind: 'syncing', progress: null } },
		]);
	}

	async #close(signal: AbortSignal, stop: () => void): Promise<void> {
		signal.removeEventListener('abort', stop);
		this.#online = false;
		this.#cancelGiveUp?.();
		this.#client.stopClient();
		this.#client.removeAllListeners();
		await this.#store.settled();
		this.#store.halt();
		this.#http.close();
		this.#wakeStateWaiters();
	}

	#end(end: ConnectionEnd | LoggedOut): void {
		this.#online = false;
		this.#ended.resolve(end);
		this.#abort.abort();
	}

	#onSyncState(state: SyncState): void {
		switch (state) {
			case SyncState.Prepared:
				if (!this.#firstEver && !this.#live) this.#restore();
				return;
			case SyncState.Syncing:
				this.#becomeOnline();
				return;
			case SyncState.Reconnecting:
			case SyncState.Error:
				this.#degrade();
				return;
			case SyncState.Catchup:
			case SyncState.Stopped:
				return;
		}
	}

	#restore(): void {
		this.#rooms.restoreDirect();
		const ignored: unknown = this.#client.getAccountData('m.ignored_user_list' as never)?.getContent();
		this.#mapper.setIgnored(ignored);
		this.#tell(this.#mapper.restore(), 'replay');
	}

	#becomeOnline(): void {
		this.#cancelGiveUp?.();
		this.#cancelGiveUp = null;
		this.#live = true;
		if (this.#online || this.#abort.signal.aborted) return;
		this.#online = true;
		this.#tell([{ type: 'connection', state: { kind: 'online' } }]);
		void this.#afterOnline();
	}

	#degrade(): void {
		if (this.#abort.signal.aborted) return;
		const error = this.#http.lastFailure ?? chatError('connection-lost');
		const first = this.#cancelGiveUp === null;
		this.#online = false;
		this.#live = false;
		if (!first) return;
		this.#tell([{ type: 'connection', state: { kind: 'degraded', error, retryAt: null } }]);
		this.#cancelGiveUp = this.#context.clock.after(connectionLimits.giveUpMs, () =>
			this.#end({ kind: 'failed', error: this.#http.lastFailure ?? error }),
		);
	}

	/** Things nobody waits for. */
	async #afterOnline(): Promise<void> {
		if (this.#welcomed) return;
		this.#welcomed = true;
		const { signal } = this.#abort;
		const me = this.#settings.userId;
		const works = await presenceWorks(this.session);
		if (works !== this.#presenceWorks) {
			this.#presenceWorks = works;
			this.#tell([{ type: 'account-capabilities', capabilities: matrixAccountCapabilities(works) }]);
		}
		if (works)
			this.#tell(await askContacts(this.session, [...new Set(this.#rooms.directPeers().map(({ user }) => user))]));
		const profile = await this.#http
			.request('GET', `${clientApi}/profile/${segment(me)}`, { signal })
			.catch(() => null);
		const name = cleanName(getString(profile, 'displayname') ?? '');
		if (name !== '') this.#tell([{ type: 'self', remoteId: remoteUserId(me), name }]);
		for (const id of this.#rooms
			.ids()
			.filter(
				(room) =>
					this.#rooms.membership(room) === 'joined' && this.#rooms.joinedCount(room) <= connectionLimits.eagerMembers,
			)
			.slice(0, connectionLimits.eagerRooms))
			this.wantMembers(id);
	}

	/** One room after the other, so that a long list does not delay what the user does. */
	async #loadMembers(): Promise<void> {
		if (this.#loadingMembers) return;
		this.#loadingMembers = true;
		for (const roomId of this.#wantMembers) {
			if (this.#abort.signal.aborted) break;
			this.#wantMembers.delete(roomId);
			try {
				await this.#rooms.loadMembers(roomId);
				this.#tell(this.#mapper.memberEvents(roomId));
			} catch {
				this.#context.log.debug('members not loaded', { roomId });
			}
		}
		this.#loadingMembers = false;
	}

	/** What the SDK may see of an answer. Encryption is noted here, before anything else can act on the answer. */
	#forSdk(path: string, body: unknown): unknown {
		if (path.endsWith('/members')) return membersForSdk(body);
		if (!path.endsWith('/sync')) return cleanJson(body);
		const sync = readSync(body);
		if (sync === null) fail('protocol-violation', 'the sync answer has no next_batch');
		for (const roomId of encryptedRooms(sync)) this.#guard.note(roomId);
		this.#syncs.set(sync.forSdk, sync);
		return sync.forSdk;
	}

	/** Called by the store between the SDK's own update and its save; a rejection keeps the answer unacknowledged. */
	async #commit(data: object): Promise<void> {
		const sync = this.#syncs.get(data);
		if (sync === undefined) return;
		await this.#guard.persist(encryptedRooms(sync));
		const origin = this.#live ? 'live' : 'catchup';
		const events = this.#mapper.map(sync, { presenceWorks: this.#presenceWorks }, this.#firstEver);
		this.#firstEver = false;
		for (let at = 0; at < events.length; at += connectionLimits.batchSize)
			await this.#context.emit({ origin, events: events.slice(at, at + connectionLimits.batchSize) });
		this.#wakeStateWaiters();
		// Rooms just joined; those of the first sync follow once we are online.
		if (this.#online)
			for (const roomId of sync.join.keys())
				if (this.#rooms.joinedCount(roomId) <= connectionLimits.eagerMembers) this.wantMembers(roomId);
	}

	async #awaitRoomState(roomId: string): Promise<void> {
		if (!this.#entering.has(roomId)) return;
		const deadline = Promise.withResolvers<void>();
		const cancel = this.#context.clock.after(connectionLimits.roomStateMs, deadline.resolve);
		let expired = false;
		void deadline.promise.then(() => {
			expired = true;
		});
		while (!this.#rooms.stateKnown(roomId) && !expired && !this.#abort.signal.aborted) {
			const next = Promise.withResolvers<void>();
			this.#stateWaiters.add(next.resolve);
			await Promise.race([next.promise, deadline.promise]);
			this.#stateWaiters.delete(next.resolve);
		}
		this.#entering.delete(roomId);
		cancel();
	}

	#wakeStateWaiters(): void {
		for (const wake of this.#stateWaiters) wake();
	}

	#tellSecurity(security: LinkSecurity): void {
		const told: LinkSecurity = { ...security, auth: 'm.login.password' };
		const signature = JSON.stringify(told);
		if (signature === this.#security) return;
		this.#security = signature;
		this.#tell([{ type: 'security', security: told }]);
	}

	/** Events nobody waits for; if they cannot be stored the connection ends like for any other. */
	#tell(events: readonly AdapterEvent[], origin: AdapterBatch['origin'] = 'live'): void {
		if (events.length === 0) return;
		this.#context
			.emit({ origin, events })
			.catch((thrown: unknown) => this.#end({ kind: 'failed', error: storageError(thrown) }));
	}
}

function storageError(thrown: unknown): ChatError {
	return thrown instanceof ChatException ? thrown.error : chatError('storage-failed');
}

function encryptedRooms(sync: SyncResponse): string[] {
	const found: string[] = [];
	for (const [id, room] of [...sync.join, ...sync.leave]) {
		const encrypted = [...room.state, ...room.timeline].some(
			(event) => (event.type === 'm.room.encryption' && event.stateKey === '') || event.type === 'm.room.encrypted',
		);
		if (encrypted) found.push(id);
	}
	for (const [id, state] of sync.invite) if (state.some((event) => event.type === 'm.room.encryption')) found.push(id);
	return found;
}
