/** What a conversation's people are told, by the switches of all levels. */
import { resolvePrivacy } from '../protocols/model/privacy.ts';
import type { ResolvedPrivacy } from '../protocols/model/privacy.ts';
import type { EngineState } from './state.ts';
import type { StoredConversation } from './store/store.ts';

export const privacyOf = (
	state: EngineState,
	conversation: Pick<StoredConversation, 'accountId' | 'privacy'>,
): ResolvedPrivacy =>
	resolvePrivacy(conversation.privacy, state.accounts.get(conversation.accountId)?.privacy ?? null, state.settings);
