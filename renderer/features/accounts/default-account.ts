import type { Account } from '../../../protocols/model/entities.ts';
import type { AccountId } from '../../../protocols/model/ids.ts';

/** The account that is most likely meant. */
export function defaultAccount(
	accounts: readonly Account[],
	wanted: AccountId | undefined,
	near: AccountId | undefined,
	canUse: (account: Account) => boolean,
): Account | undefined {
	const enabled = accounts.filter((account) => account.enabled);
	const known = accounts.find((account) => account.id === wanted);
	if (known !== undefined) return known;
	const neighbour = enabled.find((account) => account.id === near);
	if (neighbour !== undefined && canUse(neighbour)) return neighbour;
	return enabled.find(canUse) ?? neighbour ?? enabled[0] ?? accounts[0];
}
