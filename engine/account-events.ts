/** Events about what lives only in memory. They take effect after the commit, in the order they came. */
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import { assertNever } from '../protocols/model/assert-never.ts';
import type { AccountId, DecisionId } from '../protocols/model/ids.ts';
import { decisionId } from '../protocols/model/ids.ts';
import type { Core } from './core.ts';
import type { Run } from './ingest-run.ts';
import { toAccount } from './materialise.ts';

export type RuntimeEvent = Extract<
	AdapterEvent,
	{
		type:
			| 'connection'
			| 'security'
			| 'self'
			| 'account-capabilities'
			| 'own-presence'
			| 'members-snapshot'
			| 'members-delta'
			| 'typing'
			| 'presence'
			| 'user-renamed'
			| 'decision-needed'
			| 'decision-withdrawn';
	}
>;

export function showAccount(core: Core, id: AccountId): void {
	const stored = core.state.accounts.get(id);
	if (stored !== undefined) core.patches.push({ op: 'account.put', account: toAccount(core.state, stored) });
}

/** Adapters name decisions per account; the UI needs names that are unique over all of them. */
const fullDecisionId = (account: AccountId, id: DecisionId): DecisionId => decisionId(`${account}/${id}`);
export const adapterDecisionId = (account: AccountId, id: DecisionId): DecisionId =>
	decisionId(id.slice(account.length + 1));

/** Open questions of one account; more is an adapter gone wrong. */
const maxDecisions = 16;

export function takeRuntimeEvent(run: Run, event: RuntimeEvent): void {
	const { tx, core, session } = run;
	const { accountId } = session;
	switch (event.type) {
		case 'connection':
			tx.after(() => core.runners.get(accountId)?.connectionEvent(event.state));
			return;
		case 'security':
			tx.after(() => {
				core.state.runtimeOf(accountId).security = event.security;
				showAccount(core, accountId);
			});
			return;
		case 'self':
			tx.after(() => {
				core.state.runtimeOf(accountId).self = { remoteId: event.remoteId, name: event.name };
				showAccount(core, accountId);
			});
			return;
		case 'account-capabilities':
			tx.after(() => {
				core.state.runtimeOf(accountId).capabilities = event.capabilities;
				showAccount(core, accountId);
			});
			return;
		case 'own-presence': {
			const account = tx.accounts.get(accountId);
			if (account !== undefined) tx.accounts.put(accountId, { ...account, presence: event.presence });
			return;
		}
		case 'members-snapshot':
			return onConversation(run, event.conversation, (id) =>
				core.ephemeral.resetMembers(id, event.members, event.complete),
			);
		case 'members-delta':
			return onConversation(run, event.conversation, (id) =>
				core.ephemeral.changeMembers(id, event.upsert, event.remove),
			);
		case 'typing':
			return onConversation(run, event.conversation, (id) =>
				core.ephemeral.typing(id, event.user, event.state, event.expiresMs ?? null),
			);
		case 'presence':
			tx.after(() =>
				core.ephemeral.presence(accountId, event.user, {
					availability: event.availability,
					statusText: event.statusText,
				}),
			);
			return;
		case 'user-renamed':
			tx.after(() => core.ephemeral.renameUser(accountId, event.from, event.to, event.name));
			return;
		case 'decision-needed':
			tx.after(() => openDecision(core, accountId, event));
			return;
		case 'decision-withdrawn':
			tx.after(() => closeDecision(core, fullDecisionId(accountId, event.id)));
			return;
		default:
			assertNever(event);
	}
}

function openDecision(
	core: Core,
	accountId: AccountId,
	event: Extract<RuntimeEvent, { type: 'decision-needed' }>,
): void {
	const id = fullDecisionId(accountId, event.id);
	const open = [...core.state.decisions.values()].filter((decision) => decision.accountId === accountId).length;
	if (open >= maxDecisions && !core.state.decisions.has(id)) return;
	const decision = { id, accountId, question: event.question };
	core.state.decisions.set(id, decision);
	core.patches.push({ op: 'decision.open', decision });
}

export function closeDecision(core: Core, id: DecisionId): void {
	if (core.state.decisions.delete(id)) core.patches.push({ op: 'decision.close', id });
}

/** Ephemeral facts never create a conversation: without messages or membership there is nothing to show them in. */
function onConversation(
	run: Run,
	remote: Parameters<Run['tx']['conversationByRemote']>[1],
	effect: (id: Parameters<Core['ephemeral']['typing']>[0]) => void,
): void {
	const conversation = run.tx.conversationByRemote(run.session.accountId, remote);
	if (conversation !== undefined) run.tx.after(() => effect(conversation.id));
}
