import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { resolvePrivacy } from '../../../protocols/model/privacy.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { offerOf } from './offers.ts';
import { PrivacyFields } from './privacy-fields.tsx';
import styles from './privacy.module.css';

/** What others learn through one account; takes effect at once. */
export function AccountPrivacyDialog({
	accountId,
	onClose,
}: {
	readonly accountId: AccountId;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const account = useAppState((state) => state.engine.accounts.get(accountId));
	const settings = useAppState((state) => state.engine.settings);
	const conversations = useAppState((state) => state.engine.conversations);
	if (account === undefined) return null;
	const capabilities = [...conversations.values()].flatMap((one) =>
		one.accountId === accountId && one.kind !== 'server' && one.kind !== 'space' ? [one.capabilities] : [],
	);
	return (
		<DialogFrame title={t('privacy.title', { account: account.label })} onClose={onClose} isDismissable>
			<div className={styles['fields']}>
				<p>{t('privacy.accountIntro')}</p>
				<PrivacyFields
					level="likeSettings"
					switches={account.privacy}
					above={resolvePrivacy(null, null, settings)}
					offer={(kind) => offerOf(capabilities, kind)}
					onChange={(privacy) => void app.attempt(app.client.command('account.update', { accountId, privacy }))}
				/>
			</div>
		</DialogFrame>
	);
}
