import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { TextField } from '../../components/text-field.tsx';

/** Another name for an account, seen only here. */
export function RenameDialog({ accountId, onClose }: { readonly accountId: AccountId; readonly onClose: () => void }) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const account = useAppState((state) => state.engine.accounts.get(accountId));
	const [label, setLabel] = useState(account?.label ?? '');
	const [busy, setBusy] = useState(false);
	if (account === undefined) return null;
	const save = async (): Promise<void> => {
		setBusy(true);
		const name = label.trim() === '' ? account.address : label.trim();
		const worked = await app.attempt(app.client.command('account.update', { accountId, label: name.slice(0, 200) }));
		setBusy(false);
		if (worked) onClose();
	};
	return (
		<DialogFrame
			title={t('account.renameTitle')}
			size="small"
			onClose={onClose}
			footer={
				<>
					<Button onPress={onClose}>{t('common.cancel')}</Button>
					<Button type="submit" form={form} variant="primary" isPending={busy}>
						{t('common.save')}
					</Button>
				</>
			}
		>
			<form
				id={form}
				onSubmit={(event) => {
					event.preventDefault();
					void save();
				}}
			>
				<TextField
					label={t('account.label')}
					description={t('account.labelHint')}
					value={label}
					onChange={setLabel}
					placeholder={account.address}
					maxLength={200}
					autoFocus
				/>
			</form>
		</DialogFrame>
	);
}
