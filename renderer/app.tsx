import { MessagesSquare, Unplug } from 'lucide-react';
import { Suspense, useEffect, useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp, useAppState } from './app-context.ts';
import styles from './app.module.css';
import { Button } from './components/button.tsx';
import { cx } from './components/cx.ts';
import { EmptyState } from './components/empty-state.tsx';
import { Skeleton } from './components/skeleton.tsx';
import { Toasts } from './components/toasts.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { ConversationView } from './features/conversation/view.tsx';
import { nextUnread, Palette } from './features/palette/view.tsx';
import { Navigator } from './features/sidebar/view.tsx';
import { useFocused } from './features/timeline/use-mark-read.ts';
import { ConversationDialog, fetchDialogs, SetupDialog } from './lazy-dialogs.tsx';
import { DetailsColumn, FirstRun, Tour } from './mounts.tsx';
import { isShortcut, shortcutText } from './platform/shortcuts.ts';
import { narrowQuery, useMedia } from './platform/use-media.ts';
import { selectedConversation, totals } from './state/selectors.ts';
import { navigatorLimits } from './state/ui-state.ts';
import { ThemeContext, useThemeSetting } from './theme.ts';
import { TroubleBar } from './trouble-bar.tsx';

/** The window: navigator, conversation, details; dialogs and messages over them. */
export function AppView() {
	const theme = useThemeSetting();
	const refused = useAppState((state) => state.ui.link.kind === 'refused');
	const booted = useAppState((state) => state.engine.booted);
	const hasAccounts = useAppState((state) => state.engine.accounts.size > 0);
	useShortcuts();
	useTitle();
	useActivity();
	return (
		<ThemeContext value={theme}>
			<div className={styles['window']}>
				{refused ? <Refused /> : booted ? hasAccounts ? <Columns /> : <Welcome /> : <Skeleton lines={10} />}
			</div>
			<Overlays />
		</ThemeContext>
	);
}

function Welcome() {
	return (
		<ErrorBoundary>
			<FirstRun />
		</ErrorBoundary>
	);
}

function Columns() {
	const { t } = useTranslation();
	const app = useApp();
	const narrowView = useAppState((state) => state.ui.narrowView);
	const width = useAppState((state) => state.ui.navigatorWidth);
	const detailsOpen = useAppState((state) => state.ui.detailsOpen);
	const conversation = useAppState(selectedConversation);
	const isNarrow = useMedia(narrowQuery);
	const view = conversation === null ? 'navigator' : narrowView;
	// Alone in the window, a column is what the page is about.
	const Details = isNarrow && view === 'details' ? 'main' : 'aside';
	const isListAlone = isNarrow && view === 'navigator';
	const closeDetails = (): void => {
		app.ui.set(narrowView === 'details' ? { narrowView: 'conversation' } : { detailsOpen: false });
	};
	return (
		<>
			<TroubleBar />
			<div
				className={cx(styles['columns'], detailsOpen && conversation !== null && styles['withDetails'])}
				data-view={view}
				style={{ '--navigator': `${width / 16}rem` } as React.CSSProperties}
			>
				{/* A role instead of another element: the list keeps its place when the window gets narrow. */}
				<div className={styles['navigator']} role={isListAlone ? 'main' : undefined}>
					{isListAlone && <h1 className="visually-hidden">{t('shell.navigator')}</h1>}
					<nav className={styles['list']} aria-label={t('shell.navigator')}>
						<ErrorBoundary>
							<Navigator />
						</ErrorBoundary>
						<Divider />
					</nav>
				</div>
				<main className={styles['main']}>
					<ErrorBoundary resetKey={conversation?.id ?? ''}>
						{conversation === null ? <NothingOpen /> : <ConversationView conversation={conversation} />}
					</ErrorBoundary>
				</main>
				{conversation !== null && (
					<Details className={styles['details']}>
						<ErrorBoundary resetKey={conversation.id}>
							<DetailsColumn conversation={conversation} isAlone={Details === 'main'} onClose={closeDetails} />
						</ErrorBoundary>
					</Details>
				)}
			</div>
		</>
	);
}

