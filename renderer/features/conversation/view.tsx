import { DoorOpen, MailQuestion, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useApp, useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Notice } from '../../components/notice.tsx';
import { errorSentences } from '../../i18n/error-text.ts';
import { Composer } from '../composer/view.tsx';
import { DropZone } from '../files/drop-zone.tsx';
import { answerInvite, rejoin } from '../sidebar/actions.ts';
import { Timeline } from '../timeline/view.tsx';
import { ConversationHeader } from './header.tsx';
import styles from './view.module.css';

/** The middle column for one conversation, whatever our relation to it is. */
export function ConversationView({ conversation }: { readonly conversation: Conversation }) {
	if (conversation.membership === 'invited') return <InvitedView conversation={conversation} />;
	const isOut = conversation.membership === 'left' || conversation.membership === 'banned';
	return (
		<DropZone conversation={conversation} className={styles['column']}>
			<ConversationHeader conversation={conversation} />
			<StateBar conversation={conversation} />
			<Timeline conversation={conversation} key={conversation.id} />
			{isOut ? (
				<OutBar conversation={conversation} />
			) : (
				<Composer conversation={conversation} key={`composer ${conversation.id}`} />
			)}
		</DropZone>
	);
}

function InvitedView({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const { invite, name } = conversation;
	return (
		<div className={styles['column']}>
			<ConversationHeader conversation={conversation} />
			<div className={styles['fill']}>
				<EmptyState
					icon={<MailQuestion />}
					title={
						invite === null
							? t('conversation.inviteTitleNobody', { room: name })
							: t('conversation.inviteTitle', { name: invite.from, room: name })
					}
					actions={
						<>
							<Button variant="primary" onPress={() => answerInvite(app, conversation, true)}>
								{t('sidebar.accept')}
							</Button>
							<Button onPress={() => answerInvite(app, conversation, false)}>{t('sidebar.decline')}</Button>
						</>
					}
				>
					{invite?.reason !== null && invite?.reason !== undefined && <p dir="auto">{invite.reason}</p>}
					<p>{t('conversation.inviteText')}</p>
				</EmptyState>
			</div>
		</div>
	);
}

/** Trouble with the room or its account, as a slim bar over the messages. */
function StateBar({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId) ?? null);
	if (conversation.membership === 'joining')
		return <Notice isSlim>{t('conversation.joining', { room: conversation.name })}</Notice>;
	if (conversation.error !== null && conversation.membership === 'joined') {
		return (
			<Notice isSlim tone="warning" detail={conversation.error.detail}>
				{errorSentences(t, conversation.error)}
			</Notice>
		);
	}
	if (account !== null && account.connection.kind === 'offline') {
		return <Notice isSlim>{t('conversation.offline', { account: account.label })}</Notice>;
	}
	return null;
}

/** Instead of the composer when we are not in the room. */
function OutBar({ conversation }: { readonly conversation: Conversation }) {
	const { t } = useTranslation();
	const app = useApp();
	const banned = conversation.membership === 'banned';
	return (
		<div className={styles['out']}>
			<span className={styles['outIcon']}>{banned ? <TriangleAlert aria-hidden /> : <DoorOpen aria-hidden />}</span>
			<div className={styles['outWords']}>
				<strong>
					{banned
						? t('conversation.bannedTitle', { room: conversation.name })
						: t('conversation.leftTitle', { room: conversation.name })}
				</strong>
				<span>{conversation.error === null ? t('conversation.leftText') : errorSentences(t, conversation.error)}</span>
			</div>
			<Button variant="primary" onPress={() => rejoin(app, conversation)}>
				{t('conversation.rejoin')}
			</Button>
			<Button onPress={() => app.ui.openDialog({ kind: 'leave', conversationId: conversation.id, forget: true })}>
				{t('conversation.forget')}
			</Button>
		</div>
	);
}
