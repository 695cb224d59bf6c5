import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { ConversationId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { TextField } from '../../components/text-field.tsx';
import { limitText, looseText } from '../../i18n/error-text.ts';
import type { DialogRequest } from '../../state/ui-state.ts';
import { SearchDialog } from '../search/view.tsx';
import { removeMessage } from '../timeline/actions.ts';
import { RichTextView } from '../timeline/rich-text-view.tsx';
import styles from './dialogs.module.css';

/** The dialogs that belong to conversations; null for the kinds of other features. */
export function ConversationDialog({
	request,
	onClose,
}: {
	readonly request: DialogRequest;
	readonly onClose: () => void;
}) {
	switch (request.kind) {
		case 'topic':
			return <TopicDialog id={request.conversationId} onClose={onClose} />;
		case 'leave':
			return <LeaveDialog id={request.conversationId} forget={request.forget} onClose={onClose} />;
		case 'remove-message':
			return <RemoveDialog request={request} onClose={onClose} />;
		case 'search':
			return <SearchDialog scope={request.conversationId} initialText={request.text ?? ''} onClose={onClose} />;
		case 'slash-help':
			return <SlashHelp id={request.conversationId} onClose={onClose} />;
		default:
			return null;
	}
}

function TopicDialog({ id, onClose }: { readonly id: ConversationId; readonly onClose: () => void }) {
	const { t } = useTranslation();
	const app = useApp();
	const conversation = useAppState((state) => state.engine.conversations.get(id));
	const [text, setText] = useState<string | null>(null);
	const [busy, setBusy] = useState(false);
	if (conversation === undefined) return null;
	const feature = conversation.capabilities.topic;
	const save = async (): Promise<void> => {
		setBusy(true);
		const worked = await app.attempt(
			app.client.command('conversation.setTopic', { conversationId: id, topic: text ?? '' }),
		);
		setBusy(false);
		if (worked) onClose();
	};
	return (
		<DialogFrame
			title={t('conversation.topicTitle', { name: conversation.name })}
			onClose={onClose}
			isDismissable={text === null}
			footer={
				text === null ? (
					can(feature) && <Button onPress={() => setText(conversation.topic)}>{t('conversation.topicEdit')}</Button>
				) : (
					<>
						<Button onPress={() => setText(null)}>{t('common.cancel')}</Button>
						<Button variant="primary" isPending={busy} onPress={() => void save()}>
							{t('common.save')}
						</Button>
					</>
				)
			}
		>
			{text === null ? (
				<>
					<RichTextView rich={{ text: conversation.topic, spans: [] }} self={null} />
					{!can(feature) && <p className={styles['hint']}>{limitText(t, feature)}</p>}
				</>
			) : (
				<TextField label={t('conversation.topicEdit')} hideLabel rows={4} value={text} onChange={setText} autoFocus />
			)}
		</DialogFrame>
	);
}

function LeaveDialog({
	id,
	forget,
	onClose,
}: {
	readonly id: ConversationId;
	readonly forget: boolean;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const conversation = useAppState((state) => state.engine.conversations.get(id));
	if (conversation === undefined) return null;
	const leave = (): void => {
		onClose();
		void app
			.attempt(app.client.command('conversation.leave', { conversationId: id, reason: null, forget }))
			.then((worked) => {
				if (worked && forget && app.store.getState().ui.selected === id) app.session.deselect();
			});
	};
	return (
		<ConfirmDialog
			title={t('leave.title', { room: conversation.name })}
			confirmLabel={t('leave.confirm')}
			onConfirm={leave}
			onClose={onClose}
		>
			{t('leave.text')}
		</ConfirmDialog>
	);
}

function RemoveDialog({
	request,
	onClose,
}: {
	readonly request: Extract<DialogRequest, { kind: 'remove-message' }>;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const remove = (): void => {
		onClose();
		removeMessage(app, request.messageId, false);
	};
	return (
		<ConfirmDialog
			title={t('message.removeTitle')}
			confirmLabel={t('message.removeConfirm')}
			onConfirm={remove}
			onClose={onClose}
		>
			{t('message.removeText')}
		</ConfirmDialog>
	);
}

function SlashHelp({ id, onClose }: { readonly id: ConversationId; readonly onClose: () => void }) {
	const { t } = useTranslation();
	const protocol = useAppState((state) => {
		const accountId = state.engine.conversations.get(id)?.accountId;
		const account = accountId === undefined ? undefined : state.engine.accounts.get(accountId);
		return account === undefined ? undefined : state.engine.protocols.get(account.protocol);
	});
	return (
		<DialogFrame title={t('composer.helpTitle')} onClose={onClose} isDismissable>
			<ul className={styles['commands']}>
				{(protocol?.slashCommands ?? []).map((command) => (
					<li key={command.name} className={styles['command']}>
						<code>{`/${command.name} ${command.params}`}</code>
						<span className={styles['hint']}>{looseText(t, `slash.${command.help}`, '')}</span>
					</li>
				))}
			</ul>
		</DialogFrame>
	);
}
