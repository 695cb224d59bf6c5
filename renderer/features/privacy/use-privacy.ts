import type { Conversation } from '../../../protocols/model/entities.ts';
import { resolvePrivacy } from '../../../protocols/model/privacy.ts';
import type { ResolvedPrivacy } from '../../../protocols/model/privacy.ts';
import { useAppState } from '../../app-context.ts';

/** What the people of a conversation are told, after the switches of all levels. */
export function usePrivacy(conversation: Conversation): ResolvedPrivacy {
	const settings = useAppState((state) => state.engine.settings);
	const account = useAppState((state) => state.engine.accounts.get(conversation.accountId)?.privacy ?? null);
	return resolvePrivacy(conversation.privacy, account, settings);
}
