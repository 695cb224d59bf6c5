import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { AccountPicker, usePickedAccount } from '../accounts/account-picker.tsx';
import { placeholderText } from '../accounts/login-words.ts';
import styles from '../rooms/rooms.module.css';
import { useSubmit } from '../rooms/use-submit.ts';
import { PeopleResults } from './people-results.tsx';
import { usePeopleSearch } from './use-people-search.ts';

/** Writing to somebody: a contact, somebody from the directory, or any address. */
export function NewChatDialog({
	accountId,
	onClose,
}: {
	readonly accountId?: AccountId | undefined;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const picked = usePickedAccount(accountId, 'directChat');
	const protocol = useAppState((state) => state.engine.protocols.get(picked.account?.protocol ?? ''));
	const [user, setUser] = useState('');
	const submit = useSubmit();
	const people = usePeopleSearch(picked.canUse ? picked.account : undefined, user);
	const begin = (address: string): void => {
		const { account } = picked;
		const name = address.trim();
		if (account === undefined || !picked.canUse || name === '') return;
		submit.run(
			() => app.client.command('conversation.direct', { accountId: account.id, user: name }),
			(result) => {
				onClose();
				app.session.open(result.conversationId);
			},
		);
	};
	return (
		<DialogFrame
			title={t('people.newChatTitle')}
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
						isDisabled={!picked.canUse || user.trim() === ''}
					>
						{t('people.begin')}
					</Button>
				</>
			}
		>
			<form
				id={form}
				className={styles['form']}
				onSubmit={(event: FormEvent) => {
					event.preventDefault();
					begin(user);
				}}
			>
				<AccountPicker picked={picked} />
				<TextField
					label={t('people.who')}
					description={t('people.whoHint')}
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
				<PeopleResults
					search={people}
					onPick={(person) => {
						setUser(person.address);
						begin(person.address);
					}}
				/>
			</form>
		</DialogFrame>
	);
}
