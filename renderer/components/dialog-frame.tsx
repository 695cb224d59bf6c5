import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import styles from './dialog-frame.module.css';
import { IconButton } from './icon-button.tsx';

/**
 * A modal dialog: title, body that scrolls, footer with the buttons. Escape and the close button call `onClose`; a
 * click outside does so only when `isDismissable`, because forms must not lose what was typed.
 */
export function DialogFrame({
	title,
	onClose,
	children,
	footer,
	size = 'medium',
	isDismissable = false,
	role = 'dialog',
}: {
	readonly title: string;
	readonly onClose: () => void;
	readonly children: ReactNode;
	readonly footer?: ReactNode;
	readonly size?: 'small' | 'medium' | 'large';
	readonly isDismissable?: boolean;
	readonly role?: 'dialog' | 'alertdialog';
}) {
	const { t } = useTranslation();
	return (
		<ModalOverlay
			isOpen
			isDismissable={isDismissable}
			onOpenChange={(open) => {
				if (!open) onClose();
			}}
			className={styles['overlay'] ?? ''}
		>
			<Modal className={cx(styles['modal'], styles[size])}>
				<Dialog className={styles['dialog'] ?? ''} role={role}>
					<header className={styles['header']}>
						<Heading slot="title" className={styles['title'] ?? ''}>
							{title}
						</Heading>
						<IconButton label={t('common.close')} icon={<X />} size="small" onPress={onClose} placement="bottom" />
					</header>
					<div className={styles['body']}>{children}</div>
					{footer !== undefined && <footer className={styles['footer']}>{footer}</footer>}
				</Dialog>
			</Modal>
		</ModalOverlay>
	);
}
