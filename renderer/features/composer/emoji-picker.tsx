import { EmojiPicker as Frimousse } from 'frimousse';
import type { ReactElement } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import styles from './emoji-picker.module.css';

const common = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'] as const;

/** A button that opens the emoji picker; its tables come from our own origin. */
export function EmojiButton({
	trigger,
	isQuick = false,
	onPick,
	onOpenChange,
}: {
	readonly trigger: ReactElement;
	/** Shows the usual reactions on top. */
	readonly isQuick?: boolean;
	readonly onPick: (emoji: string) => void;
	readonly onOpenChange?: (open: boolean) => void;
}) {
	const { t } = useTranslation();
	return (
		<DialogTrigger {...(onOpenChange === undefined ? {} : { onOpenChange })}>
			{trigger}
			<Popover placement="top end" offset={6} className={styles['popover'] ?? ''}>
				<Dialog aria-label={t('emoji.title')} className={styles['dialog'] ?? ''}>
					{({ close }) => (
						<Picker
							isQuick={isQuick}
							onPick={(emoji) => {
								close();
								onPick(emoji);
							}}
						/>
					)}
				</Dialog>
			</Popover>
		</DialogTrigger>
	);
}

function Picker({ isQuick, onPick }: { readonly isQuick: boolean; readonly onPick: (emoji: string) => void }) {
	const { t } = useTranslation();
	return (
		<>
			{isQuick && (
				<div className={styles['quick']}>
					{common.map((emoji) => (
						<button key={emoji} type="button" className={styles['emoji']} onClick={() => onPick(emoji)}>
							{emoji}
						</button>
					))}
				</div>
			)}
			<Frimousse.Root
				className={styles['root']}
				emojibaseUrl="./emoji"
				columns={9}
				onEmojiSelect={({ emoji }) => onPick(emoji)}
			>
				<Frimousse.Search
					className={styles['search']}
					placeholder={t('emoji.search')}
					aria-label={t('emoji.search')}
					autoFocus
				/>
				<Frimousse.Viewport className={styles['viewport']}>
					<Frimousse.Loading className={styles['note']}>{t('emoji.loading')}</Frimousse.Loading>
					<Frimousse.Empty className={styles['note']}>{t('emoji.empty')}</Frimousse.Empty>
					<Frimousse.List
						components={{
							CategoryHeader: ({ category, ...props }) => (
								<div {...props} className={styles['category']}>
									{category.label}
								</div>
							),
							// The library counts rows and columns from 0; ARIA counts them from 1.
							Row: ({ children, ...props }) => (
								<div {...props} aria-rowindex={(props['aria-rowindex'] ?? 0) + 1} className={styles['row']}>
									{children}
								</div>
							),
							Emoji: ({ emoji, ...props }) => (
								<button
									{...props}
									role="gridcell"
									aria-colindex={(props['aria-colindex'] ?? 0) + 1}
									type="button"
									className={styles['emoji']}
								>
									{emoji.emoji}
								</button>
							),
						}}
					/>
				</Frimousse.Viewport>
			</Frimousse.Root>
		</>
	);
}
