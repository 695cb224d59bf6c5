import { useTranslation } from 'react-i18next';
import type { AccountId, ConversationId, RemoteUserId } from '../../../protocols/model/ids.ts';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import { PersonCard } from './person-card.tsx';

/** The card of somebody met in a room, a message or a list. */
export function PersonDialog({
	accountId,
	user,
	conversationId,
	onClose,
}: {
	readonly accountId: AccountId;
	readonly user: RemoteUserId;
	readonly conversationId: ConversationId | null;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	return (
		<DialogFrame title={t('people.cardTitle')} size="small" onClose={onClose} isDismissable>
			<PersonCard accountId={accountId} user={user} conversationId={conversationId} onLeave={onClose} />
		</DialogFrame>
	);
}
