/**
 * What the engine and the composition root are given by the machine they run on. One implementation for the desktop
 * (electron/main) and one for the browser host (host/browser); the engine never knows which.
 */
import type { HostSignal } from '../protocols/adapter/adapter.ts';

/** A desktop notification, already reduced to what the settings allow. `tag` replaces an older one of the same tag. */
export interface HostNotification {
	readonly tag: string;
	readonly title: string;
	readonly body: string;
}

/** Shows notifications outside the window. Never throws: a machine that cannot show them stays silent. */
export interface Notifier {
	show(notification: HostNotification): void;
	/** Takes back what was shown under this tag (the conversation was read elsewhere). */
	clear(tag: string): void;
}

/** Unread marks on the application icon. */
export interface Badge {
	set(counts: BadgeCounts): void;
}
export interface BadgeCounts {
	/** Messages that ask for attention: mentions and one-to-one messages. */
	readonly attention: number;
	/** All unread messages. */
	readonly unread: number;
}

/** Opens links outside Parley. */
export interface Opener {
	/** False when the address is not of an allowed scheme or nothing could open it. */
	open(url: string): Promise<boolean>;
}

/** Network, sleep and idle changes of the machine. */
export interface SignalSource {
	/** Calls back until the returned function is called. */
	subscribe(listener: (signal: HostSignal) => void): () => void;
}

/** Everything of a host that reacts to the engine. */
export interface HostPorts {
	readonly notifier: Notifier;
	readonly badge: Badge;
	readonly opener: Opener;
	readonly signals: SignalSource;
}

/**
 * Named secrets per scope (an account id), encrypted at rest under the profile's key. Values never reach logs or the
 * renderer. Rejects with `ChatException` code `storage-failed`.
 */
export interface SecretVault {
	get(scope: string, name: string): Promise<string | null>;
	/** Null removes. Resolves when durable. */
	set(scope: string, name: string, value: string | null): Promise<void>;
	/** Removes every secret of a scope. */
	clear(scope: string): Promise<void>;
}
