import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './notice.module.css';

const icons = { info: Info, warning: TriangleAlert, danger: CircleAlert, success: CircleCheck } as const;

/** A sentence with what can be done about it, standing where it matters. */
export function Notice({
	tone = 'info',
	children,
	detail,
	actions,
	isSlim = false,
}: {
	readonly tone?: keyof typeof icons;
	readonly children: ReactNode;
	/** The network's own words. */
	readonly detail?: string | null;
	readonly actions?: ReactNode;
	/** A bar over the whole width. */
	readonly isSlim?: boolean;
}) {
	const Icon = icons[tone];
	return (
		<div
			className={cx(styles['notice'], styles[tone], isSlim && styles['slim'])}
			role={tone === 'danger' ? 'alert' : 'status'}
		>
			<Icon aria-hidden className={styles['icon']} />
			<div className={styles['words']}>
				<div>{children}</div>
				{detail !== undefined && detail !== null && detail !== '' && (
					<div className={styles['detail']} dir="auto">
						{detail}
					</div>
				)}
			</div>
			{actions !== undefined && <div className={styles['actions']}>{actions}</div>}
		</div>
	);
}
