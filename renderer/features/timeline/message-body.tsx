import { File, Film, Image, Lock, Music, Ban, CircleHelp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MediaContent } from '../../../protocols/model/content.ts';
import type { Message } from '../../../protocols/model/entities.ts';
import type { RemoteUserId } from '../../../protocols/model/ids.ts';
import { Isolate } from '../../components/isolate.tsx';
import { byteSize, fullTime } from '../../i18n/times.ts';
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
			return <MediaCard media={content} self={self} />;
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

const pictures = { image: Image, sticker: Image, audio: Music, video: Film, file: File } as const;

function MediaCard({ media, self }: { readonly media: MediaContent; readonly self: RemoteUserId | null }) {
	const { t } = useTranslation();
	const Picture = pictures[media.mediaKind];
	const facts = [t(`timeline.media.${media.mediaKind}`), media.size === null ? null : byteSize(media.size)].filter(
		(fact) => fact !== null,
	);
	return (
		<>
			<div className={styles['media']} title={t('timeline.mediaNotYet')}>
				<span className={styles['mediaIcon']}>
					<Picture aria-hidden />
				</span>
				<span className={styles['mediaWords']}>
					<Isolate className={styles['mediaName']}>{media.name}</Isolate>
					<span className={styles['mediaFacts']}>{facts.join(' · ')}</span>
				</span>
			</div>
			{media.caption !== null && <RichTextView rich={media.caption} self={self} />}
		</>
	);
}
