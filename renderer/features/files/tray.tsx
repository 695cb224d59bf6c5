import { FileText, Image, Music, Film, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { cx } from '../../components/cx.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { errorText } from '../../i18n/error-text.ts';
import { byteSize } from '../../i18n/times.ts';
import { detach, isTooLarge } from './attached.ts';
import type { AttachedFile } from './attached.ts';
import styles from './files.module.css';
import { useBlobUrl } from './use-file.ts';

const none: readonly AttachedFile[] = [];

export function useAttached(conversation: Conversation): readonly AttachedFile[] {
	return useAppState((state) => state.ui.attached.get(conversation.id) ?? none);
}

/** The chosen files over the composer, until they are messages. */
export function AttachmentTray({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const files = useAttached(conversation);
	if (files.length === 0) return null;
	return (
		<ul className={styles['tray']} aria-label={t('files.tray')}>
			{files.map((entry) => (
				<TrayItem key={entry.key} entry={entry} conversation={conversation} />
			))}
		</ul>
	);
}

function TrayItem({ entry, conversation }: { readonly entry: AttachedFile; readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const { file, done, error } = entry;
	const limit = conversation.capabilities.attachments.maxBytes;
	const tooLarge = isTooLarge(file, conversation);
	const problem =
		tooLarge && limit !== null
			? t('files.tooLarge', { limit: byteSize(limit) })
			: error === null
				? null
				: `${errorText(t, error)} ${t('files.sendAgain')}`;
	return (
		<li className={cx(styles['item'], problem !== null && styles['broken'])}>
			<Preview file={file} />
			<span className={styles['words']}>
				<Isolate className={styles['name']}>{file.name}</Isolate>
				<span className={styles['facts']}>{byteSize(file.size)}</span>
				{problem !== null && (
					<span className={styles['problem']} role="alert">
						{problem}
					</span>
				)}
				{done !== null && (
					<progress
						className={styles['progress']}
						aria-label={t('files.uploading', { name: file.name })}
						max={Math.max(1, file.size)}
						value={done}
					/>
				)}
			</span>
			<IconButton
				label={done === null ? t('files.remove', { name: file.name }) : t('files.cancel', { name: file.name })}
				icon={<X />}
				size="small"
				onPress={() => detach(app, conversation, entry.key)}
			/>
		</li>
	);
}

/** Pictures larger than this are not decoded for a thumbnail. */
const maxPreviewBytes = 20_000_000;

function Preview({ file }: { readonly file: File }) {
	const isPicture = /^image\/(?:png|jpeg|gif|webp|avif)$/u.test(file.type) && file.size <= maxPreviewBytes;
	const url = useBlobUrl(isPicture ? file : null);
	if (url !== null) return <img className={styles['thumb']} src={url} alt="" />;
	const Icon = file.type.startsWith('image/')
		? Image
		: file.type.startsWith('audio/')
			? Music
			: file.type.startsWith('video/')
				? Film
				: FileText;
	return (
		<span className={styles['thumb']}>
			<Icon aria-hidden />
		</span>
	);
}
