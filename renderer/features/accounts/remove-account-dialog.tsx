import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';

/** Removing an account takes everything stored for it; the account on the server stays. */
export function RemoveAccountDialog({
	accountId,
	onClose,
}: {
	readonly accountId: AccountId;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const account = useAppState((state) => state.engine.accounts.get(accountId));
	if (account === undefined) return null;
	const remove = (): void => {
		onClose();
		void app.attempt(app.client.command('account.remove', { accountId })).then((worked) => {
			if (worked) app.ui.toast('info', t('account.removed', { account: account.label }));
		});
	};
	return (
		<ConfirmDialog
			title={t('account.removeTitle', { account: account.label })}
			confirmLabel={t('account.removeConfirm')}
			onConfirm={remove}
			onClose={onClose}
		>
			{t('account.removeText', { address: account.address })}
		</ConfirmDialog>
	);
}
