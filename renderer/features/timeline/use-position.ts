/** Where the timeline stands: at first, while messages arrive, and when somebody asks for one of them. */
import type { ReactVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { Conversation, Gap } from '../../../protocols/model/entities.ts';
import type { MessageId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { after, now } from '../../platform/clock.ts';
import type { Row } from './rows.ts';

export type Virtual = ReactVirtualizer<HTMLDivElement, Element>;

/** How long a message that was jumped to stays marked. */
const targetMs = 2500;

/** Goes to the row with this key. */
export type GoTo = (key: string, align: 'center' | 'start') => void;

/** Rows around a place that was gone to are loaded and measured in this time. */
const settleMs = 800;
const takingOver = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

/**
 * Goes to rows by their keys. The virtualizer's own way there is by index and takes some frames, in which a page that is
 * put in above would make the index that of another row. Whoever scrolls meanwhile ends it.
 */
export function useGoTo(scroller: RefObject<HTMLDivElement | null>, virtual: Virtual, rows: readonly Row[]): GoTo {
	const goal = useRef<{ readonly key: string; readonly align: 'center' | 'start'; readonly until: number } | null>(
		null,
	);
	const go = useCallback(() => {
		const wanted = goal.current;
		if (wanted === null || now() > wanted.until) return;
		const index = rows.findIndex((row) => row.key === wanted.key);
		if (index >= 0) virtual.scrollToIndex(index, { align: wanted.align });
	}, [rows, virtual]);
	useLayoutEffect(go, [go]);
	useEffect(() => {
		const element = scroller.current;
		const end = (): void => {
			goal.current = null;
		};
		for (const name of takingOver) element?.addEventListener(name, end, { passive: true });
		return () => {
			for (const name of takingOver) element?.removeEventListener(name, end);
		};
	}, [scroller]);
	return useCallback(
		(key, align) => {
			goal.current = { key, align, until: now() + settleMs };
			go();
		},
		[go],
	);
}

/** Opens at the unread line when there is one, else at the newest message. */
export function useFirstPosition(rows: readonly Row[], virtual: Virtual, goTo: GoTo, hasAfter: boolean): void {
	const placed = useRef(false);
	useLayoutEffect(() => {
		if (placed.current) return;
		placed.current = true;
		const unread = rows.find((row) => row.kind === 'unread');
		if (unread !== undefined) goTo(unread.key, 'center');
		else if (!hasAfter) virtual.scrollToEnd({});
	}, [rows, virtual, goTo, hasAfter]);
}

/**
 * Keeps the newest message in sight while the reader is there: when messages arrive, also while as many old ones are
 * dropped at the other end, when the composer grows and when the window is resized.
 * @returns called with what every scroll found
 */
export function useFollow(
	scroller: RefObject<HTMLDivElement | null>,
	virtual: Virtual,
	rows: readonly Row[],
	hasAfter: boolean,
): (isAtEnd: boolean) => void {
	// Not state: a scroll that has been seen must count for the rows that are drawn next.
	const isFollowing = useRef(false);
	useLayoutEffect(() => {
		if (isFollowing.current && !hasAfter) virtual.scrollToEnd({});
	}, [rows, virtual, hasAfter]);
	useEffect(() => {
		const element = scroller.current;
		if (element === null) return;
		const observer = new ResizeObserver(() => {
			if (isFollowing.current) virtual.scrollToEnd({});
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [scroller, virtual]);
	return useCallback((isAtEnd: boolean) => {
		isFollowing.current = isAtEnd;
	}, []);
}

/** Goes to the newest message when that is asked for, once the run reaches it. */
export function useWantedEnd(conversation: Conversation, hasAfter: boolean, virtual: Virtual): void {
	const app = useApp();
	const wanted = useAppState((state) => state.ui.endWanted === conversation.id);
	useLayoutEffect(() => {
		if (!wanted || hasAfter) return;
		app.ui.set({ endWanted: null });
		virtual.scrollToEnd({});
	}, [app, wanted, hasAfter, virtual]);
}

/** Scrolls to the message that somebody asked for, and marks it for a moment. */
export function useTarget(conversation: Conversation, rows: readonly Row[], goTo: GoTo): MessageId | null {
	const wanted = useAppState((state) => (state.ui.target?.conversationId === conversation.id ? state.ui.target : null));
	const done = useRef(0);
	const [marked, setMarked] = useState<MessageId | null>(null);
	useLayoutEffect(() => {
		if (wanted === null || done.current === wanted.at) return;
		const row = rows.find((one) => one.kind === 'message' && one.message.id === wanted.messageId);
		if (row === undefined) return;
		done.current = wanted.at;
		goTo(row.key, wanted.manner === 'jump' ? 'center' : 'start');
		if (wanted.manner === 'jump') setMarked(wanted.messageId);
	}, [wanted, rows, goTo]);
	useEffect(() => (marked === null ? undefined : after(targetMs, () => setMarked(null))), [marked]);
	return marked;
}

interface KeptPlace {
	readonly gap: Gap;
	/** Null: nothing stands below the gap. */
	readonly messageId: MessageId | null;
	/** Of the message's lower edge from the top of the timeline, in pixels; its upper one moves when it is grouped. */
	readonly bottom: number;
}

/** Rows that are drawn for the first time are measured over this many frames. */
const settlingFrames = 3;

/**
 * Keeps what stands below a gap where it is while messages are put in between, and the focus near it: the virtualizer
 * would keep the gap, from whose button one comes.
 * @returns to be called when a gap is about to be filled
 */
export function useKeptPlace(
	scroller: RefObject<HTMLDivElement | null>,
	virtual: Virtual,
	rows: readonly Row[],
): (gap: Gap) => void {
	const kept = useRef<KeptPlace | null>(null);
	useLayoutEffect(() => {
		const place = kept.current;
		const element = scroller.current;
		if (place === null || element === null) return;
		const before = rows.find((row) => row.kind === 'gap' && row.gap.id === place.gap.id);
		if (before?.kind === 'gap' && before.gap.before?.seq === place.gap.before?.seq) return;
		kept.current = null;
		const refocus = (row: HTMLElement | null): void => {
			const { activeElement } = document;
			const isLost = activeElement === document.body || activeElement?.closest('[data-gap]') !== null;
			if (isLost) row?.focus({ preventScroll: true });
		};
		if (place.messageId === null) {
			requestAnimationFrame(() => refocus(element.querySelector('[data-message][tabindex="0"]')));
			return;
		}
		const index = rows.findIndex((row) => row.kind === 'message' && row.message.id === place.messageId);
		const offset = virtual.getOffsetForIndex(index, 'end')?.[0];
		if (index < 0 || offset === undefined) return;
		virtual.scrollToOffset(offset + element.clientHeight - place.bottom);
		const settle = (frames: number): void => {
			const row = element.querySelector<HTMLElement>(`[data-message="${place.messageId}"]`);
			if (row === null) return;
			refocus(row);
			element.scrollTop += bottomOf(row, element) - place.bottom;
			if (frames > 0) requestAnimationFrame(() => settle(frames - 1));
		};
		requestAnimationFrame(() => settle(settlingFrames));
	}, [rows, virtual, scroller]);
	return (gap) => {
		const element = scroller.current;
		const at = rows.findIndex((row) => row.kind === 'gap' && row.gap.id === gap.id);
		const below = rows.slice(at + 1).find((row) => row.kind === 'message');
		const messageId = below?.kind === 'message' ? below.message.id : null;
		const row = element?.querySelector<HTMLElement>(`[data-message="${messageId}"]`) ?? null;
		if (element === null || (messageId !== null && row === null)) return;
		kept.current = { gap, messageId, bottom: row === null ? 0 : bottomOf(row, element) };
	};
}

const bottomOf = (row: HTMLElement, scroller: HTMLElement): number =>
	row.getBoundingClientRect().bottom - scroller.getBoundingClientRect().top;
