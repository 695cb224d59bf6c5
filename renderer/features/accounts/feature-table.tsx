import { Check, Minus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Feature } from '../../../protocols/model/capabilities.ts';
import { cx } from '../../components/cx.ts';
import { limitText } from '../../i18n/error-text.ts';
import styles from './feature-table.module.css';

export interface FeatureLine {
	readonly id: string;
	readonly label: string;
	readonly feature: Feature;
}

const signs = { full: Check, partial: Check, fallback: Minus, dropped: Minus, rejected: X } as const;

/** What works and, where something does not, why. */
export function FeatureTable({ label, lines }: { readonly label: string; readonly lines: readonly FeatureLine[] }) {
	const { t } = useTranslation();
	return (
		<ul className={styles['table']} aria-label={label}>
			{lines.map(({ id, label: name, feature }) => {
				const Sign = signs[feature.level];
				const limit = limitText(t, feature) ?? (feature.level === 'partial' ? t('capability.partial') : undefined);
				return (
					<li key={id} className={styles['line']}>
						<Sign aria-hidden className={cx(styles['sign'], styles[feature.level])} />
						<span className={styles['words']}>
							<span>{name}</span>
							<span className="visually-hidden">{`: ${t(`capability.level.${feature.level}`)}`}</span>
							{limit !== undefined && <span className={styles['reason']}>{limit}</span>}
						</span>
					</li>
				);
			})}
		</ul>
	);
}
