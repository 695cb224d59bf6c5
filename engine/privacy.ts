/** What a conversation's people are told, by the switches of all levels. */
import type { AccountId, RemoteConversationId } from '../protocols/model/ids.ts';
import { inheritPrivacy, resolvePrivacy } from '../protocols/model/privacy.ts';
import type { ResolvedPrivacy } from '../protocols/model/privacy.ts';
import type { EngineState } from './state.ts';
import type { StoredConversation } from './store/store.ts';

export const privacyOf = (
	state: EngineState,
	conversation: Pick<StoredConversation, 'accountId' | 'privacy'>,
): ResolvedPrivacy =>
	resolvePrivacy(conversation.privacy, state.accounts.get(conversation.accountId)?.privacy ?? null, state.settings);

/** The same by the network's name; somebody who is met for the first time has no switches of their own. */
export function privacyTowards(state: EngineState, account: AccountId, remote: RemoteConversationId): ResolvedPrivacy {
	const id = state.conversationByRemote.get(account, remote);
	const conversation = id === undefined ? undefined : state.conversations.get(id);
	return privacyOf(state, conversation ?? { accountId: account, privacy: inheritPrivacy });
}
