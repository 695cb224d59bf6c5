/** Actions that skip the outbox: they make sense now or not at all, and the user waits for the answer. */
import type { ActionOutcome, AdapterAction } from '../protocols/adapter/actions.ts';
import { ChatException, fail } from '../protocols/model/errors.ts';
import type { AccountId, ConversationId, RemoteConversationId } from '../protocols/model/ids.ts';
import type { Core } from './core.ts';
import { performSafely } from './perform.ts';

/**
 * Performs one action now.
 * @throws ChatException `connection-lost` when the account is not online, or the network's refusal
 */
export async function act(core: Core, account: AccountId, action: AdapterAction): Promise<ActionOutcome> {
	const link = core.runners.get(account);
	if (link?.adapter === undefined || link.adapter === null || !link.online) return fail('connection-lost');
	const outcome = await performSafely(core.clock, link.adapter, action);
	if (outcome.kind === 'rejected' || outcome.kind === 'uncertain') throw new ChatException(outcome.error);
	return outcome;
}

/** The conversation an action led to may be stored a moment after its outcome. */
const appearMs = 10_000;

export async function actIntoConversation(
	core: Core,
	account: AccountId,
	action: AdapterAction,
	expected: string | null,
): Promise<ConversationId> {
	const outcome = await act(core, account, action);
	const remote =
		outcome.kind === 'accepted' && outcome.conversation !== undefined
			? outcome.conversation
			: (expected as RemoteConversationId | null);
	if (remote === null) return fail('protocol-violation', 'no conversation came of it');
	const found = await core.until(() => core.state.conversationByRemote.get(account, remote), appearMs);
	return found ?? fail('timeout', 'the conversation did not appear');
}
