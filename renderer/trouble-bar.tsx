import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../protocols/model/entities.ts';
import { useApp, useAppState } from './app-context.ts';
import { Button } from './components/button.tsx';
import { Notice } from './components/notice.tsx';
import { errorSentences, errorText } from './i18n/error-text.ts';
import { after } from './platform/clock.ts';
import { useNow } from './platform/use-now.ts';
import { orderedAccounts } from './state/selectors.ts';

/** Trouble shorter than this is seen on the account's dot only. */
const patienceMs = 5000;

/** One slim bar: the engine is out of reach, or an account has been in trouble for a while. Never a modal. */
export function TroubleBar() {
	const link = useAppState((state) => state.ui.link);
	const booted = useAppState((state) => state.engine.booted);
	const lasting = useLasting(link.kind !== 'open' && booted);
	const account = useAppState((state) => orderedAccounts(state.engine.accounts).find(isTroubled) ?? null);
	const accountLasting = useLasting(account !== null);
	if (lasting && link.kind !== 'refused') return <EngineBar retryAt={link.kind === 'waiting' ? link.retryAt : null} />;
	return accountLasting && account !== null ? <AccountBar account={account} /> : null;
}

const isTroubled = (account: Account): boolean =>
	account.enabled && (account.connection.kind === 'waiting' || account.connection.kind === 'blocked');

/** True once `condition` has held for a while. */
function useLasting(condition: boolean): boolean {
	const [lasting, setLasting] = useState(false);
	useEffect(() => {
		if (!condition) {
			setLasting(false);
			return;
		}
		return after(patienceMs, () => setLasting(true));
	}, [condition]);
	return condition && lasting;
}

const secondsTo = (time: number, now: number): number => Math.max(0, Math.ceil((time - now) / 1000));

function EngineBar({ retryAt }: { readonly retryAt: number | null }) {
	const { t } = useTranslation();
	const app = useApp();
	const now = useNow(1000);
	const seconds = retryAt === null ? 0 : secondsTo(retryAt, now);
	return (
		<Notice
			isSlim
			tone="warning"
			actions={
				<Button size="small" onPress={() => app.client.reconnect()}>
					{t('shell.tryNow')}
				</Button>
			}
		>
			{seconds > 0 ? t('shell.engineLost', { seconds }) : t('shell.engineLostNow')}
		</Notice>
	);
}

function AccountBar({ account }: { readonly account: Account }) {
	const { t } = useTranslation();
	const app = useApp();
	const now = useNow(1000);
	const decision = useAppState((state) =>
		[...state.engine.decisions.values()].find((one) => one.accountId === account.id),
	);
	const { connection } = account;
	if (connection.kind !== 'waiting' && connection.kind !== 'blocked') return null;
	const isWaiting = connection.kind === 'waiting' && decision === undefined;
	let words = t('shell.accountBlocked', { account: account.label, error: errorSentences(t, connection.error) });
	if (isWaiting) {
		const error = errorText(t, connection.error);
		words =
			connection.retryAt === null
				? t('shell.accountWaitingSignal', { account: account.label, error })
				: t('shell.accountWaiting', { account: account.label, error, seconds: secondsTo(connection.retryAt, now) });
	}
	return (
		<Notice
			isSlim
			tone={isWaiting ? 'warning' : 'danger'}
			actions={
				<>
					{decision !== undefined && (
						<Button size="small" onPress={() => app.ui.openDialog({ kind: 'decision', decisionId: decision.id })}>
							{decision.question.kind === 'certificate' ? t('account.reviewCertificate') : t('account.answer')}
						</Button>
					)}
					{isWaiting && (
						<Button
							size="small"
							onPress={() => void app.attempt(app.client.command('account.connect', { accountId: account.id }))}
						>
							{t('shell.connectNow')}
						</Button>
					)}
					<Button
						size="small"
						variant="quiet"
						onPress={() => app.ui.openDialog({ kind: 'account-state', accountId: account.id })}
					>
						{t('shell.accountShow')}
					</Button>
				</>
			}
		>
			{words}
		</Notice>
	);
}
