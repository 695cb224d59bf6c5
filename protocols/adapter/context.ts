/** What an adapter is given. It has no other way to time, randomness, storage, secrets or the engine. */
import type { ChatError } from '../model/errors.ts';
import type { AccountId, RemoteConversationId, RemoteId } from '../model/ids.ts';
import type { PrivacyKind } from '../model/privacy.ts';
import type { AdapterBatch } from './events.ts';

/** Time and timers; a fake in tests. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Runs once after `ms`; the returned function cancels. Timers do not keep the process alive. */
	after(ms: number, run: () => void): () => void;
}

export interface Random {
	/** 0 ≤ x < 1, for jitter only. */
	fraction(): number;
	/** Cryptographically strong bytes. */
	bytes(length: number): Uint8Array;
	/** Random UUID. */
	uuid(): string;
}

/** Structured log without content or secrets. `wire` lines go to the account's log and must be redacted by the adapter. */
export interface Logger {
	debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
	info(message: string, fields?: Readonly<Record<string, unknown>>): void;
	warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
	error(message: string, fields?: Readonly<Record<string, unknown>>): void;
	wire(direction: 'in' | 'out' | 'note', line: string): void;
}

/** Durable private storage of one account's adapter. Values are the adapter's own; keys at most 512 characters. */
export interface PrivateStore {
	get(key: string): Promise<Uint8Array | null>;
	/** All keys with a prefix, sorted. */
	list(prefix: string): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
	/** Atomic: all or nothing; null deletes. Resolves when durable. */
	set(entries: readonly { readonly key: string; readonly value: Uint8Array | null }[]): Promise<void>;
}

/** Secrets of one account, by name (`password`, `token`, `client-key`…). Kept encrypted by the host. */
export interface AccountSecrets {
	get(name: string): Promise<string | null>;
	set(name: string, value: string | null): Promise<void>;
}

/** What the engine knows about a conversation, for catch-up and id lookup. */
export interface KnownHistory {
	/** Newest stored message that carries a server id, or null. */
	newest(
		conversation: RemoteConversationId,
	): Promise<{ readonly ids: readonly RemoteId[]; readonly time: number } | null>;
	/** Which of these ids are stored already. */
	has(conversation: RemoteConversationId, ids: readonly RemoteId[]): Promise<readonly boolean[]>;
	/** Conversations of this account we are a member of or have open, newest first. */
	conversations(): Promise<
		readonly { readonly remoteId: RemoteConversationId; readonly kind: string; readonly joined: boolean }[]
	>;
}

/** Settings of the account that its login flow produced; schema-checked by the adapter on `create`. No secrets. */
export type AccountSettings = Readonly<Record<string, unknown>>;

export interface AdapterContext {
	readonly accountId: AccountId;
	/** What the user logs in with. */
	readonly address: string;
	/** As stored now: what {@link saveSettings} replaced is seen at once. */
	readonly settings: AccountSettings;
	/** Replaces the stored settings (pins, discovered endpoints…). Resolves when durable. */
	saveSettings(settings: AccountSettings): Promise<void>;
	readonly clock: Clock;
	readonly random: Random;
	readonly log: Logger;
	readonly store: PrivateStore;
	readonly secrets: AccountSecrets;
	readonly known: KnownHistory;
	/** Resume point saved with the last committed batch, or null. Read at `start`. */
	cursor(): Promise<string | null>;
	/**
	 * Hands events to the engine; resolves after they are committed to disk. Batches are processed in call order.
	 * Rejects only if storage failed: the adapter must then end its session without acknowledging upstream.
	 * Back-pressure: await it (or bound the number in flight) instead of queueing without limit.
	 */
	emit(batch: AdapterBatch): Promise<void>;
	/** May the people of a conversation be told this? Asked each time before something is told without an action. */
	shares(conversation: RemoteConversationId, kind: PrivacyKind): boolean;
	/** Extra certificate authorities in PEM that the host or user trusts, besides the system's. */
	readonly extraCa: readonly string[];
	/** Name and version for CTCP VERSION, XEP-0092, user agents. */
	readonly client: { readonly name: string; readonly version: string };
}

/** Why a session ended. */
export type ConnectionEnd =
	/** `stop()` was called or the signal aborted. */
	| { readonly kind: 'stopped' }
	/** Lost or refused; the account runner decides on the next attempt by `error.retry`. */
	| { readonly kind: 'failed'; readonly error: ChatError }
	/** Reconnect at once without counting an attempt (STS upgrade, see-other-host, pin accepted). */
	| { readonly kind: 'restart' };
