import i18next from 'i18next';
import { createRpcClient } from '../engine/transport/rpc-client.ts';
import type { Link } from '../engine/contract/frames.ts';
import { toChatError } from '../protocols/model/errors.ts';
import type { App } from './app-context.ts';
import { errorSentences } from './i18n/error-text.ts';
import { after, now, uuid } from './platform/clock.ts';
import { Session } from './state/session.ts';
import { createAppStore } from './state/store.ts';
import { UiActions } from './state/ui-actions.ts';

/** Puts the window's parts together over any way to reach the engine. */
export function createApp(open: () => Promise<Link>, validate: boolean): App {
	const store = createAppStore();
	const ui = new UiActions(store);
	const session = new Session(store, ui);
	const client = createRpcClient({
		open,
		clientId: uuid(),
		now,
		after,
		uuid,
		validate,
		onPatch: (ops) => session.onPatch(ops),
		onState: (state, resumed) => session.onState(state, resumed),
	});
	session.attach(client);
	const attempt = async (promise: Promise<unknown>): Promise<boolean> => {
		try {
			await promise;
			return true;
		} catch (thrown) {
			const error = toChatError(thrown);
			if (error.code !== 'cancelled') ui.toast('danger', errorSentences(i18next.t, error), error.detail);
			return false;
		}
	};
	return { store, ui, session, client, attempt };
}
