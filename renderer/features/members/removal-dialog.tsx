import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import styles from '../rooms/rooms.module.css';
import type { Removal } from './member-menu.tsx';

/** Kick or ban, with the reason that everybody there will read. */
export function RemovalDialog({
	conversation,
	removal,
	onClose,
}: {
	readonly conversation: Conversation;
	readonly removal: Removal;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const [reason, setReason] = useState('');
	const { kind, member } = removal;
	const remove = (): void => {
		onClose();
		void app.attempt(
			app.client.command(`conversation.${kind}`, {
				conversationId: conversation.id,
				user: member.remoteId,
				reason: reason.trim() === '' ? null : reason.trim(),
			}),
		);
	};
	return (
		<ConfirmDialog
			title={t(`member.${kind}Title`, { name: member.name, room: conversation.name })}
			confirmLabel={t(`member.${kind}Confirm`)}
			onConfirm={remove}
			onClose={onClose}
		>
			<div className={styles['form']}>
				<p>{t(`member.${kind}Text`)}</p>
				<TextField
					label={t('login.optional', { label: t('member.reason') })}
					value={reason}
					onChange={setReason}
					maxLength={1000}
				/>
			</div>
		</ConfirmDialog>
	);
}
