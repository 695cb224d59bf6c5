import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './icon-button.tsx';
import { Notice } from './notice.tsx';
import styles from './toasts.module.css';

export interface Toast {
	readonly id: number;
	readonly tone: 'info' | 'success' | 'warning' | 'danger';
	readonly text: string;
	readonly detail: string | null;
}

/** Short messages about something just tried; they leave by themselves except errors. */
export function Toasts({
	toasts,
	onDismiss,
}: {
	readonly toasts: readonly Toast[];
	readonly onDismiss: (id: number) => void;
}) {
	const { t } = useTranslation();
	return (
		<section className={styles['stack']} aria-label={t('common.notifications')}>
			{toasts.map((toast) => (
				<div key={toast.id} className={styles['toast']}>
					<Notice
						tone={toast.tone}
						detail={toast.detail}
						actions={
							<IconButton label={t('common.dismiss')} icon={<X />} size="small" onPress={() => onDismiss(toast.id)} />
						}
					>
						{toast.text}
					</Notice>
				</div>
			))}
		</section>
	);
}
