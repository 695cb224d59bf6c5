import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { works } from '../../../protocols/model/capabilities.ts';
import type { Account } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { Notice } from '../../components/notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { choosable, commonPresence, notShowing } from './own-presence.ts';
import type { OwnAvailability } from './own-presence.ts';
import styles from './login.module.css';

const everywhere = 'all';

/** Own presence and status text, for all accounts or one. */
export function PresenceDialog({
	accounts,
	onClose,
}: {
	readonly accounts: readonly Account[];
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const [scope, setScope] = useState<string>(everywhere);
	const shared = commonPresence(accounts);
	const [availability, setAvailability] = useState<OwnAvailability>(shared?.availability ?? 'available');
	const [statusText, setStatusText] = useState(shared?.statusText ?? '');
	const [busy, setBusy] = useState(false);
	const meant = scope === everywhere ? accounts : accounts.filter((account) => account.id === scope);
	const states = choosable(meant);
	const silent = notShowing(meant, availability).filter((account) => account.connection.kind === 'online');
	const noText = meant.filter(
		(account) => account.connection.kind === 'online' && !works(account.capabilities.statusText),
	);
	const changeScope = (next: string): void => {
		setScope(next);
		const one = accounts.find((account) => account.id === next);
		const presence = one?.presence ?? shared;
		if (presence === null) return;
		setAvailability(presence.availability);
		setStatusText(presence.statusText);
	};
	const save = async (): Promise<void> => {
		setBusy(true);
		const one = accounts.find((account) => account.id === scope);
		const worked = await app.attempt(
			app.client.command('presence.set', {
				accountId: one?.id ?? null,
				presence: { availability, statusText: statusText.trim() },
			}),
		);
		setBusy(false);
		if (worked) onClose();
	};
	const names = (list: readonly Account[]): string => list.map((account) => account.label).join(', ');
	return (
		<DialogFrame
			title={t('account.presence.title')}
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
				className={styles['form']}
				onSubmit={(event) => {
					event.preventDefault();
					void save();
				}}
			>
				{accounts.length > 1 && (
					<SelectField
						label={t('account.presence.scope')}
						value={scope}
						onChange={changeScope}
						choices={[
							{ value: everywhere, label: t('account.presence.all') },
							...accounts.map((account) => ({ value: account.id, label: account.label })),
						]}
					/>
				)}
				<SelectField
					label={t('account.presence.label')}
					value={availability}
					onChange={(value) => setAvailability(states.find((state) => state === value) ?? 'available')}
					choices={states.map((state) => ({ value: state, label: t(`presence.${state}`) }))}
				/>
				<TextField
					label={t('account.presence.status')}
					description={t('account.presence.statusHint')}
					value={statusText}
					onChange={setStatusText}
					maxLength={400}
				/>
				{silent.length > 0 && <Notice>{t('account.presence.notShown', { accounts: names(silent) })}</Notice>}
				{statusText.trim() !== '' && noText.length > 0 && (
					<Notice>{t('account.presence.noText', { accounts: names(noText) })}</Notice>
				)}
			</form>
		</DialogFrame>
	);
}
