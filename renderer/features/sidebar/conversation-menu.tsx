import { Archive, Bell, BellOff, CheckCheck, LogOut, Pin, PinOff } from 'lucide-react';
import type { TFunction } from 'i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import type { App } from '../../app-context.ts';
import type { MenuEntries, MenuEntry } from '../../components/menu.tsx';
import { markRead, rejoin, update } from './actions.ts';

/** What can be done with a conversation, for the navigator's context menu and the header's menu. */
export function conversationMenu(app: App, t: TFunction, conversation: Conversation): MenuEntries {
	const notify = (level: Conversation['notify'], label: string): MenuEntry => ({
		id: `notify-${level}`,
		label,
		icon: level === 'none' ? <BellOff /> : <Bell />,
		isChecked: conversation.notify === level,
		onAction: () => update(app, conversation, { notify: level }),
	});
	const isOut = conversation.membership === 'left' || conversation.membership === 'banned';
	return [
		{
			id: 'read',
			label: t('sidebar.markRead'),
			icon: <CheckCheck />,
			isDisabled: conversation.unread === 0 && conversation.mentions === 0,
			onAction: () => markRead(app, conversation),
		},
		conversation.pinned
			? {
					id: 'unpin',
					label: t('sidebar.unpin'),
					icon: <PinOff />,
					onAction: () => update(app, conversation, { pinned: false }),
				}
			: {
					id: 'pin',
					label: t('sidebar.pin'),
					icon: <Pin />,
					onAction: () => update(app, conversation, { pinned: true }),
				},
		{
			id: 'archive',
			label: conversation.archived ? t('sidebar.unarchive') : t('sidebar.archive'),
			icon: <Archive />,
			onAction: () => update(app, conversation, { archived: !conversation.archived }),
		},
		null,
		notify('all', t('sidebar.notifyAll')),
		notify('mentions', t('sidebar.notifyMentions')),
		notify('none', t('sidebar.notifyNone')),
		null,
		isOut
			? { id: 'rejoin', label: t('sidebar.rejoin'), icon: <LogOut />, onAction: () => rejoin(app, conversation) }
			: {
					id: 'leave',
					label: conversation.kind === 'direct' ? t('sidebar.close') : t('sidebar.leave'),
					icon: <LogOut />,
					isDanger: conversation.kind !== 'direct',
					onAction: () =>
						app.ui.openDialog({
							kind: 'leave',
							conversationId: conversation.id,
							forget: conversation.kind === 'direct',
						}),
				},
	];
}
