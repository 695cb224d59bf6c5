import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { DialogFrame } from './dialog-frame.tsx';

/** Asks before something that cannot be undone. */
export function ConfirmDialog({
	title,
	children,
	confirmLabel,
	isDanger = true,
	onConfirm,
	onClose,
}: {
	readonly title: string;
	readonly children: ReactNode;
	readonly confirmLabel: string;
	readonly isDanger?: boolean;
	readonly onConfirm: () => void;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	return (
		<DialogFrame
			title={title}
			onClose={onClose}
			size="small"
			role="alertdialog"
			footer={
				<>
					<Button onPress={onClose}>{t('common.cancel')}</Button>
					<Button variant={isDanger ? 'danger' : 'primary'} onPress={onConfirm}>
						{confirmLabel}
					</Button>
				</>
			}
		>
			{children}
		</DialogFrame>
	);
}
