import { CornerDownLeft, Hash, MessageSquarePlus, Plus, Search, Settings, SunMoon, Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { TFunction } from 'i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import type { App } from '../../app-context.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Badge } from '../../components/badge.tsx';
import { cx } from '../../components/cx.ts';
import { Isolate } from '../../components/isolate.tsx';
import { displayName, presenceOf } from '../../state/selectors.ts';
import { fuzzyFilter } from './fuzzy.ts';
import styles from './view.module.css';

interface Entry {
	readonly key: string;
	readonly words: readonly string[];
	readonly row: ReactNode;
	readonly run: () => void;
}

const maxShown = 12;

/** Quick switcher and actions, over everything, from the keyboard. */
export function Palette() {
	const app = useApp();
	const isOpen = useAppState((state) => state.ui.paletteOpen);
	const { t } = useTranslation();
	return (
		<ModalOverlay
			isOpen={isOpen}
			isDismissable
			onOpenChange={(open) => app.ui.setPalette(open)}
			className={styles['overlay'] ?? ''}
		>
			<Modal className={styles['modal'] ?? ''}>
				<Dialog aria-label={t('palette.title')} className={styles['dialog'] ?? ''}>
					<PaletteBody />
				</Dialog>
			</Modal>
		</ModalOverlay>
	);
}

function PaletteBody() {
	const { t } = useTranslation();
	const app = useApp();
	const [text, setText] = useState('');
	const [active, setActive] = useState(0);
	const entries = useEntries(text);
	const chosen = entries[Math.min(active, entries.length - 1)];
	const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
		if (step !== 0 && entries.length > 0) {
			event.preventDefault();
			setActive((active + step + entries.length) % entries.length);
		} else if (event.key === 'Enter' && !event.nativeEvent.isComposing && chosen !== undefined) {
			event.preventDefault();
			run(chosen);
		}
	};
	const run = (entry: Entry): void => {
		app.ui.setPalette(false);
		entry.run();
	};
	return (
		<>
			<div className={styles['field']}>
				<Search aria-hidden />
				<input
					// oxlint-disable-next-line jsx-a11y/no-autofocus -- the palette is opened to type
					autoFocus
					className={styles['input']}
					value={text}
					placeholder={t('palette.placeholder')}
					aria-label={t('palette.placeholder')}
					role="combobox"
					aria-expanded
					aria-controls="palette-list"
					aria-activedescendant={chosen === undefined ? undefined : `palette-${chosen.key}`}
					onChange={(event) => {
						setText(event.target.value);
						setActive(0);
					}}
					onKeyDown={onKeyDown}
				/>
			</div>
			<div id="palette-list" role="listbox" aria-label={t('palette.results')} className={styles['list']}>
				{entries.map((entry) => (
					<div
						key={entry.key}
						id={`palette-${entry.key}`}
						ref={entry === chosen ? scrollIntoView : null}
						role="option"
						tabIndex={-1}
						aria-selected={entry === chosen}
						className={cx(styles['entry'], entry === chosen && styles['active'])}
						onPointerDown={(event) => {
							event.preventDefault();
							run(entry);
						}}
					>
						{entry.row}
						{entry === chosen && <CornerDownLeft aria-hidden className={styles['enter']} />}
					</div>
				))}
				{entries.length === 0 && <p className={styles['none']}>{t('palette.none', { text })}</p>}
			</div>
			<p className={styles['hint']}>{t('palette.hint')}</p>
		</>
	);
}

function scrollIntoView(element: HTMLElement | null): void {
	element?.scrollIntoView({ block: 'nearest' });
}

