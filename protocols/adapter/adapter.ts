/**
 * The one interface between the engine and a protocol. An adapter turns wire data into {@link AdapterEvent}s and
 * {@link AdapterAction}s into wire data. It never stores (beyond its private store), never schedules a reconnect,
 * never touches the UI, and knows no other protocol.
 */
import type { AccountCapabilities, ConversationCapabilities } from '../model/capabilities.ts';
import type { ProtocolName } from '../model/entities.ts';
import type { RemoteConversationId, RemoteId, RemoteUserId } from '../model/ids.ts';
import type { ActionOutcome, AdapterAction } from './actions.ts';
import type { AdapterContext, ConnectionEnd } from './context.ts';
import type { AdapterEvent, HistoryToken } from './events.ts';
import type { LoginContext, LoginSession } from './login.ts';

/** Signals of the machine and the user that an adapter may use to save traffic or reconnect its transport faster. */
export type HostSignal = 'network-online' | 'wake' | 'user-active' | 'user-idle';

export interface SlashCommand {
	readonly name: string;
	/** For the help line, such as `#channel [key]`. */
	readonly params: string;
	/** i18n key under `slash.<help>`. */
	readonly help: string;
	/** `common`: the engine turns it into a common action; `own`: passed to the adapter as a `slash` action. */
	readonly scope: 'common' | 'own';
}

export interface LoginFlowInfo {
	readonly id: string;
	/** `login`: existing account; `register`: create one. */
	readonly purpose: 'login' | 'register';
	/** i18n key under `login.flow.<label>`. */
	readonly label: string;
}

/** Static facts about a protocol; safe to load anywhere, never changes at run time. */
export interface ProtocolDescription {
	readonly name: ProtocolName;
	/** For people: `IRC`, `XMPP`, `Matrix`. */
	readonly title: string;
	/** Key of the monochrome glyph in the renderer. */
	readonly glyph: string;
	/** i18n key of one sentence under `protocol.<blurb>`. */
	readonly blurb: string;
	readonly loginFlows: readonly LoginFlowInfo[];
	readonly slashCommands: readonly SlashCommand[];
	/** Best case per kind of conversation: the source of the feature tables in `docs/protocols`. */
	readonly bestCapabilities: { readonly direct: ConversationCapabilities; readonly group: ConversationCapabilities };
	readonly accountCapabilities: AccountCapabilities;
	/** i18n key of an example for "join a room", such as `#channel`. */
	readonly joinPlaceholder: string;
	readonly directPlaceholder: string;
}

export interface ProtocolFactory {
	describe(): ProtocolDescription;
	/**
	 * Loads the code that `startLogin` and `create` need; awaited before the first of them. Absent where nothing is to be
	 * loaded.
	 */
	load?(): Promise<void>;
	/** A new run of a login flow; no I/O yet. Throws `ChatException` for an unknown flow id. */
	startLogin(flowId: string, context: LoginContext): LoginSession;
	/** Builds an adapter; must not do I/O. Throws `ChatException` when the settings do not fit the schema. */
	create(context: AdapterContext): ProtocolAdapter;
}

/** Ask for older (or newer) messages of one conversation. */
export interface HistoryRequest {
	readonly conversation: RemoteConversationId;
	readonly direction: 'backward' | 'forward';
	/** Token of a gap or of the previous page, if any; else `anchor`; both null: from the newest end. */
	readonly token: HistoryToken | null;
	readonly anchor: { readonly ids: readonly RemoteId[]; readonly time: number } | null;
	/** Wanted number of messages; the server may give fewer or a few more. */
	readonly limit: number;
}

export interface HistoryPage {
	/** `message`, `message-edited`, `message-removed`, `reaction` events only, oldest first. */
	readonly events: readonly AdapterEvent[];
	/** Where the next page in the same direction starts; null when this direction is exhausted. */
	readonly next: HistoryToken | null;
	/** No older (newer) messages exist on the server, or none may be seen. */
	readonly reachedEnd: boolean;
}

