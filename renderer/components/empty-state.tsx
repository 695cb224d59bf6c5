import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

/** Says what a place is for and what to do next. */
export function EmptyState({
	icon,
	title,
	children,
	actions,
}: {
	readonly icon?: ReactNode;
	readonly title: string;
	readonly children?: ReactNode;
	readonly actions?: ReactNode;
}) {
	return (
		<div className={styles['state']}>
			{icon !== undefined && (
				<span className={styles['icon']} aria-hidden>
					{icon}
				</span>
			)}
			<h2 className={styles['title']}>{title}</h2>
			{children !== undefined && <div className={styles['text']}>{children}</div>}
			{actions !== undefined && <div className={styles['actions']}>{actions}</div>}
		</div>
	);
}