/** Drag, or arrow keys, to set the navigator's width. */
function Divider() {
	const { t } = useTranslation();
	const app = useApp();
	const width = useAppState((state) => state.ui.navigatorWidth);
	const drag = useRef<{ x: number; width: number } | null>(null);
	const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
		drag.current = { x: event.clientX, width };
		event.currentTarget.setPointerCapture(event.pointerId);
	};
	const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
		const start = drag.current;
		if (start === null) return;
		const direction = document.documentElement.dir === 'rtl' ? -1 : 1;
		app.ui.resizeNavigator(start.width + direction * (event.clientX - start.x));
	};
	const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
		const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0;
		if (step !== 0) app.ui.resizeNavigator(width + step);
	};
	return (
		<div
			className={styles['divider']}
			role="separator"
			aria-orientation="vertical"
			aria-label={t('shell.resize')}
			aria-valuenow={width}
			aria-valuemin={navigatorLimits.min}
			aria-valuemax={navigatorLimits.max}
			// oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a movable separator is a widget (ARIA 1.2)
			tabIndex={0}
			onPointerDown={onPointerDown}
			onPointerMove={onPointerMove}
			onPointerUp={() => {
				drag.current = null;
			}}
			onKeyDown={onKeyDown}
			onDoubleClick={() => app.ui.resizeNavigator(navigatorLimits.initial)}
		/>
	);
}

function NothingOpen() {
	const { t } = useTranslation();
	const app = useApp();
	return (
		<div className={styles['nothing']}>
			<EmptyState
				level={1}
				icon={<MessagesSquare />}
				title={t('welcome.noneTitle')}
				actions={
					<>
						<Button onPress={() => app.ui.openDialog({ kind: 'new-chat' })}>{t('welcome.newChat')}</Button>
						<Button onPress={() => app.ui.openDialog({ kind: 'join-room' })}>{t('welcome.joinRoom')}</Button>
					</>
				}
			>
				{t('welcome.noneText', { keys: shortcutText('K') })}
			</EmptyState>
			<Tour />
		</div>
	);
}

function Refused() {
	const { t } = useTranslation();
	const isContract = useAppState(
		(state) => state.ui.link.kind === 'refused' && state.ui.link.error.code === 'protocol-violation',
	);
	return (
		<EmptyState
			level={1}
			icon={<Unplug />}
			title={t('shell.refusedTitle')}
			actions={
				<Button variant="primary" onPress={() => globalThis.location.reload()}>
					{t('shell.reload')}
				</Button>
			}
		>
			{isContract ? t('shell.refusedContract') : t('shell.refusedSession')}
		</EmptyState>
	);
}

function Overlays() {
	const app = useApp();
	const dialog = useAppState((state) => state.ui.dialog);
	const toasts = useAppState((state) => state.ui.toasts);
	const close = (): void => app.ui.closeDialog();
	const booted = useAppState((state) => state.engine.booted);
	useEffect(() => (booted ? fetchDialogs() : undefined), [booted]);
	return (
		<>
			<Palette />
			{dialog !== null && (
				<ErrorBoundary resetKey={dialog.kind}>
					<Suspense>
						<ConversationDialog request={dialog} onClose={close} />
						<SetupDialog request={dialog} onClose={close} />
					</Suspense>
				</ErrorBoundary>
			)}
			<Toasts toasts={toasts} onDismiss={(id) => app.ui.dismissToast(id)} />
		</>
	);
}

/** Ctrl/Cmd+K: palette. Ctrl/Cmd+Shift+F: search everywhere. Alt+Shift+Down: next unread. */
function useShortcuts(): void {
	const app = useApp();
	useEffect(() => {
		const onKeyDown = (event: globalThis.KeyboardEvent): void => {
			const { engine, ui } = app.store.getState();
			if (isShortcut(event, 'k')) app.ui.setPalette(!ui.paletteOpen);
			else if (isShortcut(event, 'f') && event.shiftKey) app.ui.openDialog({ kind: 'search', conversationId: null });
			else if (isShortcut(event, 'f') && ui.selected !== null)
				app.ui.openDialog({ kind: 'search', conversationId: ui.selected });
			else if (event.altKey && event.shiftKey && event.key === 'ArrowDown') {
				const next = nextUnread(engine.conversations.values(), ui.selected);
				if (next !== null) app.session.open(next.id);
			} else return;
			event.preventDefault();
		};
		globalThis.addEventListener('keydown', onKeyDown);
		return () => globalThis.removeEventListener('keydown', onKeyDown);
	}, [app]);
}

/** `(3) Parley` while something is unread. */
function useTitle(): void {
	const unread = useAppState((state) => totals(state.engine.conversations).unread);
	const mentions = useAppState((state) => totals(state.engine.conversations).mentions);
	useEffect(() => {
		document.title = mentions > 0 ? `(@${mentions}) Parley` : unread > 0 ? `(${unread}) Parley` : 'Parley';
	}, [unread, mentions]);
}

/** Tells the engine what the user looks at. */
function useActivity(): void {
	const app = useApp();
	const focused = useFocused();
	const visible = useAppState((state) => state.ui.selected);
	const isOpen = useAppState((state) => state.ui.link.kind === 'open');
	useEffect(() => {
		if (isOpen) app.client.command('client.activity', { focused, visible }).catch(() => undefined);
	}, [app, focused, visible, isOpen]);
}
