import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { ConversationId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { Notice } from '../../components/notice.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences, limitText } from '../../i18n/error-text.ts';
import { placeholderText } from '../accounts/login-words.ts';
import { PeopleResults } from '../people/people-results.tsx';
import { usePeopleSearch } from '../people/use-people-search.ts';
import styles from './rooms.module.css';
import { useSubmit } from './use-submit.ts';

/** Asking somebody into a room. */
export function InviteDialog({
	conversationId,
	onClose,
}: {
	readonly conversationId: ConversationId;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const conversation = useAppState((state) => state.engine.conversations.get(conversationId));
	const account = useAppState((state) =>
		conversation === undefined ? undefined : state.engine.accounts.get(conversation.accountId),
	);
	const protocol = useAppState((state) => state.engine.protocols.get(account?.protocol ?? ''));
	const [user, setUser] = useState('');
	const [reason, setReason] = useState('');
	const submit = useSubmit();
	const people = usePeopleSearch(account, user);
	if (conversation === undefined || account === undefined) return null;
	const feature = conversation.capabilities.invite;
	const invite = (event: FormEvent): void => {
		event.preventDefault();
		const name = user.trim();
		if (name === '') return;
		submit.run(
			() =>
				app.client.command('conversation.invite', {
					conversationId,
					user: name,
					reason: reason.trim() === '' ? null : reason.trim(),
				}),
			() => {
				app.ui.toast('success', t('rooms.invited', { name, room: conversation.name }));
				onClose();
			},
		);
	};
	return (
		<DialogFrame
			title={t('rooms.inviteTitle', { room: conversation.name })}
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
						isDisabled={!can(feature) || user.trim() === ''}
					>
						{t('rooms.invite')}
					</Button>
				</>
			}
		>
			<form id={form} className={styles['form']} onSubmit={invite}>
				{!can(feature) && <Notice tone="warning">{limitText(t, feature)}</Notice>}
				<TextField
					label={t('people.address')}
					value={user}
					onChange={(value) => {
						setUser(value);
						submit.clear();
					}}
					placeholder={placeholderText(t, protocol?.directPlaceholder ?? '')}
					error={submit.error === null ? '' : errorSentences(t, submit.error)}
					spellCheck="false"
					autoComplete="off"
					maxLength={512}
					autoFocus
				/>
				<PeopleResults search={people} onPick={(person) => setUser(person.address)} />
				<TextField
					label={t('login.optional', { label: t('rooms.inviteReason') })}
					value={reason}
					onChange={setReason}
					maxLength={1000}
				/>
			</form>
		</DialogFrame>
	);
}
