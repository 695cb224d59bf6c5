import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../../../protocols/model/entities.ts';
import { useAppState } from '../../app-context.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { PersonCard } from '../people/person-card.tsx';
import { MemberList } from './member-list.tsx';
import styles from './members.module.css';
import { RoomInfo } from './room-info.tsx';

/** Right column: the person of a direct chat, or a room's facts and members. */
export function DetailsColumn({
	conversation,
	isAlone,
	onClose,
}: {
	readonly conversation: Conversation;
	/** Nothing else is in the window, so its title is the page's. */
	readonly isAlone: boolean;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId));
	if (account === undefined) return null;
	const Title = isAlone ? 'h1' : 'h2';
	const isDirect = conversation.kind === 'direct';
	return (
		<section className={styles['column']} aria-label={t('details.title')}>
			<header className={styles['top']}>
				<Title className={styles['title']}>{isDirect ? t('details.person') : t('details.room')}</Title>
				<IconButton
					label={t('conversation.detailsHide')}
					icon={<X />}
					size="small"
					placement="bottom"
					onPress={onClose}
				/>
			</header>
			{isDirect ? (
				<div className={styles['scroll']}>
					{conversation.peer !== null && (
						<PersonCard
							accountId={account.id}
							user={conversation.peer}
							conversationId={conversation.id}
							hasMessageButton={false}
						/>
					)}
					<RoomInfo conversation={conversation} account={account} />
				</div>
			) : (
				<>
					<RoomInfo conversation={conversation} account={account} />
					<MemberList key={conversation.id} conversation={conversation} account={account} />
				</>
			)}
		</section>
	);
}
