import { Check, Copy } from 'lucide-react';
import { Fragment, memo, useState } from 'react';
import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteUserId } from '../../../protocols/model/ids.ts';
import type { Mark, RichText } from '../../../protocols/model/rich-text.ts';
import { cx } from '../../components/cx.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { paletteColor, readableOn } from '../../color/irc-palette.ts';
import { withoutBidiControls } from '../../i18n/isolate.ts';
import { after } from '../../platform/clock.ts';
import { useTheme } from '../../theme.ts';
import { blocksOf, isBigEmoji } from './rich-segments.ts';
import type { Block, Run } from './rich-segments.ts';
import { safeLink } from './safe-link.ts';
import styles from './rich-text-view.module.css';

/** Backgrounds that coloured text must be readable on, per theme. */
const surfaces = { light: '#ffffff', dark: '#16191c', contrast: '#000000' } as const;

/** Formatted text of the network as elements: no HTML string is ever made. */
export const RichTextView = memo(function RichTextView({
	rich,
	self,
	suffix = null,
}: {
	readonly rich: RichText;
	readonly self: RemoteUserId | null;
	/** Stands behind the last words. */
	readonly suffix?: ReactNode;
}) {
	const [revealed, setRevealed] = useState(false);
	const context: RunContext = { self, revealed, reveal: () => setRevealed(true) };
	if (isBigEmoji(rich)) {
		return (
			<div className={styles['bigEmoji']}>
				{rich.text}
				{suffix}
			</div>
		);
	}
	const blocks = blocksOf(rich);
	return (
		<div className={styles['rich']} dir="auto">
			{blocks.map((block, index) => (
				<BlockView key={index} block={block} context={context} suffix={index === blocks.length - 1 ? suffix : null} />
			))}
			{blocks.at(-1)?.kind !== 'paragraph' && suffix}
		</div>
	);
});

interface RunContext {
	readonly self: RemoteUserId | null;
	readonly revealed: boolean;
	readonly reveal: () => void;
}

function BlockView({
	block,
	context,
	suffix,
}: {
	readonly block: Block;
	readonly context: RunContext;
	readonly suffix: ReactNode;
}) {
	switch (block.kind) {
		case 'code':
			return <CodeBlock text={block.text} language={block.language} />;
		case 'quote':
			return (
				<blockquote
					className={styles['quote']}
					style={{ marginInlineStart: `${Math.min(5, Math.max(0, block.depth - 1)) * 0.75}rem` }}
				>
					<Lines lines={block.lines} context={context} />
				</blockquote>
			);
		case 'heading':
			return (
				<p className={cx(styles['heading'], block.level <= 2 && styles['headingLarge'])}>
					<Lines lines={block.lines} context={context} />
				</p>
			);
		case 'list':
			return (
				<ul className={styles['list']}>
					{block.items.map((item, index) => (
						<li
							key={index}
							className={styles['item']}
							style={{ marginInlineStart: `${Math.min(6, Math.max(0, item.depth - 1)) * 1.25}rem` }}
						>
							<span className={styles['bullet']}>{item.ordinal === null ? '•' : `${item.ordinal}.`}</span>
							<span>
								<Runs runs={item.runs} context={context} />
							</span>
						</li>
					))}
				</ul>
			);
		case 'paragraph':
			return (
				<p className={styles['paragraph']}>
					<Lines lines={block.lines} context={context} />
					{suffix}
				</p>
			);
	}
}

function Lines({ lines, context }: { readonly lines: readonly (readonly Run[])[]; readonly context: RunContext }) {
	return lines.map((runs, index) => (
		<Fragment key={index}>
			{index > 0 && '\n'}
			<Runs runs={runs} context={context} />
		</Fragment>
	));
}

function Runs({ runs, context }: { readonly runs: readonly Run[]; readonly context: RunContext }) {
	return runs.map((run, index) => <RunView key={index} run={run} context={context} />);
}

