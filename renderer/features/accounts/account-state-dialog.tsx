import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account, Decision } from '../../../protocols/model/entities.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { Glyph } from '../../components/glyph.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { Notice } from '../../components/notice.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { useNow } from '../../platform/use-now.ts';
import styles from './account-state.module.css';
import { linkText, stateText, toneOf } from './account-status.ts';
import { FeatureTable } from './feature-table.tsx';
import { StatusDot } from './status-dot.tsx';

/** Everything about an account's connection: what is going on, what is wrong, what can be done. */
export function AccountStateDialog({
	accountId,
	onClose,
}: {
	readonly accountId: AccountId;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const account = useAppState((state) => state.engine.accounts.get(accountId));
	const protocol = useAppState((state) =>
		account === undefined ? undefined : state.engine.protocols.get(account.protocol),
	);
	const decision = useAppState((state) =>
		[...state.engine.decisions.values()].find((one) => one.accountId === accountId),
	);
	if (account === undefined) return null;
	return (
		<DialogFrame
			title={account.label}
			onClose={onClose}
			isDismissable
			footer={
				<>
					<Button variant="quiet" onPress={() => app.ui.openDialog({ kind: 'account-log', accountId })}>
						{t('account.log')}
					</Button>
					<ConnectButtons account={account} />
				</>
			}
		>
			<div className={styles['sections']}>
				<p className={styles['who']}>
					{protocol !== undefined && <Glyph shape={protocol.glyph} title={protocol.title} />}
					<span>{protocol?.title ?? account.protocol}</span>
					<span aria-hidden>·</span>
					<Isolate>{account.address}</Isolate>
				</p>
				<SwitchField
					label={t('account.enabled')}
					description={t('account.enabledHint')}
					isSelected={account.enabled}
					onChange={(enabled) => void app.attempt(app.client.command('account.update', { accountId, enabled }))}
				/>
				<ConnectionSection account={account} decision={decision} />
				<LinkSection account={account} />
				<CapabilitySection account={account} />
			</div>
		</DialogFrame>
	);
}

function ConnectButtons({ account }: { readonly account: Account }) {
	const { t } = useTranslation();
	const app = useApp();
	const { kind } = account.connection;
	if (!account.enabled) return null;
	const connect = (): void => void app.attempt(app.client.command('account.connect', { accountId: account.id }));
	const disconnect = (): void => void app.attempt(app.client.command('account.disconnect', { accountId: account.id }));
	return (
		<>
			{kind !== 'offline' && <Button onPress={disconnect}>{t('account.disconnect')}</Button>}
			{(kind === 'offline' || kind === 'waiting' || kind === 'blocked') && (
				<Button variant="primary" onPress={connect}>
					{kind === 'offline' ? t('account.connect') : t('account.tryNow')}
				</Button>
			)}
		</>
	);
}

function ConnectionSection({
	account,
	decision,
}: {
	readonly account: Account;
	readonly decision: Decision | undefined;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const now = useNow(1000);
	const { connection } = account;
	const error = connection.kind === 'waiting' || connection.kind === 'blocked' ? connection.error : null;
	const canLogIn = error !== null && (error.userAction === 'check-password' || error.userAction === 'log-in-again');
	return (
		<section className={styles['section']} aria-label={t('account.connection')}>
			<h3 className={styles['heading']}>{t('account.connection')}</h3>
			<p className={styles['state']} role="status">
				<StatusDot tone={toneOf(account)} />
				<span>{decision === undefined ? stateText(t, account, now) : t('account.state.blocked')}</span>
			</p>
			{error !== null && (
				<Notice tone={connection.kind === 'blocked' ? 'danger' : 'warning'} detail={error.detail}>
					{errorSentences(t, error)}
				</Notice>
			)}
			{decision !== undefined && (
				<Notice
					tone="warning"
					actions={
						<Button size="small" onPress={() => app.ui.openDialog({ kind: 'decision', decisionId: decision.id })}>
							{decision.question.kind === 'certificate' ? t('account.reviewCertificate') : t('account.answer')}
						</Button>
					}
				>
					{t('account.asks')}
				</Notice>
			)}
			{canLogIn && decision === undefined && <PasswordForm accountId={account.id} />}
		</section>
	);
}

/** A new password for an account whose old one is refused; saving connects. */
function PasswordForm({ accountId }: { readonly accountId: AccountId }) {
	const { t } = useTranslation();
	const app = useApp();
	const form = useId();
	const [password, setPassword] = useState('');
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState('');
	const save = (event: FormEvent): void => {
		event.preventDefault();
		if (password === '') {
			setError(t('login.required'));
			return;
		}
		setBusy(true);
		app.client
			.command('account.setSecret', { accountId, name: 'password', value: password })
			.then(() => setPassword(''))
			.catch((thrown: unknown) => setError(errorSentences(t, toChatError(thrown))))
			.finally(() => setBusy(false));
	};
	return (
		<form id={form} className={styles['password']} onSubmit={save}>
			<TextField
				label={t('account.newPassword')}
				type="password"
				autoComplete="current-password"
				value={password}
				error={error}
				onChange={(value) => {
					setPassword(value);
					setError('');
				}}
			/>
			<Button type="submit" isPending={busy}>
				{t('account.logIn')}
			</Button>
		</form>
	);
}

function LinkSection({ account }: { readonly account: Account }) {
	const { t } = useTranslation();
	const { security } = account;
	return (
		<section className={styles['section']} aria-label={t('account.link.title')}>
			<h3 className={styles['heading']}>{t('account.link.title')}</h3>
			<p>{linkText(t, account)}</p>
			{security?.auth !== null && security?.auth !== undefined && (
				<p className={styles['fact']}>{t('account.link.auth', { mechanism: security.auth })}</p>
			)}
			{account.self !== null && <p className={styles['fact']}>{t('account.knownAs', { name: account.self.name })}</p>}
		</section>
	);
}

function CapabilitySection({ account }: { readonly account: Account }) {
	const { t } = useTranslation();
	const { capabilities } = account;
	const names = [
		'joinByName',
		'createRoom',
		'browseRooms',
		'searchPeople',
		'directChat',
		'contacts',
		'contactPresence',
		'statusText',
		'invisible',
		'block',
		'setDisplayName',
		'raw',
	] as const;
	const lines = names.map((id) => ({ id, label: t(`capability.${id}`), feature: capabilities[id] }));
	return (
		<section className={styles['section']} aria-label={t('account.capabilities')}>
			<h3 className={styles['heading']}>{t('account.capabilities')}</h3>
			{account.connection.kind === 'offline' ? (
				<p className={styles['fact']}>{t('account.capabilitiesOffline')}</p>
			) : (
				<FeatureTable label={t('account.capabilities')} lines={lines} />
			)}
		</section>
	);
}
