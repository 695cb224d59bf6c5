import { Check, CheckCheck, CircleDashed, Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SendState } from '../../../protocols/model/send-state.ts';
import { cx } from '../../components/cx.ts';
import styles from './message-row.module.css';

const pictures = {
	queued: Clock,
	sending: Clock,
	unconfirmed: CircleDashed,
	sent: Check,
	delivered: CheckCheck,
	read: CheckCheck,
} as const;

/** One quiet sign of how far an own message got; failures are sentences elsewhere. */
export function SendGlyph({ send }: { readonly send: SendState }) {
	const { t } = useTranslation();
	if (send.kind === 'failed' || send.kind === 'uncertain' || send.kind === 'cancelled') return null;
	const Picture = pictures[send.kind];
	const words = t(`send.${send.kind}`);
	return (
		<span
			className={cx(styles['send'], send.kind === 'read' && styles['read'])}
			role="img"
			aria-label={words}
			title={words}
		>
			<Picture aria-hidden />
		</span>
	);
}
