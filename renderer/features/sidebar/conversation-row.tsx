import { BellOff } from 'lucide-react';
import { memo } from 'react';
import type { MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { cx } from '../../components/cx.ts';
import { Glyph } from '../../components/glyph.tsx';
import { Isolate } from '../../components/isolate.tsx';
import { shortTime } from '../../i18n/times.ts';
import { useNow } from '../../platform/use-now.ts';
import { displayName, presenceOf } from '../../state/selectors.ts';
import { answerInvite } from './actions.ts';
import styles from './conversation-row.module.css';

export interface ConversationRowProps {
	readonly conversation: Conversation;
	readonly isSelected: boolean;
	readonly isTabStop: boolean;
	readonly onMenu: (event: MouseEvent, conversation: Conversation) => void;
}

/** One line of the navigator: who or where, what was last said, when, and what is unread. */
export const ConversationRow = memo(function ConversationRow({
	conversation,
	isSelected,
	isTabStop,
	onMenu,
}: ConversationRowProps) {
	const { t } = useTranslation();
	const app = useApp();
	const now = useNow();
	const name = useAppState((state) => displayName(state.engine, conversation));
	const presence = useAppState((state) => presenceOf(state, conversation));
	const isCompact = useAppState((state) => state.engine.settings.density === 'compact');
	const isLoud = conversation.unread > 0 && conversation.notify !== 'none';
	const isInvite = conversation.membership === 'invited';
	const { last } = conversation;
	return (
		<div className={cx(styles['wrap'], isSelected && styles['selected'])}>
			<button
				type="button"
				className={cx(
					styles['row'],
					isCompact && styles['compact'],
					isLoud && styles['loud'],
					isOut(conversation) && styles['out'],
				)}
				data-nav={conversation.id}
				tabIndex={isTabStop ? 0 : -1}
				aria-current={isSelected ? 'page' : undefined}
				onClick={() => app.session.open(conversation.id)}
				onContextMenu={(event) => onMenu(event, conversation)}
			>
				<Avatar
					id={conversation.peer ?? conversation.remoteId}
					name={name}
					size={isCompact ? 20 : 32}
					presence={presence}
					isRoom={conversation.kind !== 'direct'}
				/>
				<span className={styles['words']}>
					<span className={styles['line']}>
						<Isolate className={styles['name']}>{name}</Isolate>
						<ProtocolGlyph accountId={conversation.accountId} />
						{conversation.notify === 'none' && <BellOff className={styles['muted']} aria-label={t('sidebar.muted')} />}
						{last !== null && !isCompact && (
							<span className={styles['time']}>{shortTime(last.time, now, t('timeline.yesterday'))}</span>
						)}
						{isCompact && (
							<span className={styles['end']}>
								<Badge
									unread={conversation.unread}
									mentions={conversation.mentions}
									isMuted={conversation.notify === 'none'}
								/>
							</span>
						)}
					</span>
					{!isCompact && (
						<span className={styles['line']}>
							<SecondLine conversation={conversation} />
							<Badge
								unread={conversation.unread}
								mentions={conversation.mentions}
								isMuted={conversation.notify === 'none'}
							/>
						</span>
					)}
				</span>
			</button>
			{isInvite && (
				<div className={styles['answers']}>
					<Button size="small" variant="primary" onPress={() => answerInvite(app, conversation, true)}>
						{t('sidebar.accept')}
					</Button>
					<Button size="small" onPress={() => answerInvite(app, conversation, false)}>
						{t('sidebar.decline')}
					</Button>
				</div>
			)}
		</div>
	);
});

const isOut = (conversation: Conversation): boolean =>
	conversation.membership === 'left' || conversation.membership === 'banned';

/** Which network a row belongs to. */
export function ProtocolGlyph({ accountId }: { readonly accountId: AccountId }) {
	const protocol = useAppState((state) => {
		const name = state.engine.accounts.get(accountId)?.protocol;
		return name === undefined ? undefined : state.engine.protocols.get(name);
	});
	return protocol === undefined ? null : <Glyph shape={protocol.glyph} title={protocol.title} />;
}

function SecondLine({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const typing = useAppState((state) => state.engine.typing.get(conversation.id));
	const localDraft = useAppState((state) => state.ui.drafts.get(conversation.id));
	const isSelected = useAppState((state) => state.ui.selected === conversation.id);
	const draft = localDraft ?? conversation.draft;
	const { last, invite } = conversation;
	if (conversation.membership === 'invited') {
		return (
			<span className={styles['preview']}>
				{invite === null ? t('sidebar.invited') : t('sidebar.invitedBy', { name: invite.from })}
			</span>
		);
	}
	if (conversation.membership === 'joining') return <span className={styles['preview']}>{t('sidebar.joining')}</span>;
	if (typing !== undefined && typing.length > 0)
		return <span className={cx(styles['preview'], styles['typing'])}>{t('sidebar.typing')}</span>;
	if (draft.trim() !== '' && !isSelected) {
		return (
			<span className={styles['preview']}>
				<span className={styles['draft']}>{t('sidebar.draft')}</span> <Isolate>{draft.slice(0, 120)}</Isolate>
			</span>
		);
	}
	if (isOut(conversation))
		return (
			<span className={styles['preview']}>
				{conversation.membership === 'banned' ? t('sidebar.banned') : t('sidebar.left')}
			</span>
		);
	if (last === null) return <span className={cx(styles['preview'], styles['none'])}>{t('sidebar.noMessages')}</span>;
	const who = last.own
		? t('sidebar.you')
		: conversation.kind === 'direct' || last.senderName === ''
			? null
			: `${last.senderName}:`;
	return (
		<span className={styles['preview']}>
			{who !== null && (
				<>
					<Isolate>{who}</Isolate>{' '}
				</>
			)}
			<Isolate>{last.preview === '' ? t('sidebar.noPreview') : last.preview}</Isolate>
		</span>
	);
}
