/**
 * What every part of the engine shares. Built once by `engine.ts`; parts receive it and never import each other's
 * instances, so each can be tested alone.
 */
import type { ProtocolAdapter, ProtocolFactory } from '../protocols/adapter/adapter.ts';
import type { Clock, Logger, Random } from '../protocols/adapter/context.ts';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import type { ForeignProfile } from '../protocols/import/foreign.ts';
import type { ProtocolName } from '../protocols/model/entities.ts';
import type { AccountId, ConversationId, MessageId, RemoteUserId } from '../protocols/model/ids.ts';
import { uuidV7 } from '../protocols/model/ids.ts';
import type { NotifyOp } from './contract/patches.ts';
import type { Ephemeral } from './ephemeral.ts';
import type { Exclusive } from './exclusive.ts';
import type { Expiry } from './expiry.ts';
import type { TakeOver } from './imports/take-over.ts';
import type { Session } from './ingest-run.ts';
import type { MediaCache } from './media/cache.ts';
import type { Media } from './media/media.ts';
import type { PatchHub } from './patches.ts';
import type { Settlements } from './settlements.ts';
import type { EngineState } from './state.ts';
import type { Store } from './store/store.ts';
import type { Transaction } from './transaction.ts';

/** Structured log of the engine itself; never content or secrets. */
export type EngineLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Secrets of all accounts, kept encrypted by the host. */
export interface HostSecrets {
	get(account: AccountId, name: string): Promise<string | null>;
	set(account: AccountId, name: string, value: string | null): Promise<void>;
	/** Forgets everything of an account. */
	removeAll(account: AccountId): Promise<void>;
}

/** What the engine needs from the machine it runs on. */
export interface HostPorts {
	readonly secrets: HostSecrets;
	/** Shows a desktop notification; must not throw. */
	notify(notification: Omit<NotifyOp, 'op'>): void;
	/** The conversation was read: takes its notification back. */
	clearNotification(conversation: ConversationId): void;
	/** Unread marks for the application icon; called when they change. */
	badge(counts: { readonly attention: number; readonly unread: number }): void;
	/** What other chat programs of this user keep, wherever they usually do; nothing that cannot be read. */
	foreignProfiles(): Promise<readonly ForeignProfile[]>;
	/** Extra certificate authorities in PEM. */
	readonly extraCa: readonly string[];
	/** Version of Parley. */
	readonly version: string;
}

export interface EngineDeps {
	readonly store: Store;
	/** Protocols by name, in the order they are offered. */
	readonly protocols: ReadonlyMap<ProtocolName, ProtocolFactory>;
	readonly clock: Clock;
	readonly random: Random;
	readonly log: EngineLog;
	readonly host: HostPorts;
	/** Bytes of files. */
	readonly media: MediaCache;
}

/** What the parts need from the account runners. */
export interface Runners {
	get(id: AccountId): AccountLink | undefined;
}

/** One account's way to the network. */
export interface AccountLink {
	/** The adapter while the account is in use, connected or not. */
	readonly adapter: ProtocolAdapter | null;
	/** Logged in and caught up. */
	readonly online: boolean;
	readonly session: Session;
	/** The adapter told how its connection does. */
	connectionEvent(state: ConnectionReport): void;
	/** Connect now, without waiting for the back-off. */
	connect(): Promise<void>;
	/** Something changed in the outbox. */
	wakeOutbox(): void;
}

export type ConnectionReport = Extract<AdapterEvent, { type: 'connection' }>['state'];

/** Work done with exclusive access to the state; what it staged is committed when it resolves. */
export type Write = <T>(work: (tx: Transaction) => Promise<T> | T) => Promise<T>;

export interface Core extends EngineDeps {
	readonly state: EngineState;
	readonly patches: PatchHub;
	readonly exclusive: Exclusive;
	readonly settlements: Settlements;
	readonly ephemeral: Ephemeral;
	readonly runners: Runners;
	readonly files: Media;
	readonly expiry: Expiry;
	readonly takeOver: TakeOver;
	/** Messages the server accepted in this run whose echo may still move them. */
	readonly awaitingEcho: Set<MessageId>;
	/** Sender of the server's own words. */
	readonly serverSender: RemoteUserId;
	/** Looks after every commit whether something has come true; undefined when it has not in time. */
	until<T>(probe: () => T | undefined, ms: number): Promise<T | undefined>;
	/** Runs work as one durable transaction, then sends its patches. */
	readonly write: Write;
}

/** A new local id that sorts by creation time. */
export const newId = (core: Pick<EngineDeps, 'clock' | 'random'>): string =>
	uuidV7(core.clock.now(), core.random.bytes(10));
