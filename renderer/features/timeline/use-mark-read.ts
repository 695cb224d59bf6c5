import { useEffect, useRef, useSyncExternalStore } from 'react';
import { compareSort } from '../../../protocols/model/entities.ts';
import type { Conversation } from '../../../protocols/model/entities.ts';
import type { MessageId } from '../../../protocols/model/ids.ts';
import { useApp } from '../../app-context.ts';
import type { TimelineWindow } from '../../state/timeline-window.ts';

/** True while this window has the user's attention. */
export function useFocused(): boolean {
	return useSyncExternalStore(
		(changed) => {
			for (const name of ['focus', 'blur'] as const) globalThis.addEventListener(name, changed);
			document.addEventListener('visibilitychange', changed);
			return () => {
				for (const name of ['focus', 'blur'] as const) globalThis.removeEventListener(name, changed);
				document.removeEventListener('visibilitychange', changed);
			};
		},
		() => document.visibilityState === 'visible' && document.hasFocus(),
	);
}

/** Marks read what was really seen: the newest message, at the bottom, in a focused window. */
export function useMarkRead(conversation: Conversation, window: TimelineWindow, isReading: boolean): void {
	const app = useApp();
	const focused = useFocused();
	const sent = useRef<MessageId | null>(null);
	const newest = window.messages.at(-1) ?? null;
	const behind =
		newest !== null && (conversation.readUpTo === null || compareSort(conversation.readUpTo, newest.sort) < 0);
	const needed = isReading && focused && newest !== null && (behind || conversation.unread > 0);
	useEffect(() => {
		if (!needed || newest === null || sent.current === newest.id) return;
		sent.current = newest.id;
		// Not shown to the user: the next message tries again.
		app.client.command('conversation.markRead', { conversationId: conversation.id, messageId: newest.id }).catch(() => {
			sent.current = null;
		});
	}, [needed, newest, app, conversation.id]);
}
