/**
 * The seam between the engine's thread and the composition root: `boot.ts` builds an {@link EngineService} from
 * {@link EngineSurroundings}; `engine-worker.ts` connects it to the thread's messages.
 */
import type { Link } from '../engine/contract/frames.ts';
import type { HostSignal } from '../protocols/adapter/adapter.ts';
import type { BadgeCounts, HostNotification, SecretVault } from './host.ts';

/** Plain values handed to the engine's thread when it starts; structured-clone safe. */
export interface EngineSettings {
	/** Absolute path of the encrypted database; created when missing. */
	readonly databasePath: string;
	/** 32 bytes. */
	readonly databaseKey: Uint8Array;
	/** Absolute path of the folder for cached media. */
	readonly mediaDir: string;
	/** 32 bytes. */
	readonly mediaKey: Uint8Array;
	readonly client: { readonly name: string; readonly version: string };
	/** Extra certificate authorities in PEM. */
	readonly extraCa: readonly string[];
	/** `fake` loads the scripted protocol instead of the real ones (`npm run dev`). */
	readonly protocols: 'real' | 'fake';
}

export interface EngineSurroundings {
	readonly settings: EngineSettings;
	readonly secrets: SecretVault;
	notify(notification: HostNotification): void;
	clearNotification(tag: string): void;
	badge(counts: BadgeCounts): void;
}

export interface EngineService {
	/** A client connected. The engine closes the link when it is done with it. */
	attach(link: Link): void;
	signal(signal: HostSignal): void;
	/** Ends sessions politely and closes the database; bounded in time. */
	stop(): Promise<void>;
}
