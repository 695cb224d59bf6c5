/** What is unread above and below the part of the timeline that is in sight. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Conversation, Message } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { type Row, unreadKey } from './rows.ts';
import type { GoTo, Virtual } from './use-position.ts';

/** Messages of others that came while one was reading further up. */
export function useUnseen(conversation: Conversation, messages: readonly Message[], isReading: boolean): number {
	const [seenUpTo, setSeenUpTo] = useState<number | null>(null);
	const newest = messages.at(-1)?.id ?? null;
	useEffect(() => {
		if (isReading) setSeenUpTo(newest);
	}, [isReading, newest]);
	if (isReading) return 0;
	const from = seenUpTo === null ? -1 : messages.findLastIndex((message) => message.id === seenUpTo);
	const came =
		from < 0 ? [] : messages.slice(from + 1).filter((message) => !message.own && message.content.kind !== 'system');
	return Math.max(came.length, conversation.unread);
}

export interface FirstUnread {
	/** Messages that were unread when the conversation was opened; 0 once the line was in sight. */
	readonly count: number;
	/** Goes to the line, and loads it where it is not loaded. */
	readonly jump: () => void;
}

/** The way up to the unread line, while it is above what is in sight or not loaded at all. */
export function useFirstUnread(
	conversation: Conversation,
	rows: readonly Row[],
	virtual: Virtual,
	goTo: GoTo,
): FirstUnread {
	const app = useApp();
	const line = useAppState((state) => state.ui.unreadFrom.get(conversation.id) ?? null);
	const [wasSeen, setWasSeen] = useState(false);
	const asked = useRef(false);
	const at = rows.findIndex((row) => row.kind === 'unread');
	const top = virtual.range?.startIndex ?? null;
	const isInSight = at >= 0 && top !== null && top <= at;
	useEffect(() => {
		if (isInSight) setWasSeen(true);
	}, [isInSight]);
	useLayoutEffect(() => {
		if (!asked.current || at < 0) return;
		asked.current = false;
		goTo(unreadKey, 'center');
	}, [at, goTo]);
	const jump = useCallback(() => {
		if (at >= 0) goTo(unreadKey, 'center');
		else {
			asked.current = true;
			app.session.toFirstUnread(conversation.id);
		}
	}, [app, conversation.id, at, goTo]);
	return { count: line === null || wasSeen || isInSight ? 0 : line.count, jump };
}
