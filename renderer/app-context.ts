import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { RpcClient } from '../engine/transport/rpc-client.ts';
import type { Session } from './state/session.ts';
import type { AppState, AppStore } from './state/store.ts';
import type { UiActions } from './state/ui-actions.ts';

/** What every feature works with. */
export interface App {
	readonly store: AppStore;
	readonly ui: UiActions;
	readonly session: Session;
	readonly client: RpcClient;
	/**
	 * Waits for a command and says so when it fails; true when it worked. For forms that show the error at the field,
	 * use `client.command` itself.
	 */
	readonly attempt: (promise: Promise<unknown>) => Promise<boolean>;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
	const app = useContext(AppContext);
	if (app === null) throw new Error('useApp outside of the app');
	return app;
}

/** Reads the store; the selector must return something that stays the same while nothing changed. */
export function useAppState<T>(selector: (state: AppState) => T): T {
	return useStore(useApp().store, selector);
}
