import { Download, File, Film, Image, Music } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MediaContent } from '../../../protocols/model/content.ts';
import type { Message } from '../../../protocols/model/entities.ts';
import { useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { errorText } from '../../i18n/error-text.ts';
import { byteSize } from '../../i18n/times.ts';
import { safeFileName } from './file-name.ts';
import styles from './files.module.css';
import { useBlobUrl, useFile } from './use-file.ts';
import type { FileView } from './use-file.ts';

const icons = { image: Image, sticker: Image, audio: Music, video: Film, file: File } as const;
/** Larger pictures wait for a click. Bytes. */
const maxAutoBytes = 20_000_000;
/** The box of a picture, in rem. */
const box = { width: 22, height: 18, unknownHeight: 12 } as const;
const pixelsPerRem = 16;

/** A file of a message: the picture, a player, or a card. */
export function MediaView({ message, media }: { readonly message: Message; readonly media: MediaContent }) {
	const loadMedia = useAppState((state) => state.engine.settings.loadMedia);
	const isPicture = media.mediaKind === 'image' || media.mediaKind === 'sticker';
	const allowed = message.own || loadMedia === 'always' || (loadMedia === 'own-server' && media.host === null);
	const auto = isPicture && allowed && (media.size ?? 0) <= maxAutoBytes;
	const file = useFile(message.id, 'file', media.source, auto);
	const url = useBlobUrl(file.blob);
	const shown = file.blob?.type.split('/')[0] ?? null;
	if (isPicture && (file.blob === null || shown === 'image')) {
		return <Picture media={media} file={file} url={url} auto={auto} />;
	}
	return (
		<>
			{url !== null && shown === 'audio' && (
				// oxlint-disable-next-line jsx-a11y/media-has-caption -- what people send each other has none
				<audio className={styles['player']} controls src={url} aria-label={media.name} />
			)}
			{url !== null && shown === 'video' && (
				// oxlint-disable-next-line jsx-a11y/media-has-caption -- what people send each other has none
				<video className={styles['video']} controls src={url} aria-label={media.name} />
			)}
			<Card media={media} file={file} />
		</>
	);
}

/** Width and height in rem before a byte is here, so that nothing moves when the picture comes. */
function boxOf(media: MediaContent): { readonly width: number; readonly height: number } {
	const { width, height } = media;
	if (width === null || height === null || width < 1 || height < 1)
		return { width: box.width, height: box.unknownHeight };
	const scale = Math.min(1, (box.width * pixelsPerRem) / width, (box.height * pixelsPerRem) / height);
	return { width: Math.max(3, (width * scale) / pixelsPerRem), height: Math.max(3, (height * scale) / pixelsPerRem) };
}

function Picture({
	media,
	file,
	url,
	auto,
}: {
	readonly media: MediaContent;
	readonly file: FileView;
	readonly url: string | null;
	readonly auto: boolean;
}) {
	const { t } = useTranslation();
	const [broken, setBroken] = useState(false);
	const size = boxOf(media);
	const name = media.caption?.text ?? media.name;
	if (broken) return <Card media={media} file={file} />;
	return (
		<div
			className={styles['picture']}
			style={{ width: `${size.width}rem`, aspectRatio: `${size.width}/${size.height}` }}
		>
			{url === null ? (
				<Waiting media={media} file={file} auto={auto} />
			) : (
				<>
					<img src={url} alt={name === '' ? t('timeline.media.image') : name} onError={() => setBroken(true)} />
					<span className={styles['over']}>
						<SaveButton media={media} blob={file.blob} />
					</span>
				</>
			)}
		</div>
	);
}

/** Instead of a picture that is not here. */
function Waiting({
	media,
	file,
	auto,
}: {
	readonly media: MediaContent;
	readonly file: FileView;
	readonly auto: boolean;
}) {
	const { t } = useTranslation();
	const { state, load } = file;
	if (state.kind === 'moving')
		return (
			<progress
				className={styles['progress']}
				aria-label={t('files.loading', { name: media.name })}
				{...(state.total === null ? {} : { max: Math.max(1, state.total), value: state.done })}
			/>
		);
	if (state.kind === 'failed')
		return (
			<>
				<span className={styles['problem']}>{errorText(t, state.error)}</span>
				<Button size="small" onPress={load}>
					{t('common.retry')}
				</Button>
			</>
		);
	if (auto || state.kind === 'ready') return <Image aria-hidden />;
	return (
		<Button size="small" onPress={load}>
			{media.host === null ? t('files.load') : t('files.loadFrom', { host: media.host })}
		</Button>
	);
}

/** Name, size and what can be done with a file. */
function Card({ media, file }: { readonly media: MediaContent; readonly file: FileView }) {
	const { t } = useTranslation();
	const Icon = icons[media.mediaKind];
	const { state, blob, load } = file;
	const facts = [t(`timeline.media.${media.mediaKind}`), media.size === null ? null : byteSize(media.size), media.host];
	const isPlayable = media.mediaKind === 'audio' || media.mediaKind === 'video';
	return (
		<div className={styles['card']}>
			<span className={styles['thumb']}>
				<Icon aria-hidden />
			</span>
			<span className={styles['words']}>
				<Isolate className={styles['name']}>{media.name}</Isolate>
				<span className={styles['facts']}>{facts.filter((fact) => fact !== null).join(' · ')}</span>
				{state.kind === 'failed' && <span className={styles['problem']}>{errorText(t, state.error)}</span>}
				{state.kind === 'moving' && <Waiting media={media} file={file} auto />}
			</span>
			{blob === null && isPlayable && state.kind !== 'moving' && (
				<Button size="small" onPress={load}>
					{t('files.load')}
				</Button>
			)}
			{(blob !== null || !isPlayable) && <SaveButton media={media} blob={blob} load={load} />}
		</div>
	);
}

/** Saves under a safe name; fetches first when the file is not here. Parley never opens it. */
function SaveButton({
	media,
	blob,
	load,
}: {
	readonly media: MediaContent;
	readonly blob: Blob | null;
	readonly load?: () => void;
}) {
	const { t } = useTranslation();
	const [wanted, setWanted] = useState(false);
	useEffect(() => {
		if (!wanted || blob === null) return;
		setWanted(false);
		save(blob, media.name);
	}, [wanted, blob, media.name]);
	return (
		<IconButton
			label={t('files.download', { name: media.name })}
			icon={<Download />}
			size="small"
			onPress={() => {
				setWanted(true);
				if (blob === null) load?.();
			}}
		/>
	);
}

function save(blob: Blob, name: string): void {
	const link = document.createElement('a');
	// Without a type of its own, so that a browser that opens downloads has nothing to go by.
	const url = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }));
	link.href = url;
	link.download = safeFileName(name);
	link.click();
	URL.revokeObjectURL(url);
}
