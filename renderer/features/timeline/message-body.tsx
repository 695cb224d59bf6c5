import { Ban, CircleHelp, Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../protocols/model/entities.ts';
import type { RemoteUserId } from '../../../protocols/model/ids.ts';
import { fullTime } from '../../i18n/times.ts';
import { MediaView } from '../files/media-view.tsx';
import styles from './message-row.module.css';
import { RichTextView } from './rich-text-view.tsx';

/** What a message says, whatever its kind; system events have rows of their own. */
export function MessageBody({ message, self }: { readonly message: Message; readonly self: RemoteUserId | null }) {
	const { t } = useTranslation();
	const { content } = message;
	if (message.removedAt !== null) {
		return (
			<p className={styles['quiet']}>
				<Ban aria-hidden />{' '}
				{message.removedBy === null ? t('timeline.removed') : t('timeline.removedBy', { name: message.removedBy })}
			</p>
		);
	}
	switch (content.kind) {
		case 'text':
		case 'emote':
		case 'notice':
			return (
				<RichTextView
					rich={content.body}
					self={self}
					suffix={message.editedAt === null ? null : <EditedMark at={message.editedAt} />}
				/>
			);
		case 'media':
			return (
				<>
					<MediaView message={message} media={content} key={content.source} />
					{content.caption !== null && <RichTextView rich={content.caption} self={self} />}
				</>
			);
		case 'undecryptable':
			return (
				<p className={styles['quiet']}>
					<Lock aria-hidden /> {t('timeline.undecryptable')}
				</p>
			);
		case 'unsupported':
			return (
				<>
					<p className={styles['quiet']}>
						<CircleHelp aria-hidden /> {t('timeline.unsupported', { description: content.description })}
					</p>
					{content.fallback !== null && <RichTextView rich={{ text: content.fallback, spans: [] }} self={self} />}
				</>
			);
		case 'system':
			return null;
	}
}

function EditedMark({ at }: { readonly at: number }) {
	const { t } = useTranslation();
	return (
		<span className={styles['edited']} title={t('timeline.editedAt', { time: fullTime(at) })}>
			{t('timeline.edited')}
		</span>
	);
}
