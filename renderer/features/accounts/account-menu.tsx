import { CircleHelp, Eye, Info, Pencil, Plug, Power, ScrollText, Trash2, Unplug } from 'lucide-react';
import type { TFunction } from 'i18next';
import type { Account, Decision } from '../../../protocols/model/entities.ts';
import type { App } from '../../app-context.ts';
import type { MenuEntries } from '../../components/menu.tsx';

/** What can be done with an account. */
export function accountMenu(
	app: App,
	t: TFunction,
	account: Account,
	decision: Decision | undefined,
	onRename: () => void,
): MenuEntries {
	const { id } = account;
	const isOn = account.connection.kind !== 'offline';
	const run = (promise: Promise<unknown>): void => void app.attempt(promise);
	const connection = isOn
		? {
				id: 'disconnect',
				label: t('account.disconnect'),
				icon: <Unplug />,
				onAction: () => run(app.client.command('account.disconnect', { accountId: id })),
			}
		: {
				id: 'connect',
				label: t('account.connect'),
				icon: <Plug />,
				onAction: () => run(app.client.command('account.connect', { accountId: id })),
			};
	return [
		...(decision === undefined
			? []
			: [
					{
						id: 'decide',
						label: t('account.answer'),
						icon: <CircleHelp />,
						onAction: () => app.ui.openDialog({ kind: 'decision', decisionId: decision.id }),
					},
					null,
				]),
		{
			id: 'details',
			label: t('account.details'),
			icon: <Info />,
			onAction: () => app.ui.openDialog({ kind: 'account-state', accountId: id }),
		},
		{
			id: 'log',
			label: t('account.log'),
			icon: <ScrollText />,
			onAction: () => app.ui.openDialog({ kind: 'account-log', accountId: id }),
		},
		{
			id: 'privacy',
			label: t('privacy.menu'),
			icon: <Eye />,
			onAction: () => app.ui.openDialog({ kind: 'account-privacy', accountId: id }),
		},
		{ id: 'rename', label: t('account.rename'), icon: <Pencil />, onAction: onRename },
		null,
		...(account.enabled ? [connection] : []),
		{
			id: 'enable',
			label: account.enabled ? t('account.disable') : t('account.enable'),
			hint: account.enabled ? t('account.disableHint') : undefined,
			icon: <Power />,
			onAction: () => run(app.client.command('account.update', { accountId: id, enabled: !account.enabled })),
		},
		null,
		{
			id: 'remove',
			label: t('account.remove'),
			icon: <Trash2 />,
			isDanger: true,
			onAction: () => app.ui.openDialog({ kind: 'remove-account', accountId: id }),
		},
	];
}
