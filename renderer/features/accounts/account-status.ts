/** The state of an account in plain words. Pure. */
import type { TFunction } from 'i18next';
import type { Account, Decision } from '../../../protocols/model/entities.ts';
import { errorText } from '../../i18n/error-text.ts';
import { clockTime } from '../../i18n/times.ts';

/** What the dot shows: shape and colour differ, so that neither is needed alone. */
export type Tone = 'good' | 'progress' | 'trouble' | 'blocked' | 'off';

export function toneOf(account: Account): Tone {
	switch (account.connection.kind) {
		case 'online':
			return 'good';
		case 'connecting':
		case 'syncing':
			return 'progress';
		case 'waiting':
			return 'trouble';
		case 'blocked':
			return 'blocked';
		case 'offline':
			return 'off';
	}
}

/** Accounts that do not work and do not get there without the user or the network. */
export function problemCount(accounts: Iterable<Account>, decisions: Iterable<Decision>): number {
	const asking = new Set([...decisions].map((decision) => decision.accountId));
	return [...accounts].filter((account) => {
		const { kind } = account.connection;
		return kind === 'waiting' || kind === 'blocked' || asking.has(account.id);
	}).length;
}

/** Seconds until a time, at least 0. */
const secondsUntil = (time: number, now: number): number => Math.max(0, Math.ceil((time - now) / 1000));

/** One sentence about the connection. `now` matters only while waiting. */
export function stateText(t: TFunction, account: Account, now: number): string {
	const { connection } = account;
	switch (connection.kind) {
		case 'offline':
			return account.enabled ? t('account.state.offline') : t('account.state.disabled');
		case 'connecting': {
			const step = t(`account.step.${connection.step}`);
			return connection.attempt > 1 ? t('account.state.attempt', { step, attempt: connection.attempt }) : step;
		}
		case 'syncing':
			return connection.progress === null
				? t('account.state.syncing')
				: t('account.state.syncingPart', { percent: Math.round(connection.progress * 100) });
		case 'online':
			return t('account.state.online', { time: clockTime(connection.since) });
		case 'waiting':
			return connection.retryAt === null
				? t('account.state.waitingSignal')
				: t('account.state.waiting', { seconds: secondsUntil(connection.retryAt, now), attempt: connection.attempt });
		case 'blocked':
			return t('account.state.blocked');
	}
}

/** A few words for the footer: what is wrong, or nothing when all is well. */
export function shortState(t: TFunction, account: Account): string {
	const { connection } = account;
	switch (connection.kind) {
		case 'online':
			return '';
		case 'offline':
			return account.enabled ? t('account.short.offline') : t('account.short.disabled');
		case 'connecting':
			return t('account.short.connecting');
		case 'syncing':
			return t('account.short.syncing');
		case 'waiting':
		case 'blocked':
			return errorText(t, connection.error);
	}
}

/** How the link is protected, in one sentence. */
export function linkText(t: TFunction, account: Account): string {
	const { security } = account;
	if (security === null) return t('account.link.unknown');
	if (!security.encrypted) return t('account.link.open');
	return t(`account.link.${security.verifiedBy}`, { protocol: security.protocol ?? 'TLS' });
}
