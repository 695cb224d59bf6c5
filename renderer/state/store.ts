import { createStore } from 'zustand/vanilla';
import type { StoreApi } from 'zustand/vanilla';
import { emptyEngineState } from './engine-state.ts';
import type { EngineState } from './engine-state.ts';
import { initialUi } from './ui-state.ts';
import type { UiState } from './ui-state.ts';

/** The window's whole state. `engine` has one writer, `apply-patch.ts` through the session. */
export interface AppState {
	readonly engine: EngineState;
	readonly ui: UiState;
}

export type AppStore = StoreApi<AppState>;

export function createAppStore(): AppStore {
	return createStore<AppState>(() => ({ engine: emptyEngineState, ui: initialUi }));
}
