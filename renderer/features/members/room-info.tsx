import {
	Archive,
	ArchiveRestore,
	ChevronDown,
	ChevronRight,
	LogOut,
	Pencil,
	Pin,
	PinOff,
	UserPlus,
} from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Account, Conversation, NotifyLevel } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { FeatureTable } from '../accounts/feature-table.tsx';
import { ConversationPrivacy } from '../privacy/conversation-privacy.tsx';
import { conversationFeatures } from './conversation-features.ts';
import styles from './members.module.css';

const levels: readonly NotifyLevel[] = ['all', 'mentions', 'none'];
const isLevel = (value: string): value is NotifyLevel => (levels as readonly string[]).includes(value);

/** Facts of a conversation and what can be set about it. */
export function RoomInfo({
	conversation,
	account,
}: {
	readonly conversation: Conversation;
	readonly account: Account;
}) {
	const { t } = useTranslation();
	const isDirect = conversation.kind === 'direct';
	return (
		<section className={styles['info']} aria-label={t('details.about')}>
			{!isDirect && <Topic conversation={conversation} />}
			{!isDirect && (
				<p className={styles['where']}>
					{t('details.where', { address: conversation.remoteId, account: account.label })}
				</p>
			)}
			<NotifyField conversation={conversation} />
			<Tools conversation={conversation} />
			<ConversationPrivacy conversation={conversation} account={account} />
			<WhatWorks conversation={conversation} />
		</section>
	);
}

function Topic({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const feature = conversation.capabilities.topic;
	const edit = (): void => app.ui.openDialog({ kind: 'topic', conversationId: conversation.id });
	return (
		<div className={styles['topicLine']}>
			{conversation.topic === '' ? (
				<span className={styles['noTopic']}>{t('details.noTopic')}</span>
			) : (
				<Isolate className={styles['topic']}>{conversation.topic}</Isolate>
			)}
			<IconButton
				label={conversation.topic === '' ? t('conversation.topicAdd') : t('conversation.topicEdit')}
				hint={limitText(t, feature)}
				icon={<Pencil />}
				size="small"
				isUnavailable={!can(feature)}
				onPress={edit}
			/>
		</div>
	);
}

function NotifyField({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	return (
		<SelectField
			label={t('details.notify')}
			value={conversation.notify}
			onChange={(value) => {
				if (isLevel(value))
					void app.attempt(
						app.client.command('conversation.update', { conversationId: conversation.id, notify: value }),
					);
			}}
			choices={levels.map((level) => ({ value: level, label: t(`details.notifyLevel.${level}`) }))}
		/>
	);
}

function Tools({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const { id, pinned, archived, capabilities, membership, kind } = conversation;
	const update = (change: { pinned?: boolean; archived?: boolean }): void =>
		void app.attempt(app.client.command('conversation.update', { conversationId: id, ...change }));
	const isIn = membership === 'joined';
	return (
		<div className={styles['tools']} role="group" aria-label={t('details.tools')}>
			{kind !== 'direct' && (
				<IconButton
					label={t('rooms.invite')}
					hint={limitText(t, capabilities.invite)}
					icon={<UserPlus />}
					isUnavailable={!can(capabilities.invite)}
					onPress={() => app.ui.openDialog({ kind: 'invite', conversationId: id })}
				/>
			)}
			<IconButton
				label={pinned ? t('sidebar.unpin') : t('sidebar.pin')}
				icon={pinned ? <PinOff /> : <Pin />}
				isActive={pinned}
				onPress={() => update({ pinned: !pinned })}
			/>
			<IconButton
				label={archived ? t('sidebar.unarchive') : t('sidebar.archive')}
				icon={archived ? <ArchiveRestore /> : <Archive />}
				isActive={archived}
				onPress={() => update({ archived: !archived })}
			/>
			<IconButton
				label={kind === 'direct' ? t('sidebar.close') : isIn ? t('sidebar.leave') : t('conversation.forget')}
				icon={<LogOut />}
				isDanger
				onPress={() => app.ui.openDialog({ kind: 'leave', conversationId: id, forget: kind === 'direct' || !isIn })}
			/>
		</div>
	);
}

/** What works here, and for the rest the reason. */
function WhatWorks({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const panel = useId();
	const [open, setOpen] = useState(false);
	return (
		<div className={styles['works']}>
			<Button variant="quiet" size="small" aria-expanded={open} aria-controls={panel} onPress={() => setOpen(!open)}>
				{open ? <ChevronDown aria-hidden size={14} /> : <ChevronRight aria-hidden size={14} />}
				{t('details.works')}
			</Button>
			<div id={panel} hidden={!open} className={styles['worksList']}>
				{open && <FeatureTable label={t('details.works')} lines={conversationFeatures(t, conversation)} />}
			</div>
		</div>
	);
}
