import { Copy, EyeOff, MoreHorizontal, Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { plainBody } from '../../../protocols/model/content.ts';
import type { Conversation, Message } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { MenuButton } from '../../components/menu.tsx';
import type { MenuEntry } from '../../components/menu.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { EmojiButton } from '../composer/emoji-picker.tsx';
import { abilitiesOf, react, removeMessage } from './actions.ts';
import styles from './message-actions.module.css';

/** The row of small buttons over a message; only what the network can do is offered. */
export function MessageActions({
	conversation,
	message,
	onHold,
}: {
	readonly conversation: Conversation;
	readonly message: Message;
	/** A menu or picker is open: keep the row mounted. */
	readonly onHold: (held: boolean) => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const abilities = abilitiesOf(conversation, message);
	const { capabilities } = conversation;
	const compose = (kind: 'reply' | 'edit'): void =>
		app.ui.setComposing(conversation.id, { kind, messageId: message.id });
	return (
		<div className={styles['bar']} role="toolbar" aria-label={t('message.actions')}>
			{abilities.react && (
				<EmojiButton
					isQuick
					onOpenChange={onHold}
					onPick={(emoji) => react(app, message, emoji)}
					trigger={
						<IconButton
							size="small"
							label={t('message.react')}
							hint={limitText(t, capabilities.react)}
							icon={<SmilePlus />}
						/>
					}
				/>
			)}
			{abilities.reply && (
				<IconButton
					size="small"
					label={t('message.reply')}
					hint={limitText(t, capabilities.reply)}
					icon={<Reply />}
					onPress={() => compose('reply')}
				/>
			)}
			{abilities.edit && (
				<IconButton
					size="small"
					label={t('message.edit')}
					hint={limitText(t, capabilities.edit)}
					icon={<Pencil />}
					onPress={() => compose('edit')}
				/>
			)}
			<MenuButton
				label={t('message.more')}
				onOpenChange={onHold}
				trigger={<IconButton size="small" label={t('message.more')} icon={<MoreHorizontal />} />}
				entries={moreEntries()}
			/>
		</div>
	);

	function moreEntries(): readonly MenuEntry[] {
		const text = plainBody(message.content);
		const entries: MenuEntry[] = [];
		if (text !== '' && message.removedAt === null) {
			entries.push({
				id: 'copy',
				label: t('message.copyText'),
				icon: <Copy />,
				onAction: () => void navigator.clipboard.writeText(text).catch(() => undefined),
			});
		}
		entries.push({
			id: 'hide',
			label: t('message.removeForMe'),
			icon: <EyeOff />,
			onAction: () => removeMessage(app, message.id, true),
		});
		if (abilities.remove) {
			const feature = message.own ? capabilities.removeOwn : capabilities.removeAny;
			entries.push({
				id: 'remove',
				label: t('message.remove'),
				icon: <Trash2 />,
				isDanger: true,
				hint: limitText(t, feature),
				onAction: () =>
					app.ui.openDialog({ kind: 'remove-message', conversationId: conversation.id, messageId: message.id }),
			});
		}
		return entries;
	}
}
