import type { DialogRequest } from '../state/ui-state.ts';
import { AccountLogDialog } from './accounts/account-log-dialog.tsx';
import { AccountStateDialog } from './accounts/account-state-dialog.tsx';
import { AddAccountDialog } from './accounts/add-account.tsx';
import { DecisionDialog } from './accounts/decision-dialog.tsx';
import { RemoveAccountDialog } from './accounts/remove-account-dialog.tsx';
import { NewChatDialog } from './people/new-chat-dialog.tsx';
import { PersonDialog } from './people/person-dialog.tsx';
import { AccountPrivacyDialog } from './privacy/account-privacy-dialog.tsx';
import { BrowseRoomsDialog } from './rooms/browse-rooms-dialog.tsx';
import { CreateRoomDialog } from './rooms/create-room-dialog.tsx';
import { InviteDialog } from './rooms/invite-dialog.tsx';
import { JoinRoomDialog } from './rooms/join-room-dialog.tsx';
import { SettingsDialog } from './settings/settings-dialog.tsx';

/** The dialogs of accounts, rooms, people and settings; null for the kinds of other features. */
export function SetupDialog({ request, onClose }: { readonly request: DialogRequest; readonly onClose: () => void }) {
	switch (request.kind) {
		case 'add-account':
			return <AddAccountDialog protocol={request.protocol} purpose={request.purpose} onClose={onClose} />;
		case 'account-state':
			return <AccountStateDialog accountId={request.accountId} onClose={onClose} />;
		case 'account-log':
			return <AccountLogDialog accountId={request.accountId} onClose={onClose} />;
		case 'account-privacy':
			return <AccountPrivacyDialog accountId={request.accountId} onClose={onClose} />;
		case 'remove-account':
			return <RemoveAccountDialog accountId={request.accountId} onClose={onClose} />;
		case 'decision':
			return <DecisionDialog decisionId={request.decisionId} onClose={onClose} />;
		case 'join-room':
			return <JoinRoomDialog accountId={request.accountId} name={request.name} onClose={onClose} />;
		case 'browse-rooms':
			return <BrowseRoomsDialog accountId={request.accountId} onClose={onClose} />;
		case 'create-room':
			return <CreateRoomDialog accountId={request.accountId} onClose={onClose} />;
		case 'invite':
			return <InviteDialog conversationId={request.conversationId} onClose={onClose} />;
		case 'new-chat':
			return <NewChatDialog accountId={request.accountId} onClose={onClose} />;
		case 'person':
			return (
				<PersonDialog
					accountId={request.accountId}
					user={request.user}
					conversationId={request.conversationId}
					onClose={onClose}
				/>
			);
		case 'settings':
			return <SettingsDialog page={request.page} onClose={onClose} />;
		default:
			return null;
	}
}
