/**
 * Messages between the host's main thread and the engine's thread. Frames of the contract cross as JSON text: the main
 * thread relays them unread.
 */
import type { ChatError } from '../protocols/model/errors.ts';
import type { HostSignal } from '../protocols/adapter/adapter.ts';
import type { EngineSettings } from './engine-service.ts';
import type { BadgeCounts, HostNotification } from './host.ts';

/** Handed over at start, as the worker's data. */
export type EngineWorkerData = { readonly settings: EngineSettings };

export type ToEngine =
	| { readonly t: 'open'; readonly link: number }
	| { readonly t: 'frame'; readonly link: number; readonly json: string }
	| { readonly t: 'closed'; readonly link: number }
	/** The link's transport is full (or has room again): frames sent meanwhile are refused at the source. */
	| { readonly t: 'full'; readonly link: number; readonly full: boolean }
	| { readonly t: 'signal'; readonly signal: HostSignal }
	| { readonly t: 'secret-value'; readonly request: number; readonly value: string | null }
	| { readonly t: 'secret-failed'; readonly request: number; readonly error: ChatError }
	| { readonly t: 'stop' };

export type FromEngine =
	| { readonly t: 'ready' }
	/** The engine cannot start; the thread ends by itself. */
	| { readonly t: 'failed'; readonly error: ChatError }
	| { readonly t: 'frame'; readonly link: number; readonly json: string }
	| { readonly t: 'close'; readonly link: number }
	| { readonly t: 'secret-get'; readonly request: number; readonly scope: string; readonly name: string }
	| {
			readonly t: 'secret-set';
			readonly request: number;
			readonly scope: string;
			readonly name: string;
			readonly value: string | null;
	  }
	| { readonly t: 'secret-clear'; readonly request: number; readonly scope: string }
	| { readonly t: 'notify'; readonly notification: HostNotification }
	| { readonly t: 'clear-notification'; readonly tag: string }
	| { readonly t: 'badge'; readonly counts: BadgeCounts }
	| { readonly t: 'stopped' };
