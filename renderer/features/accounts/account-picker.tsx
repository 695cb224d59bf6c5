import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { AccountCapabilities, Feature } from '../../../protocols/model/capabilities.ts';
import type { Account } from '../../../protocols/model/entities.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useAppState } from '../../app-context.ts';
import { Notice } from '../../components/notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { limitText } from '../../i18n/error-text.ts';
import { orderedAccounts, selectedConversation } from '../../state/selectors.ts';
import { defaultAccount } from './default-account.ts';

export type AccountFeature = Exclude<keyof AccountCapabilities, 'ownPresence'>;

export interface PickedAccount {
	readonly accounts: readonly Account[];
	readonly account: Account | undefined;
	/** What the account says about the feature asked for. */
	readonly feature: Feature | undefined;
	readonly canUse: boolean;
	readonly pick: (id: string) => void;
}

/** The account a dialog works with: the one asked for, else the selected conversation's, else the first that can. */
export function usePickedAccount(wanted: AccountId | undefined, needed: AccountFeature): PickedAccount {
	const accounts = useAppState((state) => orderedAccounts(state.engine.accounts));
	const near = useAppState((state) => selectedConversation(state)?.accountId);
	const [picked, pick] = useState<string | undefined>(undefined);
	const account =
		accounts.find((one) => one.id === picked) ??
		defaultAccount(accounts, wanted, near, (one) => can(one.capabilities[needed]));
	const feature = account?.capabilities[needed];
	return { accounts, account, feature, canUse: feature !== undefined && can(feature), pick };
}

/** Which account to use, and why it cannot be used when it cannot. */
export function AccountPicker({ picked }: { readonly picked: PickedAccount }) {
	const { t } = useTranslation();
	const { accounts, account, feature, canUse } = picked;
	return (
		<>
			{(accounts.length > 1 || account === undefined) && (
				<SelectField
					label={t('account.pick')}
					value={account?.id ?? ''}
					onChange={picked.pick}
					choices={accounts.map((one) => ({
						value: one.id,
						label: one.label === one.address ? one.label : `${one.label} (${one.address})`,
					}))}
				/>
			)}
			{account !== undefined && !canUse && feature !== undefined && (
				<Notice tone="warning">{limitText(t, feature) ?? t('account.cannot')}</Notice>
			)}
		</>
	);
}
