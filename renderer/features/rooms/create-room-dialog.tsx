import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { Notice } from '../../components/notice.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { AccountPicker, usePickedAccount } from '../accounts/account-picker.tsx';
import { placeholderText } from '../accounts/login-words.ts';
import { joinField, splitAddresses } from './join-errors.ts';
import styles from './rooms.module.css';
import { useSubmit } from './use-submit.ts';

/** A new room: name, topic, who may come, whom to invite at once. */
export function CreateRoomDialog({
	accountId,
	onClose,
}: {
	readonly accountId?: AccountId | undefined;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const picked = usePickedAccount(accountId, 'createRoom');
	const protocol = useAppState((state) => state.engine.protocols.get(picked.account?.protocol ?? ''));
	const [name, setName] = useState('');
	const [topic, setTopic] = useState('');
	const [isPublic, setPublic] = useState(false);
	const [invite, setInvite] = useState('');
	const submit = useSubmit();
	const { error } = submit;
	const isAboutName = error !== null && joinField(error) === 'name';
	const words = error === null ? '' : errorSentences(t, error);
	const create = (event: FormEvent): void => {
		event.preventDefault();
		const { account } = picked;
		if (account === undefined || name.trim() === '') return;
		submit.run(
			() =>
				app.client.command('conversation.create', {
					accountId: account.id,
					name: name.trim(),
					topic: topic.trim() === '' ? null : topic.trim(),
					isPublic,
					invite: [...splitAddresses(invite)],
				}),
			(result) => {
				onClose();
				app.session.open(result.conversationId);
			},
		);
	};
	return (
		<DialogFrame
			title={t('rooms.createTitle')}
			size="small"
			onClose={onClose}
			footer={
				<>
					<Button onPress={onClose}>{t('common.cancel')}</Button>
					<Button
						type="submit"
						form={form}
						variant="primary"
						isPending={submit.busy}
						isDisabled={!picked.canUse || name.trim() === ''}
					>
						{t('rooms.create')}
					</Button>
				</>
			}
		>
			<form id={form} className={styles['form']} onSubmit={create}>
				{error !== null && !isAboutName && (
					<Notice tone="danger" detail={error.detail}>
						{words}
					</Notice>
				)}
				<AccountPicker picked={picked} />
				<TextField
					label={t('rooms.name')}
					value={name}
					onChange={(value) => {
						setName(value);
						submit.clear();
					}}
					error={isAboutName ? words : ''}
					maxLength={512}
					autoComplete="off"
					autoFocus
				/>
				<TextField
					label={t('login.optional', { label: t('rooms.topic') })}
					value={topic}
					onChange={setTopic}
					maxLength={2000}
				/>
				<TextField
					label={t('login.optional', { label: t('rooms.inviteMany') })}
					description={t('rooms.inviteManyHint')}
					placeholder={placeholderText(t, protocol?.directPlaceholder ?? '')}
					value={invite}
					onChange={setInvite}
					spellCheck="false"
					autoComplete="off"
				/>
				<SwitchField
					label={t('rooms.public')}
					description={isPublic ? t('rooms.publicOn') : t('rooms.publicOff')}
					isSelected={isPublic}
					onChange={setPublic}
				/>
			</form>
		</DialogFrame>
	);
}
