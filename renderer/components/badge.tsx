import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import styles from './badge.module.css';

/** Unread count. Mentions are louder; muted conversations quieter. Shows nothing at zero. */
export function Badge({
	unread,
	mentions = 0,
	isMuted = false,
}: {
	readonly unread: number;
	readonly mentions?: number;
	readonly isMuted?: boolean;
}) {
	const { t } = useTranslation();
	if (unread <= 0 && mentions <= 0) return null;
	const shown = mentions > 0 ? mentions : unread;
	const words = mentions > 0 ? t('badge.mentions', { count: mentions }) : t('badge.unread', { count: unread });
	return (
		<span className={cx(styles['badge'], mentions > 0 ? styles['mention'] : isMuted && styles['muted'])}>
			<span aria-hidden>
				{mentions > 0 ? '@' : ''}
				{shown > 999 ? '999+' : shown}
			</span>
			<span className="visually-hidden">{words}</span>
		</span>
	);
}
