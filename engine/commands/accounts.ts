/** Commands about accounts: login, connection, secrets, questions, own presence. */
import type { AccountId } from '../../protocols/model/ids.ts';
import type { OwnPresence } from '../../protocols/model/entities.ts';
import { fail, toChatError } from '../../protocols/model/errors.ts';
import { adapterDecisionId, closeDecision } from '../account-events.ts';
import { act } from '../act.ts';
import { performSafely } from '../perform.ts';
import type { Env, Handlers } from './env.ts';

type Names =
	| 'account.loginStart'
	| 'account.importStart'
	| 'account.loginSubmit'
	| 'account.loginCancel'
	| 'account.update'
	| 'account.remove'
	| 'account.connect'
	| 'account.disconnect'
	| 'account.setSecret'
	| 'decision.answer'
	| 'presence.set';

export const accountCommands: Handlers<Names> = {
	'account.loginStart': ({ logins }, { protocol, flow }) => logins.start(protocol, flow),
	'account.importStart': ({ imports }, { offerId, withSecret }) => imports.begin(offerId, withSecret),
	'account.loginSubmit': ({ logins }, { loginId, values }) => logins.submit(loginId, values),
	'account.loginCancel': ({ logins }, { loginId }) => {
		logins.cancel(loginId);
		return Promise.resolve(null);
	},
	'account.update': async ({ core, accounts }, { accountId, label, enabled, position, privacy }) => {
		const runner = accounts.require(accountId);
		await core.write((tx) => {
			const account = tx.accounts.get(accountId) ?? fail('bad-input', 'no such account');
			tx.accounts.put(accountId, {
				...account,
				label: label ?? account.label,
				enabled: enabled ?? account.enabled,
				position: position ?? account.position,
				privacy: privacy ?? account.privacy,
			});
		});
		if (enabled === true) await runner.connect();
		else if (enabled === false) await runner.disconnect('user');
		return null;
	},
	'account.remove': async ({ accounts }, { accountId }) => {
		await accounts.remove(accountId);
		return null;
	},
	'account.connect': async ({ accounts }, { accountId }) => {
		await accounts.require(accountId).connect();
		return null;
	},
	'account.disconnect': async ({ accounts }, { accountId }) => {
		await accounts.require(accountId).disconnect('user');
		return null;
	},
	'account.setSecret': async (env, { accountId, name, value }) => {
		await replaceSecret(env, accountId, name, value);
		return null;
	},
	'decision.answer': async (env, { decisionId, answer }) => {
		const { core, accounts } = env;
		const decision = core.state.decisions.get(decisionId) ?? fail('bad-input', 'this question is closed');
		const { accountId } = decision;
		if (answer.kind !== 'dismiss' && answer.kind !== decision.question.kind)
			fail('bad-input', 'not an answer to this question');
		const runner = accounts.require(accountId);
		if (answer.kind === 'login') await core.host.secrets.set(accountId, 'password', answer.secret);
		// The adapter may be asked while it is not connected: what it learns counts for the next attempt.
		if (runner.adapter !== null) {
			const outcome = await performSafely(core.clock, runner.adapter, {
				type: 'answer-decision',
				decision: adapterDecisionId(accountId, decisionId),
				answer,
			});
			if (outcome.kind === 'rejected' && answer.kind !== 'login' && answer.kind !== 'dismiss')
				fail(outcome.error.code, outcome.error.detail, outcome.error);
		}
		closeDecision(core, decisionId);
		const refused = answer.kind === 'dismiss' || (answer.kind === 'certificate' && !answer.accept);
		if (!refused) await runner.connect();
		return null;
	},
	'presence.set': async ({ core }, { accountId, presence }) => {
		const ids = accountId === null ? [...core.state.accounts.keys()] : [accountId];
		await core.write((tx) => {
			for (const id of ids) {
				const account = tx.accounts.get(id) ?? fail('bad-input', 'no such account');
				tx.accounts.put(id, { ...account, presence });
			}
		});
		await Promise.all(ids.map((id) => tellPresence(core, id, presence, accountId !== null)));
		return null;
	},
};

/** A refusal matters when one account was meant; with all of them, some will always be offline. */
async function tellPresence(core: Env['core'], id: AccountId, presence: OwnPresence, strict: boolean): Promise<void> {
	if (core.runners.get(id)?.online !== true) return;
	try {
		await act(core, id, { type: 'presence', presence });
	} catch (thrown) {
		if (strict) throw thrown;
		core.log.info('presence not set', { account: id, code: toChatError(thrown).code });
	}
}

async function replaceSecret(
	{ core, accounts }: Env,
	accountId: AccountId,
	name: string,
	value: string,
): Promise<void> {
	const runner = accounts.require(accountId);
	await core.host.secrets.set(accountId, name, value);
	for (const decision of [...core.state.decisions.values()]) {
		if (decision.accountId === accountId && decision.question.kind === 'login') closeDecision(core, decision.id);
	}
	await runner.connect();
}
