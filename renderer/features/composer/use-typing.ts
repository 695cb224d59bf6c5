import { useCallback, useEffect, useRef } from 'react';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { works } from '../../../protocols/model/capabilities.ts';
import { useApp } from '../../app-context.ts';
import { after, now } from '../../platform/clock.ts';
import { usePrivacy } from '../privacy/use-privacy.ts';

/** `active` is repeated no sooner than this. */
const repeatMs = 4000;
const pauseMs = 6000;

/** Tells the others that one is typing, where the network and the user's switches allow it. */
export function useTypingSignal(conversation: Conversation): {
	readonly typed: (text: string) => void;
	readonly done: () => void;
} {
	const app = useApp();
	const wanted = usePrivacy(conversation).typing && works(conversation.capabilities.typingSend);
	const lastActive = useRef(0);
	const cancelPause = useRef<(() => void) | null>(null);
	const { id } = conversation;
	const send = useCallback(
		(state: 'active' | 'paused' | 'done') => {
			lastActive.current = state === 'active' ? now() : 0;
			app.client.command('typing.set', { conversationId: id, state }).catch(() => undefined);
		},
		[app, id],
	);
	const done = useCallback(() => {
		cancelPause.current?.();
		if (lastActive.current !== 0) send('done');
	}, [send]);
	const typed = useCallback(
		(text: string) => {
			if (!wanted) return;
			cancelPause.current?.();
			if (text.trim() === '' || text.startsWith('/')) {
				done();
				return;
			}
			if (now() - lastActive.current > repeatMs) send('active');
			cancelPause.current = after(pauseMs, () => send('paused'));
		},
		[wanted, send, done],
	);
	useEffect(() => done, [done]);
	return { typed, done };
}
