import { useState } from 'react';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';

export interface Submit {
	readonly busy: boolean;
	readonly error: ChatError | null;
	/** Runs a command; its error stays until the next run or `clear`. */
	readonly run: <T>(command: () => Promise<T>, onDone: (result: T) => void) => void;
	readonly clear: () => void;
}

/** The state of a form that sends one command and shows what came back. */
export function useSubmit(): Submit {
	const [state, setState] = useState<{ busy: boolean; error: ChatError | null }>({ busy: false, error: null });
	const run = <T>(command: () => Promise<T>, onDone: (result: T) => void): void => {
		if (state.busy) return;
		setState({ busy: true, error: null });
		command()
			.then((result) => {
				setState({ busy: false, error: null });
				onDone(result);
			})
			.catch((thrown: unknown) => setState({ busy: false, error: toChatError(thrown) }));
	};
	const clear = (): void => setState((before) => (before.error === null ? before : { ...before, error: null }));
	return { ...state, run, clear };
}
