import { useTranslation } from 'react-i18next';
import type { Availability } from '../../protocols/model/capabilities.ts';
import { cx } from './cx.ts';
import styles from './presence-dot.module.css';

/** Presence by colour *and* shape: full, ring, bar; nothing for `unknown`, which is never shown as offline. */
export function PresenceDot({
	availability,
	isLabelled = false,
}: {
	readonly availability: Availability;
	readonly isLabelled?: boolean;
}) {
	const { t } = useTranslation();
	if (availability === 'unknown') return null;
	return (
		<span
			className={cx(styles['dot'], styles[availability])}
			{...(isLabelled ? { role: 'img', 'aria-label': t(`presence.${availability}`) } : { 'aria-hidden': true })}
		/>
	);
}
