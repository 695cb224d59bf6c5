import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { cx } from '../../components/cx.ts';
import { withoutBidiControls } from '../../i18n/isolate.ts';
import type { Conversation, Gap, Message } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { errorText } from '../../i18n/error-text.ts';
import { clockTime, dayHeading, fullTime } from '../../i18n/times.ts';
import { useNow } from '../../platform/use-now.ts';
import { fillGap } from './actions.ts';
import { isTraffic, summarise } from './rows.ts';
import styles from './other-rows.module.css';
import { foldText, systemText } from './system-text.ts';

export function DayRow({ time }: { readonly time: number }) {
	const { t } = useTranslation();
	const now = useNow();
	return (
		<div className={styles['day']} role="separator">
			<span>{dayHeading(time, now, { today: t('timeline.today'), yesterday: t('timeline.yesterday') })}</span>
		</div>
	);
}

export function UnreadRow() {
	const { t } = useTranslation();
	return (
		<div className={styles['unread']} role="separator">
			<span>{t('timeline.unread')}</span>
		</div>
	);
}

/** A dashed line where messages are missing, with the button that fetches them. */
export function GapRow({
	conversation,
	gap,
	onFill,
}: {
	readonly conversation: Conversation;
	readonly gap: Gap;
	/** Before messages are asked for. */
	readonly onFill: (gap: Gap) => void;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const older = gap.after === null;
	return (
		<div className={styles['gap']} data-gap={gap.id}>
			<span>{gap.fillable ? (older ? t('timeline.gapStart') : t('timeline.gap')) : t('timeline.gapNone')}</span>
			{gap.error !== null && <span className={styles['gapError']}>{errorText(t, gap.error)}</span>}
			{gap.fillable && (
				<Button
					size="small"
					isPending={gap.loading}
					onPress={() => {
						onFill(gap);
						fillGap(app, conversation, gap.id);
					}}
				>
					{gap.loading ? t('timeline.gapLoading') : older ? t('timeline.gapLoadOlder') : t('timeline.gapLoad')}
				</Button>
			)}
		</div>
	);
}

export function StartRow({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const complete = conversation.capabilities.history === 'scrollback';
	const { name } = conversation;
	const begins = conversation.kind === 'direct' ? t('timeline.startDirect', { name }) : t('timeline.start', { name });
	return <div className={styles['start']}>{complete ? begins : t('timeline.startLocal')}</div>;
}

/** System events: one line each, or a run of comings and goings folded into one. */
export function SystemRow({ messages }: { readonly messages: readonly Message[] }) {
	const { t } = useTranslation();
	const [open, setOpen] = useState(false);
	const [only] = messages;
	if (only === undefined) return null;
	if (messages.length === 1 || !messages.every(isTraffic)) return <SystemLine message={only} />;
	return (
		<div className={styles['fold']}>
			<button
				type="button"
				className={cx(styles['line'], styles['foldButton'])}
				aria-expanded={open}
				onClick={() => setOpen(!open)}
			>
				<span className={styles['foldIcon']}>{open ? <ChevronDown aria-hidden /> : <ChevronRight aria-hidden />}</span>
				<span>{foldText(t, summarise(messages))}</span>
			</button>
			{open && messages.map((message) => <SystemLine key={message.id} message={message} />)}
		</div>
	);
}

function SystemLine({ message }: { readonly message: Message }) {
	const { t } = useTranslation();
	if (message.content.kind !== 'system') return null;
	return (
		<div className={styles['line']}>
			<span aria-hidden />
			<span>
				<bdi>{withoutControlsButIsolates(systemText(t, message.content.system))}</bdi>
				<time className={styles['time']} title={fullTime(message.time)}>
					{clockTime(message.time)}
				</time>
			</span>
		</div>
	);
}

/** `systemText` isolates by itself; text that came whole from the network does not. */
function withoutControlsButIsolates(text: string): string {
	return /[\u2068\u2069]/u.test(text) ? text : withoutBidiControls(text);
}
