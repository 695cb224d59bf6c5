import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

/** Says what a place is for and what to do next. */
export function EmptyState({
	icon,
	title,
	level = 2,
	children,
	actions,
}: {
	readonly icon?: ReactNode;
	readonly title: string;
	/** Of the heading: 1 where nothing else names the page. */
	readonly level?: 1 | 2;
	readonly children?: ReactNode;
	readonly actions?: ReactNode;
}) {
	const Title = level === 1 ? 'h1' : 'h2';
	return (
		<div className={styles['state']}>
			{icon !== undefined && (
				<span className={styles['icon']} aria-hidden>
					{icon}
				</span>
			)}
			<Title className={styles['title']}>{title}</Title>
			{children !== undefined && <div className={styles['text']}>{children}</div>}
			{actions !== undefined && <div className={styles['actions']}>{actions}</div>}
		</div>
	);
}
