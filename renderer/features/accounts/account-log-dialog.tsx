import { Copy, RefreshCw, Search } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountLogLine } from '../../../protocols/model/entities.ts';
import { toChatError } from '../../../protocols/model/errors.ts';
import type { ChatError } from '../../../protocols/model/errors.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { cx } from '../../components/cx.ts';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { TextField } from '../../components/text-field.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import styles from './account-log.module.css';
import { arrowOf, filterLines, logAsText, logTime } from './log-lines.ts';

interface Row {
	readonly key: string;
	readonly line: AccountLogLine;
}

/** What went over the wire, without secrets; for people who want to know, and for reports of errors. */
export function AccountLogDialog({
	accountId,
	onClose,
}: {
	readonly accountId: AccountId;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const account = useAppState((state) => state.engine.accounts.get(accountId));
	const [lines, setLines] = useState<readonly AccountLogLine[] | null>(null);
	const [error, setError] = useState<ChatError | null>(null);
	const [filter, setFilter] = useState('');
	const [copied, setCopied] = useState(false);
	const load = useCallback((): void => {
		setError(null);
		app.client
			.query('account.log', { accountId, limit: 2000 })
			.then((result) => setLines(result.lines))
			.catch((thrown: unknown) => setError(toChatError(thrown)));
	}, [app, accountId]);
	useEffect(load, [load]);
	const shown = useMemo(() => filterLines(lines ?? [], filter), [lines, filter]);
	const rows = useMemo(() => shown.map((line, index): Row => ({ key: `${line.at} ${index}`, line })), [shown]);
	const copy = (): void => {
		navigator.clipboard
			.writeText(logAsText(shown))
			.then(() => setCopied(true))
			.catch(() => app.ui.toast('danger', t('account.logCopyFailed')));
	};
	if (account === undefined) return null;
	return (
		<DialogFrame
			title={t('account.logTitle', { account: account.label })}
			size="large"
			onClose={onClose}
			isDismissable
			footer={
				<>
					<span className={styles['footnote']}>{t('account.logNote')}</span>
					<Button isDisabled={shown.length === 0} onPress={copy}>
						<Copy aria-hidden size={16} />
						{copied ? t('common.copied') : t('account.logCopy')}
					</Button>
				</>
			}
		>
			<div className={styles['tools']}>
				<TextField
					label={t('account.logFilter')}
					hideLabel
					placeholder={t('account.logFilter')}
					icon={<Search />}
					value={filter}
					onChange={(value) => {
						setFilter(value);
						setCopied(false);
					}}
				/>
				<IconButton label={t('account.logReload')} icon={<RefreshCw />} onPress={load} />
			</div>
			<div className={styles['log']}>
				{error !== null && (
					<Notice tone="danger" detail={error.detail} actions={<Button onPress={load}>{t('common.retry')}</Button>}>
						{errorSentences(t, error)}
					</Notice>
				)}
				{lines === null && error === null && <Skeleton lines={8} hasAvatar={false} />}
				{lines !== null && rows.length === 0 && (
					<EmptyState title={filter === '' ? t('account.logEmpty') : t('account.logNothing')}>
						{filter === '' ? t('account.logEmptyText') : ''}
					</EmptyState>
				)}
				{rows.length > 0 && (
					<VirtualList
						label={t('account.log')}
						items={rows}
						keyOf={(row) => row.key}
						estimate={() => 20}
						activeKey={rows.at(-1)?.key ?? null}
						render={({ line }) => (
							<div className={cx(styles['line'], styles[line.direction])} dir="ltr">
								<span className={styles['time']}>{logTime(line.at)}</span>
								<span className={styles['arrow']}>{arrowOf(line.direction)}</span>
								<span className={styles['text']}>{line.text}</span>
							</div>
						)}
					/>
				)}
			</div>
		</DialogFrame>
	);
}
