import { DoorOpen, Search, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountId, ConversationId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { TextField } from '../../components/text-field.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { AccountPicker, usePickedAccount } from '../accounts/account-picker.tsx';
import styles from './rooms.module.css';
import { useDirectory } from './use-directory.ts';
import type { Directory, DirectoryRoom } from './use-directory.ts';
import { useSubmit } from './use-submit.ts';

/** The public rooms of a server: filter, read about, join. */
export function BrowseRoomsDialog({
	accountId,
	onClose,
}: {
	readonly accountId?: AccountId | undefined;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const picked = usePickedAccount(accountId, 'browseRooms');
	const [filter, setFilter] = useState('');
	const account = picked.canUse ? picked.account : undefined;
	const directory = useDirectory(account?.id ?? null, filter.trim());
	return (
		<DialogFrame
			title={t('rooms.browseTitle')}
			size="large"
			onClose={onClose}
			isDismissable
			footer={
				<>
					<span className={styles['aside']}>
						<Button
							variant="quiet"
							onPress={() =>
								app.ui.openDialog({
									kind: 'join-room',
									...(picked.account === undefined ? {} : { accountId: picked.account.id }),
								})
							}
						>
							{t('rooms.joinByName')}
						</Button>
					</span>
					<Button onPress={onClose}>{t('common.close')}</Button>
				</>
			}
		>
			<div className={styles['tools']}>
				<AccountPicker picked={picked} />
				{account !== undefined && (
					<TextField
						label={t('rooms.filter')}
						hideLabel
						placeholder={t('rooms.filter')}
						icon={<Search />}
						value={filter}
						onChange={setFilter}
						maxLength={200}
						autoFocus
					/>
				)}
			</div>
			{account !== undefined && (
				<RoomList directory={directory} account={account.id} filter={filter} onClose={onClose} />
			)}
		</DialogFrame>
	);
}

function RoomList({
	directory,
	account,
	filter,
	onClose,
}: {
	readonly directory: Directory;
	readonly account: AccountId;
	readonly filter: string;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const joined = useAppState((state) => state.engine.conversations);
	const known = new Map(
		[...joined.values()]
			.filter((conversation) => conversation.accountId === account && conversation.membership === 'joined')
			.map((conversation) => [conversation.remoteId, conversation.id]),
	);
	const { rooms, error, loading, done } = directory;
	return (
		<>
			{error !== null && (
				<Notice
					tone="danger"
					detail={error.detail}
					actions={<Button onPress={directory.retry}>{t('common.retry')}</Button>}
				>
					{errorSentences(t, error)}
				</Notice>
			)}
			<div className={styles['list']}>
				{rooms.length > 0 ? (
					<VirtualList
						label={t('rooms.list')}
						items={rooms}
						keyOf={(room) => room.remoteId}
						estimate={() => 52}
						onNearEnd={directory.more}
						render={(room) => (
							<RoomLine room={room} account={account} joined={known.get(room.remoteId) ?? null} onClose={onClose} />
						)}
					/>
				) : loading ? (
					<Skeleton lines={6} />
				) : (
					error === null && (
						<EmptyState icon={<DoorOpen />} title={filter === '' ? t('rooms.none') : t('rooms.nothingFound')}>
							{filter === '' ? t('rooms.noneText') : t('rooms.nothingFoundText')}
						</EmptyState>
					)
				)}
			</div>
			<p className={styles['state']} role="status">
				{rooms.length === 0
					? ''
					: done
						? t('rooms.count', { count: rooms.length })
						: loading
							? t('rooms.loadingMore')
							: t('rooms.countSoFar', { count: rooms.length })}
			</p>
		</>
	);
}

function RoomLine({
	room,
	account,
	joined,
	onClose,
}: {
	readonly room: DirectoryRoom;
	readonly account: AccountId;
	readonly joined: ConversationId | null;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const submit = useSubmit();
	const show = (id: ConversationId): void => {
		onClose();
		app.session.open(id);
	};
	const join = (): void =>
		submit.run(
			() => app.client.command('conversation.join', { accountId: account, name: room.joinName, password: null }),
			(result) => show(result.conversationId),
		);
	const needsPassword = submit.error?.code === 'password-required';
	const name = room.name === '' ? room.joinName : room.name;
	return (
		<div className={styles['room']}>
			<Avatar id={room.remoteId} name={name} isRoom />
			<span className={styles['words']}>
				<Isolate className={styles['name']}>{name}</Isolate>
				{submit.error !== null && !needsPassword ? (
					<span role="alert">{errorSentences(t, submit.error)}</span>
				) : (
					<Isolate className={styles['topic']}>
						{room.topic === '' ? room.joinName : room.topic.replaceAll(/\s+/gu, ' ')}
					</Isolate>
				)}
			</span>
			<span
				className={styles['count']}
				title={room.members === null ? '' : t('conversation.members', { count: room.members })}
			>
				{room.members !== null && (
					<>
						<Users aria-hidden />
						<span aria-hidden>{new Intl.NumberFormat().format(room.members)}</span>
						<span className="visually-hidden">{t('conversation.members', { count: room.members })}</span>
					</>
				)}
			</span>
			{joined !== null ? (
				<Button size="small" aria-label={t('rooms.openNamed', { name })} onPress={() => show(joined)}>
					{t('rooms.open')}
				</Button>
			) : needsPassword ? (
				<Button
					size="small"
					onPress={() => app.ui.openDialog({ kind: 'join-room', accountId: account, name: room.joinName })}
				>
					{t('rooms.withPassword')}
				</Button>
			) : (
				<Button
					size="small"
					variant="primary"
					isPending={submit.busy}
					aria-label={t('rooms.joinNamed', { name })}
					onPress={join}
				>
					{t('rooms.join')}
				</Button>
			)}
		</div>
	);
}
