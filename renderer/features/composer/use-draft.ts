import { useCallback, useEffect, useRef } from 'react';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { after } from '../../platform/clock.ts';

const saveAfterMs = 600;

/** The text being written: at once in the window, a moment later in the engine, restored after a restart. */
export function useDraft(conversation: Conversation): readonly [string, (text: string) => void] {
	const app = useApp();
	const text = useAppState((state) => state.ui.drafts.get(conversation.id) ?? conversation.draft);
	const pending = useRef<{ cancel: () => void; save: () => void } | null>(null);
	const { id } = conversation;
	const setText = useCallback(
		(next: string) => {
			app.ui.setDraft(id, next);
			pending.current?.cancel();
			const save = (): void => {
				pending.current = null;
				// A draft that could not be saved stays in the window; the next change tries again.
				app.client.command('draft.set', { conversationId: id, text: next }).catch(() => undefined);
			};
			pending.current = { cancel: after(saveAfterMs, save), save };
		},
		[app, id],
	);
	useEffect(
		() => () => {
			pending.current?.cancel();
			pending.current?.save();
		},
		[],
	);
	return [text, setText];
}
