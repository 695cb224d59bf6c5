import { useTranslation } from 'react-i18next';
import { useAfter } from '../platform/use-after.ts';
import styles from './skeleton.module.css';

const widths = ['58%', '82%', '40%', '70%', '90%', '52%', '76%', '34%'] as const;

/** Grey lines in the shape of what is coming; appears only when loading takes longer than 200 ms. */
export function Skeleton({ lines = 6, hasAvatar = true }: { readonly lines?: number; readonly hasAvatar?: boolean }) {
	const { t } = useTranslation();
	const late = useAfter(200);
	if (!late) return null;
	return (
		<div className={styles['skeleton']} role="status">
			<span className="visually-hidden">{t('common.loading')}</span>
			{Array.from({ length: lines }, (_, index) => (
				<div key={index} className={styles['line']} aria-hidden>
					{hasAvatar && <span className={styles['face']} />}
					<span className={styles['bars']}>
						<span className={styles['short']} />
						<span className={styles['bar']} style={{ width: widths[index % widths.length] }} />
					</span>
				</div>
			))}
		</div>
	);
}