function RunView({ run, context }: { readonly run: Run; readonly context: RunContext }) {
	let content: ReactNode = withoutBidiControls(run.text);
	for (const mark of run.marks.toReversed())
		content = <MarkView mark={mark} context={context} text={run.text} content={content} />;
	return content;
}

function MarkView({
	mark,
	context,
	text,
	content,
}: {
	readonly mark: Mark;
	readonly context: RunContext;
	readonly text: string;
	readonly content: ReactNode;
}) {
	switch (mark.kind) {
		case 'bold':
			return <strong>{content}</strong>;
		case 'italic':
			return <em>{content}</em>;
		case 'underline':
			return <u>{content}</u>;
		case 'strike':
			return <s>{content}</s>;
		case 'code':
			return <code className={styles['code']}>{content}</code>;
		case 'link':
			return <LinkView url={mark.url} text={text} content={content} />;
		case 'mention':
			return (
				<span
					className={cx(
						styles['mention'],
						(mark.room || (mark.user !== null && mark.user === context.self)) && styles['mentionSelf'],
					)}
				>
					{content}
				</span>
			);
		case 'spoiler':
			return <Spoiler reason={mark.reason} context={context} content={content} />;
		case 'color':
			return <Coloured fg={mark.fg} bg={mark.bg} content={content} />;
		case 'code-block':
		case 'quote':
		case 'heading':
		case 'list-item':
			return content;
	}
}

function LinkView({
	url,
	text,
	content,
}: {
	readonly url: string;
	readonly text: string;
	readonly content: ReactNode;
}) {
	const { t } = useTranslation();
	const link = safeLink(url);
	if (link === null) return content;
	// Where the words are not the address itself, the tooltip says where the link leads.
	const title = text.includes(link.host) ? undefined : t('timeline.linkOpens', { host: link.host });
	return (
		<a href={link.href} target="_blank" rel="noopener noreferrer" title={title} className={styles['link']}>
			{content}
		</a>
	);
}

function Spoiler({
	reason,
	context,
	content,
}: {
	readonly reason: string | null;
	readonly context: RunContext;
	readonly content: ReactNode;
}) {
	const { t } = useTranslation();
	if (context.revealed) return <span className={styles['revealed']}>{content}</span>;
	const label = reason === null ? t('timeline.spoiler') : t('timeline.spoilerReason', { reason });
	return (
		<button type="button" className={styles['spoiler']} aria-label={label} title={label} onClick={context.reveal}>
			<span aria-hidden>{content}</span>
		</button>
	);
}

function Coloured({
	fg,
	bg,
	content,
}: {
	readonly fg: string | null;
	readonly bg: string | null;
	readonly content: ReactNode;
}) {
	const theme = useTheme();
	const background = bg === null ? null : paletteColor(bg);
	const foreground = fg === null ? null : paletteColor(fg);
	const behind = background ?? surfaces[theme];
	const style: CSSProperties = {};
	if (background !== null) style.backgroundColor = background;
	const front = foreground ?? (background === null ? null : theme === 'light' ? '#16222a' : '#e4eaed');
	if (front !== null) style.color = readableOn(front, behind);
	return <span style={style}>{content}</span>;
}

function CodeBlock({ text, language }: { readonly text: string; readonly language: string | null }) {
	const { t } = useTranslation();
	const [copied, setCopied] = useState(false);
	const copy = (): void => {
		navigator.clipboard.writeText(text).then(
			() => {
				setCopied(true);
				after(1500, () => setCopied(false));
			},
			() => undefined,
		);
	};
	return (
		<div className={styles['codeBlock']} dir="ltr">
			{/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines are scrolled to with the arrow keys */}
			<pre className={styles['pre']} data-language={language ?? undefined} tabIndex={0}>
				<code>{withoutBidiControls(text)}</code>
			</pre>
			<span className={styles['copy']}>
				<IconButton
					label={copied ? t('common.copied') : t('timeline.copyCode')}
					icon={copied ? <Check /> : <Copy />}
					size="small"
					onPress={copy}
				/>
			</span>
		</div>
	);
}
