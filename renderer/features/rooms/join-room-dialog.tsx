import { KeyRound } from 'lucide-react';
import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { Notice } from '../../components/notice.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { AccountPicker, usePickedAccount } from '../accounts/account-picker.tsx';
import { placeholderText } from '../accounts/login-words.ts';
import { joinField } from './join-errors.ts';
import styles from './rooms.module.css';
import { useSubmit } from './use-submit.ts';

/** Joining a room whose name is known. */
export function JoinRoomDialog({
	accountId,
	name: initialName = '',
	onClose,
}: {
	readonly accountId?: AccountId | undefined;
	readonly name?: string | undefined;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const picked = usePickedAccount(accountId, 'joinByName');
	const protocol = useAppState((state) => state.engine.protocols.get(picked.account?.protocol ?? ''));
	const [name, setName] = useState(initialName);
	const [password, setPassword] = useState('');
	const [hasPassword, setHasPassword] = useState(false);
	const submit = useSubmit();
	const { error } = submit;
	const place = error === null ? null : joinField(error);
	const words = error === null ? '' : errorSentences(t, error);
	const shownPassword = hasPassword || place === 'password';
	const canBrowse = picked.account !== undefined && can(picked.account.capabilities.browseRooms);
	const join = (event: FormEvent): void => {
		event.preventDefault();
		const { account } = picked;
		if (account === undefined || name.trim() === '') return;
		submit.run(
			() =>
				app.client.command('conversation.join', {
					accountId: account.id,
					name: name.trim(),
					password: shownPassword && password !== '' ? password : null,
				}),
			(result) => {
				onClose();
				app.session.open(result.conversationId);
			},
		);
	};
	return (
		<DialogFrame
			title={t('rooms.joinTitle')}
			size="small"
			onClose={onClose}
			footer={
				<>
					{canBrowse && (
						<span className={styles['aside']}>
							<Button
								variant="quiet"
								onPress={() =>
									app.ui.openDialog({
										kind: 'browse-rooms',
										...(picked.account === undefined ? {} : { accountId: picked.account.id }),
									})
								}
							>
								{t('rooms.browse')}
							</Button>
						</span>
					)}
					<Button onPress={onClose}>{t('common.cancel')}</Button>
					<Button
						type="submit"
						form={form}
						variant="primary"
						isPending={submit.busy}
						isDisabled={!picked.canUse || name.trim() === ''}
					>
						{t('rooms.join')}
					</Button>
				</>
			}
		>
			<form id={form} className={styles['form']} onSubmit={join}>
				{place === 'form' && (
					<Notice tone="danger" detail={error?.detail ?? null}>
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
					placeholder={placeholderText(t, protocol?.joinPlaceholder ?? '')}
					error={place === 'name' ? words : ''}
					spellCheck="false"
					autoComplete="off"
					maxLength={512}
					autoFocus
				/>
				{shownPassword ? (
					<TextField
						label={t('rooms.password')}
						type="password"
						autoComplete="off"
						value={password}
						onChange={setPassword}
						error={place === 'password' ? words : ''}
						maxLength={512}
						autoFocus={!hasPassword || place === 'password'}
					/>
				) : (
					<span className={styles['fold']}>
						<Button variant="quiet" size="small" onPress={() => setHasPassword(true)}>
							<KeyRound aria-hidden size={14} />
							{t('rooms.hasPassword')}
						</Button>
					</span>
				)}
			</form>
		</DialogFrame>
	);
}
