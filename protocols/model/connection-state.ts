/** The connection machine of one account as a pure reducer. Timers and adapters live in the engine's account runner. */
import { assertNever } from './assert-never.ts';
import type { ChatError } from './errors.ts';

/** Steps shown while connecting, in the order they may happen. */
export type ConnectStep = 'resolving' | 'connecting' | 'securing' | 'authenticating' | 'registering' | 'joining';

export type ConnectionState =
	/** Not wanted: disabled, disconnected by the user, or never started. */
	| { readonly kind: 'offline' }
	| { readonly kind: 'connecting'; readonly step: ConnectStep; readonly attempt: number }
	/** Logged in, catching up. `progress` 0..1 or null. */
	| { readonly kind: 'syncing'; readonly progress: number | null }
	| { readonly kind: 'online'; readonly since: number }
	/** Will be tried again at `retryAt` (ms UTC; null: at the next network or wake signal). */
	| { readonly kind: 'waiting'; readonly attempt: number; readonly retryAt: number | null; readonly error: ChatError }
	/** Will not be tried again until the user acts. */
	| { readonly kind: 'blocked'; readonly error: ChatError };

export type ConnectionInput =
	| { readonly type: 'attempt' }
	| { readonly type: 'step'; readonly step: ConnectStep }
	| { readonly type: 'syncing'; readonly progress: number | null }
	| { readonly type: 'online'; readonly at: number }
	/** The adapter lost the link but retries by itself (Matrix sync). */
	| { readonly type: 'degraded'; readonly error: ChatError; readonly retryAt: number | null }
	| { readonly type: 'ended'; readonly error: ChatError; readonly retryAt: number | null }
	| { readonly type: 'blocked'; readonly error: ChatError }
	| { readonly type: 'stopped' };

export const offline: ConnectionState = { kind: 'offline' };

/** Attempts since the last stable session; the runner resets it by an `online` that lasted. */
export function attemptsOf(state: ConnectionState): number {
	return state.kind === 'connecting' || state.kind === 'waiting' ? state.attempt : 0;
}

/**
 * Next state. Inputs that make no sense in a state (a late `step` after `stopped`) leave it unchanged, because
 * adapters report asynchronously.
 */
export function reduceConnection(state: ConnectionState, input: ConnectionInput): ConnectionState {
	switch (input.type) {
		case 'attempt':
			return { kind: 'connecting', step: 'resolving', attempt: attemptsOf(state) + 1 };
		case 'step':
			return state.kind === 'connecting' ? { ...state, step: input.step } : state;
		case 'syncing':
			return state.kind === 'offline' || state.kind === 'blocked'
				? state
				: { kind: 'syncing', progress: input.progress };
		case 'online':
			if (state.kind === 'offline' || state.kind === 'blocked' || state.kind === 'online') return state;
			return { kind: 'online', since: input.at };
		case 'degraded':
			if (state.kind === 'offline' || state.kind === 'blocked') return state;
			return { kind: 'waiting', attempt: attemptsOf(state) + 1, retryAt: input.retryAt, error: input.error };
		case 'ended':
			if (state.kind === 'offline') return state;
			return { kind: 'waiting', attempt: Math.max(1, attemptsOf(state)), retryAt: input.retryAt, error: input.error };
		case 'blocked':
			return state.kind === 'offline' ? state : { kind: 'blocked', error: input.error };
		case 'stopped':
			return offline;
		default:
			return assertNever(input);
	}
}