export interface HistoryFacet {
	/** May reject with `ChatException`; never emits. */
	page(request: HistoryRequest, signal: AbortSignal): Promise<HistoryPage>;
}

export interface DirectoryRoom {
	readonly remoteId: RemoteConversationId;
	/** What to pass to `join`. */
	readonly joinName: string;
	readonly name: string;
	readonly topic: string;
	readonly members: number | null;
}

export interface DirectoryPerson {
	readonly remoteId: RemoteUserId;
	readonly name: string;
	readonly address: string;
}

export interface DirectoryFacet {
	/**
	 * Streams rooms as the server lists them, in chunks; stops early when the signal aborts or the consumer returns.
	 * @param filter substring the user typed, may be empty; the adapter lets the server filter where it can
	 */
	rooms(filter: string, signal: AbortSignal): AsyncIterable<readonly DirectoryRoom[]>;
	/** People search where the server has one; absent otherwise. */
	people?(filter: string, signal: AbortSignal): Promise<readonly DirectoryPerson[]>;
}

/** A local file on its way out. */
export interface UploadRequest {
	readonly conversation: RemoteConversationId;
	/** Safe for the network: no path, no control characters. */
	readonly name: string;
	readonly mime: string;
	/** Bytes. */
	readonly size: number;
	/** The bytes, from the start; may be called again for another attempt. */
	open(): AsyncIterable<Uint8Array>;
	/** Bytes handed to the network so far. */
	progress(sent: number): void;
}

export interface MediaFacet {
	/**
	 * Puts a file where the other side can fetch it. Sends no message.
	 * @returns the reference for `content.source` and, where the network makes one, a smaller picture
	 * @throws ChatException `oversized`, `not-allowed`, network errors…; the upload may be tried again
	 */
	upload(
		request: UploadRequest,
		signal: AbortSignal,
	): Promise<{ readonly source: string; readonly thumbnail: string | null }>;
	/**
	 * Opens what a reference of `MediaContent` points to. The engine bounds and stores the bytes; the adapter asks
	 * nobody but the reference's server, over TLS, never a private address that the network named.
	 * @throws ChatException
	 */
	download(
		reference: string,
		signal: AbortSignal,
	): Promise<{ readonly size: number | null; readonly body: AsyncIterable<Uint8Array> }>;
}

export interface ProtocolAdapter {
	/**
	 * One connection attempt. Resolves when the connection *ends*, with the reason; never rejects; never reconnects by
	 * itself. Emits `connection` events on the way. Called again for the next attempt, never while one is running.
	 * Exception: an SDK that retries inside reports `degraded` and gives up after a bound.
	 */
	start(signal: AbortSignal): Promise<ConnectionEnd>;
	/** Ends the session politely within 3 s (`user`: log out presence; `suspend`: keep server-side session for resume). Idempotent. */
	stop(reason: 'user' | 'suspend' | 'shutdown'): Promise<void>;
	/** Carries out one action; never rejects. Offline: answers `rejected` with code `connection-lost` and retry `later`. */
	perform(action: AdapterAction): Promise<ActionOutcome>;
	/** Cheap cached read; the neutral default for unknown conversations. */
	capabilities(conversation: RemoteConversationId): ConversationCapabilities;
	/**
	 * After a restart: did this action reach the server? Called once online, before the outbox resumes.
	 * `resend-safe`: performing again with the same txn id cannot double. `not-sent`: proven absent.
	 */
	outcomeOf?(
		action: AdapterAction,
		attemptedAt: number,
	): Promise<ActionOutcome | 'resend-safe' | 'not-sent' | 'unknown'>;
	signal?(signal: HostSignal): void;
	/** Account deleted for good: revoke sessions on the server if reachable (bounded 5 s). Not called while running. */
	forget?(): Promise<void>;
	readonly history?: HistoryFacet;
	readonly directory?: DirectoryFacet;
	readonly media?: MediaFacet;
}