function useEntries(text: string): readonly Entry[] {
	const { t } = useTranslation();
	const app = useApp();
	const engine = useAppState((state) => state.engine);
	return useMemo(() => {
		const conversations = [...engine.conversations.values()]
			.filter((conversation) => conversation.kind !== 'space')
			.sort((a, b) => Number(b.unread > 0) - Number(a.unread > 0) || (b.last?.time ?? 0) - (a.last?.time ?? 0));
		const places: Entry[] = conversations.map((conversation) => {
			const name = displayName(engine, conversation);
			return {
				key: conversation.id,
				words: [name, conversation.remoteId],
				row: <ConversationEntry conversation={conversation} name={name} />,
				run: () => app.session.open(conversation.id),
			};
		});
		const query = text.trim();
		if (query === '') return [...places.slice(0, 8), ...actions(app, t).slice(0, 4)];
		const found = fuzzyFilter([...places, ...actions(app, t)], query, (entry) => entry.words, maxShown);
		const search: Entry = {
			key: 'search',
			words: [],
			row: <ActionRow icon={<Search />} label={t('palette.searchMessages', { text: query })} />,
			run: () => app.ui.openDialog({ kind: 'search', conversationId: null, text: query }),
		};
		return query.length >= 2 ? [...found, search] : found;
	}, [engine, text, app, t]);
}

function ConversationEntry({ conversation, name }: { readonly conversation: Conversation; readonly name: string }) {
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId)?.label ?? '');
	const presence = useAppState((state) => presenceOf(state, conversation));
	return (
		<>
			<Avatar
				id={conversation.peer ?? conversation.remoteId}
				name={name}
				size={24}
				presence={presence}
				isRoom={conversation.kind !== 'direct'}
			/>
			<Isolate className={styles['name']}>{name}</Isolate>
			<Isolate className={styles['account']}>{account}</Isolate>
			<Badge unread={conversation.unread} mentions={conversation.mentions} isMuted={conversation.notify === 'none'} />
		</>
	);
}

function ActionRow({ icon, label }: { readonly icon: ReactNode; readonly label: string }) {
	return (
		<>
			<span className={styles['icon']} aria-hidden>
				{icon}
			</span>
			<span className={styles['name']}>{label}</span>
		</>
	);
}

/** Conversation to go to next: mentions before other unread ones, muted ones never. */
export function nextUnread(conversations: Iterable<Conversation>, selected: string | null): Conversation | null {
	const waiting = [...conversations].filter(
		(one) => one.unread > 0 && one.notify !== 'none' && one.id !== selected && !one.archived,
	);
	return waiting.sort((a, b) => b.mentions - a.mentions || (b.last?.time ?? 0) - (a.last?.time ?? 0))[0] ?? null;
}

function actions(app: App, t: TFunction): readonly Entry[] {
	const entry = (key: string, label: string, icon: ReactNode, run: () => void): Entry => ({
		key,
		words: [label],
		row: <ActionRow icon={icon} label={label} />,
		run,
	});
	const setting = (change: Parameters<typeof app.client.command<'settings.set'>>[1]['settings']) => () =>
		void app.attempt(app.client.command('settings.set', { settings: change }));
	return [
		entry('next-unread', t('palette.nextUnread'), <Hash />, () => {
			const { engine, ui } = app.store.getState();
			const next = nextUnread(engine.conversations.values(), ui.selected);
			if (next !== null) app.session.open(next.id);
		}),
		entry('new-chat', t('sidebar.newChat'), <MessageSquarePlus />, () => app.ui.openDialog({ kind: 'new-chat' })),
		entry('join', t('sidebar.joinRoom'), <Users />, () => app.ui.openDialog({ kind: 'join-room' })),
		entry('browse', t('sidebar.browseRooms'), <Search />, () => app.ui.openDialog({ kind: 'browse-rooms' })),
		entry('search-all', t('search.title'), <Search />, () =>
			app.ui.openDialog({ kind: 'search', conversationId: null }),
		),
		entry('add-account', t('sidebar.addAccount'), <Plus />, () => app.ui.openDialog({ kind: 'add-account' })),
		entry('settings', t('palette.settings'), <Settings />, () => app.ui.openDialog({ kind: 'settings' })),
		entry('light', t('palette.themeLight'), <SunMoon />, setting({ theme: 'light' })),
		entry('dark', t('palette.themeDark'), <SunMoon />, setting({ theme: 'dark' })),
		entry('system', t('palette.themeSystem'), <SunMoon />, setting({ theme: 'system' })),
		entry('contrast', t('palette.themeContrast'), <SunMoon />, setting({ theme: 'contrast' })),
		entry('compact', t('palette.compact'), <SunMoon />, setting({ density: 'compact' })),
		entry('comfortable', t('palette.comfortable'), <SunMoon />, setting({ density: 'comfortable' })),
	];
}
