import { ChevronsUpDown, Plus, Settings, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Account, Decision } from '../../../protocols/model/entities.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { cx } from '../../components/cx.ts';
import { Glyph } from '../../components/glyph.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { MenuButton } from '../../components/menu.tsx';
import type { MenuEntry } from '../../components/menu.tsx';
import { PresenceDot } from '../../components/presence-dot.tsx';
import { orderedAccounts } from '../../state/selectors.ts';
import { accountMenu } from './account-menu.tsx';
import styles from './account-footer.module.css';
import { problemCount, shortState, toneOf } from './account-status.ts';
import { choosable, commonPresence } from './own-presence.ts';
import { PresenceDialog } from './presence-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { StatusDot } from './status-dot.tsx';

/** Foot of the navigator: the accounts, quietly, with a dot each; own presence; settings. */
export function AccountFooter() {
	const { t } = useTranslation();
	const app = useApp();
	const accounts = useAppState((state) => orderedAccounts(state.engine.accounts));
	const decisions = useAppState((state) => state.engine.decisions);
	const [renaming, setRenaming] = useState<AccountId | null>(null);
	const [presence, setPresence] = useState(false);
	const problems = problemCount(accounts, decisions.values());
	const asked = (account: Account): Decision | undefined =>
		[...decisions.values()].find((decision) => decision.accountId === account.id);
	return (
		<section className={styles['footer']} aria-label={t('account.list')}>
			{accounts.length > 0 && (
				<ul className={styles['accounts']}>
					{accounts.map((account) => (
						<AccountLine
							key={account.id}
							account={account}
							decision={asked(account)}
							onRename={() => setRenaming(account.id)}
						/>
					))}
				</ul>
			)}
			<div className={styles['bar']}>
				{accounts.length > 0 ? <OwnPresence accounts={accounts} onMore={() => setPresence(true)} /> : <span />}
				<span className={styles['tools']}>
					{problems > 0 && (
						<span className={styles['problems']} title={t('account.problems', { count: problems })}>
							<TriangleAlert aria-hidden />
							<span aria-hidden>{problems}</span>
							<span className="visually-hidden">{t('account.problems', { count: problems })}</span>
						</span>
					)}
					<IconButton
						label={t('common.addAccount')}
						icon={<Plus />}
						size="small"
						onPress={() => app.ui.openDialog({ kind: 'add-account' })}
					/>
					<IconButton
						label={t('settings.title')}
						icon={<Settings />}
						size="small"
						onPress={() => app.ui.openDialog({ kind: 'settings' })}
					/>
				</span>
			</div>
			{renaming !== null && <RenameDialog accountId={renaming} onClose={() => setRenaming(null)} />}
			{presence && <PresenceDialog accounts={accounts} onClose={() => setPresence(false)} />}
		</section>
	);
}

function AccountLine({
	account,
	decision,
	onRename,
}: {
	readonly account: Account;
	readonly decision: Decision | undefined;
	readonly onRename: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const protocol = useAppState((state) => state.engine.protocols.get(account.protocol));
	const tone = toneOf(account);
	const words = decision === undefined ? shortState(t, account) : t('account.asks');
	const spoken = words === '' ? t('account.short.online') : words;
	return (
		<li>
			<MenuButton
				label={t('account.menu', { account: account.label })}
				placement="top start"
				entries={accountMenu(app, t, account, decision, onRename)}
				trigger={
					<AriaButton
						className={styles['line'] ?? ''}
						aria-label={`${account.label}, ${protocol?.title ?? ''}, ${spoken}`}
					>
						<StatusDot tone={decision === undefined ? tone : 'blocked'} />
						<Isolate className={styles['label']}>{account.label}</Isolate>
						{words !== '' && (
							<span
								className={cx(styles['words'], (tone === 'blocked' || decision !== undefined) && styles['loud'])}
								title={words}
							>
								{words}
							</span>
						)}
						{protocol !== undefined && (
							<Glyph shape={protocol.glyph} title={protocol.title} className={styles['glyph'] ?? ''} />
						)}
					</AriaButton>
				}
			/>
		</li>
	);
}

function OwnPresence({ accounts, onMore }: { readonly accounts: readonly Account[]; readonly onMore: () => void }) {
	const { t } = useTranslation();
	const app = useApp();
	const common = commonPresence(accounts);
	const states = choosable(accounts);
	const name = common === null ? t('account.presence.mixed') : t(`presence.${common.availability}`);
	const words = common === null || common.statusText === '' ? name : common.statusText;
	const choose = (availability: (typeof states)[number]): void =>
		void app.attempt(
			app.client.command('presence.set', {
				accountId: null,
				presence: { availability, statusText: common?.statusText ?? '' },
			}),
		);
	const entries: (MenuEntry | null)[] = states.map((availability) => ({
		id: availability,
		label: t(`presence.${availability}`),
		icon: <PresenceDot availability={availability} />,
		isChecked: common?.availability === availability,
		onAction: () => choose(availability),
	}));
	entries.push(null, { id: 'more', label: t('account.presence.more'), onAction: onMore });
	return (
		<MenuButton
			label={t('account.presence.label')}
			placement="top start"
			entries={entries}
			trigger={
				<AriaButton className={styles['presence'] ?? ''} aria-label={`${t('account.presence.label')}: ${name}`}>
					<PresenceDot availability={common?.availability ?? 'available'} />
					<Isolate className={styles['presenceWords']}>{words}</Isolate>
					<ChevronsUpDown aria-hidden />
				</AriaButton>
			}
		/>
	);
}
