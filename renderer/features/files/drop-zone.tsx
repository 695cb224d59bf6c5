import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../protocols/model/capabilities.ts';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp } from '../../app-context.ts';
import { limitText } from '../../i18n/error-text.ts';
import { attach } from './attached.ts';
import styles from './files.module.css';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** Takes files that are dropped on a conversation; while they hover it says where they would go, or why not. */
export function DropZone({
	conversation,
	className,
	children,
}: {
	readonly conversation: Conversation;
	readonly className: string | undefined;
	readonly children: ReactNode;
}) {
	const { t } = useTranslation();
	const app = useApp();
	const [over, setOver] = useState(false);
	const depth = useRef(0);
	const { attachments } = conversation.capabilities;
	const allowed = can(attachments) && conversation.membership === 'joined';
	return (
		<div
			className={className}
			onDragEnter={(event) => {
				if (!hasFiles(event)) return;
				depth.current += 1;
				setOver(true);
			}}
			onDragLeave={(event) => {
				if (!hasFiles(event)) return;
				depth.current -= 1;
				if (depth.current <= 0) setOver(false);
			}}
			onDragOver={(event) => {
				// Also where files are refused: otherwise the browser would open them in place of the window.
				if (hasFiles(event)) event.preventDefault();
			}}
			onDrop={(event) => {
				if (!hasFiles(event)) return;
				event.preventDefault();
				depth.current = 0;
				setOver(false);
				if (allowed) attach(app, conversation, [...event.dataTransfer.files]);
			}}
		>
			{children}
			{over && (
				<div className={styles['drop']}>
					<Upload aria-hidden />
					{allowed
						? t('files.drop', { name: conversation.name })
						: t('files.noDrop', { reason: limitText(t, attachments) ?? '' })}
				</div>
			)}
		</div>
	);
}
