import { ChevronDown, ChevronRight, MessageSquarePlus, PenSquare, Plus, Search, Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { TFunction } from 'i18next';
import type { Contact, Conversation } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { ContextMenu } from '../../components/context-menu.tsx';
import type { MenuPlace } from '../../components/context-menu.tsx';
import { cx } from '../../components/cx.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { AccountFooter } from '../../mounts.tsx';
import { shortcutText } from '../../platform/shortcuts.ts';
import { after } from '../../platform/clock.ts';
import { orderedAccounts } from '../../state/selectors.ts';
import type { NavigatorFilter } from '../../state/ui-state.ts';
import { answerContact, openDirect } from './actions.ts';
import { conversationMenu } from './conversation-menu.tsx';
import { ConversationRow, ProtocolGlyph } from './conversation-row.tsx';
import rowStyles from './conversation-row.module.css';
import { navigatorItems } from './navigator-items.ts';
import type { GroupTitle, NavItem } from './navigator-items.ts';
import styles from './view.module.css';

const filters: readonly NavigatorFilter[] = ['all', 'unread', 'people', 'rooms'];

/** The left column. */
export function Navigator() {
	const { t } = useTranslation();
	const app = useApp();
	return (
		<div className={styles['navigator']}>
			<div className={styles['top']}>
				<button type="button" className={styles['search']} onClick={() => app.ui.setPalette(true)}>
					<Search aria-hidden />
					<span className={styles['searchText']}>{t('sidebar.search')}</span>
					<kbd className={styles['keys']}>{shortcutText('K')}</kbd>
				</button>
				<NewMenu />
			</div>
			<FilterTabs />
			<ConversationList />
			<AccountFooter />
		</div>
	);
}

function NewMenu() {
	const { t } = useTranslation();
	const app = useApp();
	const hasAccounts = useAppState((state) => state.engine.accounts.size > 0);
	return (
		<MenuButton
			label={t('sidebar.newMenu')}
			trigger={<IconButton label={t('sidebar.newMenu')} icon={<PenSquare />} placement="bottom" />}
			entries={[
				{
					id: 'chat',
					label: t('sidebar.newChat'),
					icon: <MessageSquarePlus />,
					isDisabled: !hasAccounts,
					onAction: () => app.ui.openDialog({ kind: 'new-chat' }),
				},
				{
					id: 'join',
					label: t('sidebar.joinRoom'),
					icon: <Users />,
					isDisabled: !hasAccounts,
					onAction: () => app.ui.openDialog({ kind: 'join-room' }),
				},
				{
					id: 'browse',
					label: t('sidebar.browseRooms'),
					icon: <Search />,
					isDisabled: !hasAccounts,
					onAction: () => app.ui.openDialog({ kind: 'browse-rooms' }),
				},
				{
					id: 'create',
					label: t('sidebar.createRoom'),
					icon: <Plus />,
					isDisabled: !hasAccounts,
					onAction: () => app.ui.openDialog({ kind: 'create-room' }),
				},
				null,
				{
					id: 'account',
					label: t('sidebar.addAccount'),
					icon: <Plus />,
					onAction: () => app.ui.openDialog({ kind: 'add-account' }),
				},
			]}
		/>
	);
}

function FilterTabs() {
	const { t } = useTranslation();
	const app = useApp();
	const filter = useAppState((state) => state.ui.filter);
	const words = {
		all: t('sidebar.filterAll'),
		unread: t('sidebar.filterUnread'),
		people: t('sidebar.filterPeople'),
		rooms: t('sidebar.filterRooms'),
	};
	return (
		<div className={styles['filters']} role="group" aria-label={t('sidebar.filter')}>
			{filters.map((name) => (
				<button
					key={name}
					type="button"
					className={cx(styles['filter'], filter === name && styles['filterOn'])}
					aria-pressed={filter === name}
					onClick={() => app.ui.setFilter(name)}
				>
					{words[name]}
				</button>
			))}
		</div>
	);
}

function useItems(): readonly NavItem[] {
	const conversations = useAppState((state) => state.engine.conversations);
	const contacts = useAppState((state) => state.engine.contacts);
	const accounts = useAppState((state) => orderedAccounts(state.engine.accounts));
	const layout = useAppState((state) => state.engine.settings.layout);
	const filter = useAppState((state) => state.ui.filter);
	const toggled = useAppState((state) => state.ui.folded);
	const selected = useAppState((state) => state.ui.selected);
	return useMemo(
		() =>
			navigatorItems({
				conversations,
				contacts,
				accounts,
				layout,
				filter,
				toggled,
				selected,
			}),
		[conversations, contacts, accounts, layout, filter, toggled, selected],
	);
}

function ConversationList() {
	const { t } = useTranslation();
	const app = useApp();
	const items = useItems();
	const selected = useAppState((state) => state.ui.selected);
	const filter = useAppState((state) => state.ui.filter);
	const isCompact = useAppState((state) => state.engine.settings.density === 'compact');
	const [active, setActive] = useState<string | null>(null);
	const [menu, setMenu] = useState<{ place: MenuPlace; conversation: Conversation } | null>(null);
	const tabStop = items.some((item) => item.key === active)
		? active
		: (items.find((item) => item.key === selected)?.key ?? items[0]?.key ?? null);
	const openMenu = useMemo(
		() => (event: MouseEvent, conversation: Conversation) => {
			event.preventDefault();
			const box = event.currentTarget.getBoundingClientRect();
			// The context-menu key gives no place: use the row.
			const place =
				event.clientX === 0 && event.clientY === 0
					? { x: box.left + 24, y: box.bottom }
					: { x: event.clientX, y: event.clientY };
			setMenu({ place, conversation });
		},
		[],
	);
	if (items.length === 0) return <EmptyNavigator filter={filter} />;
	return (
		<>
			<VirtualList
				label={t('sidebar.list')}
				items={items}
				keyOf={(item) => item.key}
				estimate={(item) => (item.kind === 'group' ? 32 : isCompact ? 26 : 50)}
				activeKey={active ?? selected}
				onKeyDown={(event) => moveFocus(event, items, tabStop, setActive)}
				render={(item) => {
					const isTabStop = item.key === tabStop;
					switch (item.kind) {
						case 'group':
							return <GroupHeading item={item} isTabStop={isTabStop} />;
						case 'conversation':
							return (
								<ConversationRow
									conversation={item.conversation}
									isSelected={item.key === selected}
									isTabStop={isTabStop}
									onMenu={openMenu}
								/>
							);
						case 'request':
							return <RequestRow contact={item.contact} />;
						case 'contact':
							return <ContactRow contact={item.contact} itemKey={item.key} isTabStop={isTabStop} />;
					}
				}}
			/>
			<ContextMenu
				place={menu?.place ?? null}
				label={t('sidebar.menu')}
				entries={menu === null ? [] : conversationMenu(app, t, menu.conversation)}
				onClose={() => setMenu(null)}
			/>
		</>
	);
}

/** Arrow keys, Home and End move through the rows; Enter opens, as on every button. */
function moveFocus(
	event: KeyboardEvent<HTMLDivElement>,
	items: readonly NavItem[],
	current: string | null,
	setActive: (key: string) => void,
): void {
	const at = items.findIndex((item) => item.key === current);
	const targets: Readonly<Record<string, number>> = {
		ArrowDown: at + 1,
		ArrowUp: at - 1,
		Home: 0,
		End: items.length - 1,
	};
	const target = targets[event.key];
	const next = target === undefined ? undefined : items[target];
	if (next === undefined || !(event.target instanceof HTMLElement) || event.target.dataset['nav'] === undefined) return;
	event.preventDefault();
	setActive(next.key);
	const list = event.currentTarget;
	after(20, () => list.querySelector<HTMLElement>(`[data-nav="${CSS.escape(next.key)}"]`)?.focus());
}

function groupTitle(t: TFunction, title: GroupTitle): string {
	switch (title.kind) {
		case 'account':
			return title.label;
		case 'space':
			return title.name;
		default:
			return t(`sidebar.${title.kind}`);
	}
}

function GroupHeading({
	item,
	isTabStop,
}: {
	readonly item: Extract<NavItem, { kind: 'group' }>;
	readonly isTabStop: boolean;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const title = groupTitle(t, item.title);
	return (
		<button
			type="button"
			className={styles['group']}
			data-nav={item.key}
			tabIndex={isTabStop ? 0 : -1}
			aria-expanded={!item.isFolded}
			title={item.isFolded ? t('sidebar.expand', { group: title }) : t('sidebar.collapse', { group: title })}
			onClick={() => app.ui.toggleFold(item.key)}
		>
			<Isolate className={styles['groupName']}>{title}</Isolate>
			<span className={styles['count']}>{item.count}</span>
			<span className={styles['chevron']}>
				{item.isFolded ? <ChevronRight aria-hidden /> : <ChevronDown aria-hidden />}
			</span>
			{item.isFolded && <Badge unread={item.unread} mentions={item.mentions} />}
		</button>
	);
}

function RequestRow({ contact }: { readonly contact: Contact }) {
	const { t } = useTranslation();
	const app = useApp();
	return (
		<div className={rowStyles['wrap']}>
			<div className={rowStyles['row']}>
				<Avatar id={contact.remoteId} name={contact.name || contact.remoteId} />
				<span className={rowStyles['words']}>
					<Isolate className={rowStyles['name']}>{contact.name || contact.remoteId}</Isolate>
					<span className={rowStyles['preview']}>{t('sidebar.wantsContact')}</span>
				</span>
			</div>
			<div className={rowStyles['answers']}>
				<Button size="small" variant="primary" onPress={() => answerContact(app, contact, true)}>
					{t('sidebar.accept')}
				</Button>
				<Button size="small" onPress={() => answerContact(app, contact, false)}>
					{t('sidebar.decline')}
				</Button>
			</div>
		</div>
	);
}

function ContactRow({
	contact,
	itemKey,
	isTabStop,
}: {
	readonly contact: Contact;
	readonly itemKey: string;
	readonly isTabStop: boolean;
}) {
	const app = useApp();
	const isCompact = useAppState((state) => state.engine.settings.density === 'compact');
	return (
		<div className={rowStyles['wrap']}>
			<button
				type="button"
				className={cx(rowStyles['row'], rowStyles['contact'], isCompact && rowStyles['compact'])}
				data-nav={itemKey}
				tabIndex={isTabStop ? 0 : -1}
				onClick={() => openDirect(app, contact)}
			>
				<Avatar
					id={contact.remoteId}
					name={contact.name || contact.remoteId}
					size={isCompact ? 20 : 32}
					presence={contact.availability}
				/>
				<span className={rowStyles['words']}>
					<span className={rowStyles['line']}>
						<Isolate className={rowStyles['name']}>{contact.name || contact.remoteId}</Isolate>
						<ProtocolGlyph accountId={contact.accountId} />
					</span>
					{contact.statusText !== '' && !isCompact && (
						<Isolate className={rowStyles['preview']}>{contact.statusText}</Isolate>
					)}
				</span>
			</button>
		</div>
	);
}

function EmptyNavigator({ filter }: { readonly filter: NavigatorFilter }) {
	const { t } = useTranslation();
	const app = useApp();
	const hasAccounts = useAppState((state) => state.engine.accounts.size > 0);
	if (filter !== 'all') {
		return (
			<div className={styles['empty']}>
				<EmptyState
					title={filter === 'unread' ? t('sidebar.emptyFilter') : t('welcome.emptyTitle')}
					actions={<Button onPress={() => app.ui.setFilter('all')}>{t('sidebar.showAll')}</Button>}
				>
					{filter === 'unread' ? t('sidebar.emptyFilterText') : t('welcome.emptyText')}
				</EmptyState>
			</div>
		);
	}
	return (
		<div className={styles['empty']}>
			<EmptyState
				title={t('welcome.emptyTitle')}
				actions={
					hasAccounts ? (
						<>
							<Button variant="primary" onPress={() => app.ui.openDialog({ kind: 'join-room' })}>
								{t('welcome.joinRoom')}
							</Button>
							<Button onPress={() => app.ui.openDialog({ kind: 'new-chat' })}>{t('welcome.newChat')}</Button>
						</>
					) : (
						<Button variant="primary" onPress={() => app.ui.openDialog({ kind: 'add-account' })}>
							{t('common.addAccount')}
						</Button>
					)
				}
			>
				{hasAccounts ? t('welcome.emptyText') : t('welcome.firstText')}
			</EmptyState>
		</div>
	);
}
