/** Which own states can be chosen, for one account or for all. Pure. */
import type { Account, OwnPresence } from '../../../protocols/model/entities.ts';

export type OwnAvailability = OwnPresence['availability'];

const order: readonly OwnAvailability[] = ['available', 'chat', 'away', 'extended-away', 'busy', 'invisible'];

const isOwn = (value: string): value is OwnAvailability => (order as readonly string[]).includes(value);

/** States that at least one of the accounts can show; `available` and `away` while none has said what it can. */
export function choosable(accounts: readonly Account[]): readonly OwnAvailability[] {
	const known = new Set(accounts.flatMap((account) => account.capabilities.ownPresence).filter(isOwn));
	return known.size === 0 ? ['available', 'away'] : order.filter((state) => known.has(state));
}

/** The common state of all enabled accounts; null when they differ or there is none. */
export function commonPresence(accounts: readonly Account[]): OwnPresence | null {
	const enabled = accounts.filter((account) => account.enabled);
	const first = enabled[0]?.presence;
	if (first === undefined) return null;
	const same = enabled.every(
		({ presence }) => presence.availability === first.availability && presence.statusText === first.statusText,
	);
	return same ? first : null;
}

/** Accounts that would not show the state to others. */
export function notShowing(accounts: readonly Account[], availability: OwnAvailability): readonly Account[] {
	return accounts.filter((account) => account.enabled && !account.capabilities.ownPresence.includes(availability));
}
