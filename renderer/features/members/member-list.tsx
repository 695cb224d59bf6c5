import { Search, Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account, Conversation, Member } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { ContextMenu } from '../../components/context-menu.tsx';
import type { MenuPlace } from '../../components/context-menu.tsx';
import { cx } from '../../components/cx.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { TextField } from '../../components/text-field.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { withoutBidiControls } from '../../i18n/isolate.ts';
import { after } from '../../platform/clock.ts';
import { NameSign } from '../people/radar/name-warning.tsx';
import { memberMenu } from './member-menu.tsx';
import type { Removal } from './member-menu.tsx';
import { memberRows } from './member-rows.ts';
import type { MemberRow } from './member-rows.ts';
import styles from './members.module.css';
import { RemovalDialog } from './removal-dialog.tsx';
import { useMembers } from './use-members.ts';

/** Fewer than this many need no filter. */
const filterFrom = 12;

/** Who is in a room, by role. */
export function MemberList({
	conversation,
	account,
}: {
	readonly conversation: Conversation;
	readonly account: Account;
}) {
	const { t } = useTranslation();
	const [filter, setFilter] = useState('');
	const members = useMembers(conversation, filter);
	const rows = useMemo(() => memberRows(members.shown ?? []), [members.shown]);
	if (conversation.capabilities.members === 'none') {
		return (
			<EmptyState icon={<Users />} title={t('member.none')}>
				{t('member.noneText')}
			</EmptyState>
		);
	}
	const isPartial = conversation.capabilities.members === 'partial' || !members.complete;
	return (
		<section className={styles['people']} aria-label={t('member.list')}>
			<header className={styles['head']}>
				<h2 className={styles['heading']}>
					{members.shown === null
						? t('member.list')
						: t('conversation.members', { count: Math.max(members.total, members.shown.length) })}
				</h2>
				{isPartial && <p className={styles['partial']}>{t('member.partial')}</p>}
				{(members.total >= filterFrom || filter !== '') && (
					<TextField
						label={t('member.filter')}
						hideLabel
						placeholder={t('member.filter')}
						icon={<Search />}
						value={filter}
						onChange={setFilter}
						maxLength={200}
					/>
				)}
			</header>
			{members.shown === null ? (
				<Skeleton lines={5} />
			) : rows.length === 0 ? (
				<p className={styles['empty']}>{filter === '' ? t('member.nobody') : t('member.notFound')}</p>
			) : (
				<Rows
					rows={rows}
					conversation={conversation}
					account={account}
					onNearEnd={filter === '' ? members.more : undefined}
				/>
			)}
		</section>
	);
}

function Rows({
	rows,
	conversation,
	account,
	onNearEnd,
}: {
	readonly rows: readonly MemberRow[];
	readonly conversation: Conversation;
	readonly account: Account;
	readonly onNearEnd: (() => void) | undefined;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const [active, setActive] = useState<string | null>(null);
	const [menu, setMenu] = useState<{ place: MenuPlace; member: Member } | null>(null);
	const [removal, setRemoval] = useState<Removal | null>(null);
	const people = useMemo(() => rows.filter((row) => row.kind === 'member'), [rows]);
	const tabStop = people.some((row) => row.key === active) ? active : (people[0]?.key ?? null);
	const openMenu = (event: MouseEvent, member: Member): void => {
		event.preventDefault();
		const box = event.currentTarget.getBoundingClientRect();
		// The context-menu key gives no place: use the row.
		const place =
			event.clientX === 0 && event.clientY === 0
				? { x: box.left + 24, y: box.bottom }
				: { x: event.clientX, y: event.clientY };
		setMenu({ place, member });
	};
	return (
		<>
			<VirtualList
				label={t('member.list')}
				items={rows}
				keyOf={(row) => row.key}
				estimate={(row) => (row.kind === 'heading' ? 28 : 32)}
				activeKey={active}
				onKeyDown={(event) => moveFocus(event, people, tabStop, setActive)}
				{...(onNearEnd === undefined ? {} : { onNearEnd })}
				render={(row) =>
					row.kind === 'heading' ? (
						<div
							className={styles['group']}
						>{`${t(`member.group.${row.role}`)} · ${new Intl.NumberFormat().format(row.count)}`}</div>
					) : (
						<MemberLine
							conversation={conversation}
							member={row.member}
							isTabStop={row.key === tabStop}
							onMenu={openMenu}
							onOpen={() =>
								app.ui.openDialog({
									kind: 'person',
									accountId: account.id,
									user: row.member.remoteId,
									conversationId: conversation.id,
								})
							}
						/>
					)
				}
			/>
			<ContextMenu
				place={menu?.place ?? null}
				label={t('member.menu', { name: menu?.member.name ?? '' })}
				entries={menu === null ? [] : memberMenu(app, t, account, conversation, menu.member, setRemoval)}
				onClose={() => setMenu(null)}
			/>
			{removal !== null && (
				<RemovalDialog conversation={conversation} removal={removal} onClose={() => setRemoval(null)} />
			)}
		</>
	);
}

function MemberLine({
	conversation,
	member,
	isTabStop,
	onMenu,
	onOpen,
}: {
	readonly conversation: Conversation;
	readonly member: Member;
	readonly isTabStop: boolean;
	readonly onMenu: (event: MouseEvent, member: Member) => void;
	readonly onOpen: () => void;
}) {
	const { t } = useTranslation();
	const { availability } = member;
	const isGone = availability === 'offline';
	return (
		<button
			type="button"
			className={cx(styles['member'], isGone && styles['gone'])}
			data-member={member.remoteId}
			tabIndex={isTabStop ? 0 : -1}
			title={member.address === null ? undefined : withoutBidiControls(member.address)}
			onClick={onOpen}
			onContextMenu={(event) => onMenu(event, member)}
		>
			<Avatar id={member.remoteId} name={member.name} size={24} presence={availability} />
			<Isolate className={styles['name']}>{member.name}</Isolate>
			<NameSign
				accountId={conversation.accountId}
				remoteId={member.remoteId}
				name={member.name}
				address={member.address}
				place={conversation.remoteId}
				isSelf={member.self}
			/>
			{member.self && <span className={styles['you']}>{t('member.you')}</span>}
			{availability !== 'unknown' && <span className="visually-hidden">{t(`presence.${availability}`)}</span>}
		</button>
	);
}

/** Arrow keys, Home and End move through the members. */
function moveFocus(
	event: KeyboardEvent<HTMLDivElement>,
	people: readonly MemberRow[],
	current: string | null,
	setActive: (key: string) => void,
): void {
	const at = people.findIndex((row) => row.key === current);
	const targets: Readonly<Record<string, number>> = {
		ArrowDown: at + 1,
		ArrowUp: at - 1,
		Home: 0,
		End: people.length - 1,
	};
	const target = targets[event.key];
	const next = target === undefined ? undefined : people[target];
	if (next === undefined) return;
	event.preventDefault();
	setActive(next.key);
	const list = event.currentTarget;
	after(20, () => list.querySelector<HTMLElement>(`[data-member="${CSS.escape(next.key)}"]`)?.focus());
}
