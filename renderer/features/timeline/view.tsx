import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, MessageSquareDashed } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { FocusEvent, KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Gap, Message } from '../../../protocols/model/entities.ts';
import type { MessageId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { cx } from '../../components/cx.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { after } from '../../platform/clock.ts';
import type { TimelineWindow } from '../../state/timeline-window.ts';
import { MessageRow } from './message-row.tsx';
import { DayRow, GapRow, StartRow, SystemRow, UnreadRow } from './other-rows.tsx';
import { buildRows } from './rows.ts';
import type { Row } from './rows.ts';
import { useMarkRead } from './use-mark-read.ts';
import { useFirstPosition, useFollow, useGoTo, useKeptPlace, useTarget, useWantedEnd } from './use-position.ts';
import type { Virtual } from './use-position.ts';
import { useFirstUnread, useUnseen } from './use-unread.ts';
import styles from './view.module.css';

/** The messages of one conversation, with their loading, empty and error states. */
export function Timeline({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const window = useAppState((state) => state.engine.timelines.get(conversation.id));
	const error = useAppState((state) => state.ui.loadErrors.get(conversation.id));
	if (window === undefined) {
		if (error === undefined) {
			return (
				<div className={styles['empty']}>
					<Skeleton lines={8} />
				</div>
			);
		}
		return (
			<div className={styles['problem']}>
				<Notice
					tone="danger"
					detail={error.detail}
					actions={<Button onPress={() => app.session.reload(conversation.id)}>{t('common.retry')}</Button>}
				>
					{t('timeline.loadFailed')} {errorSentences(t, error)}
				</Notice>
			</div>
		);
	}
	if (window.messages.length === 0 && window.gaps.size === 0) {
		return (
			<div className={styles['empty']}>
				<EmptyState icon={<MessageSquareDashed />} title={t('timeline.empty')}>
					{t('timeline.emptyText', { name: conversation.name })}
				</EmptyState>
			</div>
		);
	}
	return <MessageList key={conversation.id} conversation={conversation} window={window} />;
}

/** Rows of 1 line are about this high; rows measure themselves. */
const estimates = { day: 44, unread: 36, gap: 66, start: 60, system: 24, message: 24 } as const;
/** Pages are read when the edge is closer than this. */
const nearEdge = 800;
/** Of the messages' part of a window, before it is measured. */
const guessedHeight = 700;
/** Closer than this to the newest message counts as being there. */
const nearEnd = 60;

function MessageList({
	conversation,
	window,
}: {
	readonly conversation: Conversation;
	readonly window: TimelineWindow;
}) {
	'use no memo'; // TanStack Virtual returns a mutable object that the React Compiler must not cache.
	const { t } = useTranslation();
	const app = useApp();
	const scroller = useRef<HTMLDivElement>(null);
	const unreadFrom = useAppState((state) => state.ui.unreadFrom.get(conversation.id) ?? null);
	const systemEvents = useAppState((state) => state.engine.settings.systemEvents);
	const self = useAppState((state) => state.engine.accounts.get(conversation.accountId)?.self?.remoteId ?? null);
	const rows = useMemo(
		() =>
			buildRows(window.messages, {
				gaps: [...window.gaps.values()],
				unreadFrom,
				atStart: !window.hasBefore,
				systemEvents,
			}),
		[window, unreadFrom, systemEvents],
	);
	const [initialOffset] = useState(() => firstOffset(rows));
	const virtual = useVirtualizer({
		count: rows.length,
		initialOffset,
		initialRect: { width: 0, height: guessedHeight },
		getScrollElement: () => scroller.current,
		getItemKey: (index) => rows[index]?.key ?? index,
		estimateSize: (index) => estimateRow(rows[index]),
		overscan: 12,
		anchorTo: 'end',
		scrollEndThreshold: 40,
		paddingEnd: 12,
	});
	const [atEnd, setAtEnd] = useState(true);
	const goTo = useGoTo(scroller, virtual, rows);
	useFirstPosition(rows, virtual, goTo, window.hasAfter);
	const follow = useFollow(scroller, virtual, rows, window.hasAfter);
	const keepPlace = useKeptPlace(scroller, virtual, rows);
	useWantedEnd(conversation, window.hasAfter, virtual);
	const target = useTarget(conversation, rows, goTo);
	const isReading = atEnd && !window.hasAfter;
	useMarkRead(conversation, window, isReading);
	const newest = window.messages.at(-1);
	const unseen = useUnseen(conversation, window.messages, isReading);
	const firstUnread = useFirstUnread(conversation, rows, virtual, goTo);
	const { hasBefore, hasAfter } = window;
	const onScroll = useCallback((): void => {
		const element = scroller.current;
		if (element === null) return;
		const below = element.scrollHeight - element.clientHeight - element.scrollTop;
		setAtEnd(below < nearEnd);
		follow(below < nearEnd);
		const first = virtual
			.getVirtualItems()
			.find((item) => item.start >= element.scrollTop && isMessage(rows[item.index]));
		const row = below < nearEnd || first === undefined ? undefined : rows[first.index];
		app.session.readingAt(conversation.id, row?.kind === 'message' ? row.message.id : null);
		if (element.scrollTop < nearEdge && hasBefore) void app.attempt(app.session.page(conversation.id, 'before'));
		if (below < nearEdge && hasAfter) void app.attempt(app.session.page(conversation.id, 'after'));
	}, [app, conversation.id, follow, hasBefore, hasAfter, rows, virtual]);
	// A short first page leaves nothing to scroll: look at the edges after every change as well.
	useEffect(onScroll, [onScroll, window.messages]);
	const jump = useCallback(
		(message: Message) => {
			const id = message.replyTo?.messageId ?? null;
			if (id !== null) app.session.open(conversation.id, id);
		},
		[app, conversation.id],
	);
	const toNewest = (): void => app.session.toNewest(conversation.id);
	const focusable = useFocusedMessage(rows, virtual, scroller);
	return (
		<div className={styles['frame']}>
			{/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of the focusable rows inside, delegated */}
			<div
				ref={scroller}
				className={styles['scroller']}
				role="log"
				aria-live="off"
				aria-label={t('timeline.label', { name: conversation.name })}
				onScroll={onScroll}
				onKeyDown={focusable.onKeyDown}
				onBlur={focusable.onBlur}
			>
				<div className={styles['content']} style={{ height: virtual.getTotalSize() }}>
					{virtual.getVirtualItems().map((item) => {
						const row = rows[item.index];
						if (row === undefined) return null;
						return (
							<div
								key={item.key}
								ref={virtual.measureElement}
								data-index={item.index}
								className={styles['row']}
								style={{ transform: `translateY(${item.start}px)` }}
							>
								{row.kind === 'message' ? (
									<MessageRow
										conversation={conversation}
										message={row.message}
										isFirst={row.isFirst}
										isLast={row.isLast}
										isTarget={target === row.message.id}
										isFocusable={focusable.id === row.message.id}
										self={self}
										onJump={jump}
									/>
								) : (
									<OtherRow row={row} conversation={conversation} onFill={keepPlace} />
								)}
							</div>
						);
					})}
				</div>
			</div>
			{firstUnread.count > 0 && (
				<div className={cx(styles['jump'], styles['jumpUp'])}>
					<Button onPress={firstUnread.jump} size="small">
						<ArrowUp aria-hidden size={14} />
						{t('timeline.jumpFirstUnread', { count: firstUnread.count })}
					</Button>
				</div>
			)}
			{!isReading && (
				<div className={styles['jump']}>
					<Button onPress={toNewest} size="small">
						<ArrowDown aria-hidden size={14} />
						{unseen > 0 ? t('timeline.jumpUnread', { count: unseen }) : t('timeline.jump')}
					</Button>
				</div>
			)}
			<Announcer message={newest ?? null} />
		</div>
	);
}

const isMessage = (row: Row | undefined): boolean => row?.kind === 'message';

/**
 * About where the timeline will stand, so that the rows that are drawn first are those that will be seen; the exact
 * place is found once they are measured.
 */
function firstOffset(rows: readonly Row[]): number {
	const unread = rows.findIndex((row) => row.kind === 'unread');
	const heights = (unread < 0 ? rows : rows.slice(0, unread)).map(estimateRow);
	const height = heights.reduce((sum, one) => sum + one, 0);
	return Math.max(0, height - (unread < 0 ? guessedHeight : guessedHeight / 2));
}

function estimateRow(row: Row | undefined): number {
	if (row === undefined) return 24;
	if (row.kind !== 'message') return estimates[row.kind];
	return estimates.message + (row.isFirst ? 32 : 0);
}

function OtherRow({
	row,
	conversation,
	onFill,
}: {
	readonly row: Exclude<Row, { kind: 'message' }>;
	readonly conversation: Conversation;
	readonly onFill: (gap: Gap) => void;
}) {
	switch (row.kind) {
		case 'day':
			return <DayRow time={row.time} />;
		case 'unread':
			return <UnreadRow />;
		case 'gap':
			return <GapRow conversation={conversation} gap={row.gap} onFill={onFill} />;
		case 'start':
			return <StartRow conversation={conversation} />;
		case 'system':
			return <SystemRow messages={row.messages} />;
	}
}

/** Arrow keys walk through the messages; the newest is reached by Tab, also when one has been elsewhere since. */
function useFocusedMessage(rows: readonly Row[], virtual: Virtual, scroller: React.RefObject<HTMLDivElement | null>) {
	const [chosen, setChosen] = useState<MessageId | null>(null);
	const messages = useMemo(
		() => rows.flatMap((row, index) => (row.kind === 'message' ? [{ id: row.message.id, index }] : [])),
		[rows],
	);
	const known = messages.some((entry) => entry.id === chosen);
	const id = known ? chosen : (messages.at(-1)?.id ?? null);
	const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
		const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
		const from = event.target instanceof HTMLElement ? event.target.dataset['message'] : undefined;
		if (step === 0 || from === undefined) return;
		const at = messages.findIndex((entry) => String(entry.id) === from);
		const next = messages[at + step];
		if (next === undefined) return;
		event.preventDefault();
		setChosen(next.id);
		virtual.scrollToIndex(next.index, { align: 'auto' });
		after(0, () => scroller.current?.querySelector<HTMLElement>(`[data-message="${next.id}"]`)?.focus());
	};
	const onBlur = (event: FocusEvent<HTMLDivElement>): void => {
		if (!event.currentTarget.contains(event.relatedTarget)) setChosen(null);
	};
	return { id, onKeyDown, onBlur };
}

/** Tells screen readers what arrives; the list itself is silent because scrolling mounts and unmounts rows. */
function Announcer({ message }: { readonly message: Message | null }) {
	const first = useRef(message?.id ?? null);
	if (message === null || message.own || message.id === first.current)
		return <div aria-live="polite" className="visually-hidden" />;
	const body =
		message.content.kind === 'text' || message.content.kind === 'emote' ? message.content.body.text.slice(0, 300) : '';
	return (
		<div aria-live="polite" className="visually-hidden">
			{body === '' ? '' : `${message.sender.name}: ${body}`}
		</div>
	);
}
