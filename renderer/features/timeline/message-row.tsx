import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { plainBody } from '../../../protocols/model/content.ts';
import type { Conversation, Message } from '../../../protocols/model/entities.ts';
import type { RemoteUserId } from '../../../protocols/model/ids.ts';
import { useApp } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { cx } from '../../components/cx.ts';
import { Isolate } from '../../components/isolate.tsx';
import { senderColor } from '../../color/consistent-color.ts';
import { errorText } from '../../i18n/error-text.ts';
import { withoutBidiControls } from '../../i18n/isolate.ts';
import { clockTime, fullTime } from '../../i18n/times.ts';
import { useTheme } from '../../theme.ts';
import { discardSend, retrySend } from './actions.ts';
import { MessageActions } from './message-actions.tsx';
import { MessageBody } from './message-body.tsx';
import styles from './message-row.module.css';
import { Reactions } from './reactions.tsx';
import { SendGlyph } from './send-glyph.tsx';

export interface MessageRowProps {
	readonly conversation: Conversation;
	readonly message: Message;
	readonly isFirst: boolean;
	readonly isLast: boolean;
	/** Just jumped to. */
	readonly isTarget: boolean;
	readonly isFocusable: boolean;
	readonly self: RemoteUserId | null;
	readonly onJump: (message: Message) => void;
}

/** One message. Its actions are mounted only while it is hovered or holds the focus. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
	const { conversation, message, isFirst, isLast, self } = props;
	const { t } = useTranslation();
	const [near, setNear] = useState(false);
	const [focused, setFocused] = useState(false);
	const [held, setHeld] = useState(false);
	const emote = message.content.kind === 'emote';
	return (
		// oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- shows the actions, which have focus of their own
		<div
			className={cx(
				styles['row'],
				isFirst && styles['first'],
				isLast && styles['last'],
				message.own && styles['own'],
				message.mention && !message.own && styles['mentioned'],
				props.isTarget && styles['target'],
				(near || focused || held) && styles['near'],
			)}
			role="article"
			aria-label={t('message.from', { name: message.sender.name, time: clockTime(message.time) })}
			// oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys walk through messages
			tabIndex={props.isFocusable ? 0 : -1}
			data-message={message.id}
			onPointerEnter={() => setNear(true)}
			onPointerLeave={() => setNear(false)}
			onFocus={() => setFocused(true)}
			onBlur={(event) => {
				if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false);
			}}
		>
			<div className={styles['gutter']}>
				{isFirst ? (
					<Avatar id={message.sender.remoteId} name={message.sender.name} size={32} />
				) : (
					<time
						className={styles['gutterTime']}
						dateTime={new Date(message.time).toISOString()}
						title={fullTime(message.time)}
					>
						{clockTime(message.time)}
					</time>
				)}
			</div>
			<div className={styles['main']}>
				{isFirst && !emote && <SenderLine message={message} />}
				{message.replyTo !== null && <ReplyQuote message={message} onJump={props.onJump} />}
				<div
					className={cx(
						styles['content'],
						emote && styles['emote'],
						message.content.kind === 'notice' && styles['noticeText'],
					)}
				>
					{emote && <SenderName message={message} />}
					<MessageBody message={message} self={self} />
				</div>
				<Reactions conversation={conversation} message={message} />
				<SendProblem message={message} />
			</div>
			<div className={styles['edge']}>{message.send !== null && <SendGlyph send={message.send} />}</div>
			{(near || focused || held) && <MessageActions conversation={conversation} message={message} onHold={setHeld} />}
		</div>
	);
});

function SenderName({ message }: { readonly message: Message }) {
	const { t } = useTranslation();
	const theme = useTheme();
	const address = withoutBidiControls(message.sender.remoteId);
	return (
		<span
			className={styles['name']}
			style={{ color: senderColor(message.sender.remoteId, theme) }}
			title={message.sender.strength === 'session' ? `${address}\n${t('timeline.sessionName')}` : address}
		>
			<Isolate>{message.sender.name}</Isolate>
		</span>
	);
}

function SenderLine({ message }: { readonly message: Message }) {
	const { t } = useTranslation();
	return (
		<div className={styles['head']}>
			<SenderName message={message} />
			{message.content.kind === 'notice' && <span className={styles['tag']}>{t('timeline.notice')}</span>}
			<time className={styles['time']} dateTime={new Date(message.time).toISOString()} title={fullTime(message.time)}>
				{clockTime(message.time)}
			</time>
		</div>
	);
}

function ReplyQuote({ message, onJump }: { readonly message: Message; readonly onJump: (message: Message) => void }) {
	const { t } = useTranslation();
	const reply = message.replyTo;
	if (reply === null) return null;
	return (
		<button
			type="button"
			className={styles['reply']}
			title={reply.messageId === null ? t('timeline.replyUnknown') : t('timeline.replyJump')}
			aria-disabled={reply.messageId === null}
			onClick={() => onJump(message)}
		>
			<Isolate className={styles['replyName']}>{reply.senderName}</Isolate>
			<Isolate className={styles['replyText']}>{reply.preview}</Isolate>
		</button>
	);
}

function SendProblem({ message }: { readonly message: Message }) {
	const { t } = useTranslation();
	const app = useApp();
	const { send } = message;
	if (send === null || (send.kind !== 'failed' && send.kind !== 'uncertain')) return null;
	const sentence = send.kind === 'failed' ? `${t('send.failed')} ${errorText(t, send.error)}` : t('send.uncertain');
	return (
		<div className={styles['problem']} role="alert">
			<span title={send.error.detail ?? undefined}>{sentence}</span>
			{(send.kind === 'uncertain' || send.retryable) && (
				<Button size="small" onPress={() => retrySend(app, message.id)}>
					{t('send.retry')}
				</Button>
			)}
			<Button size="small" variant="quiet" onPress={() => discardSend(app, message.id)}>
				{t('send.discard')}
			</Button>
			<span className="visually-hidden">{plainBody(message.content).slice(0, 80)}</span>
		</div>
	);
}
