/**
 * Notices when connecting one account takes the whole program down: a durable flag stands while an attempt runs, and a
 * start-up that finds it, for the second time, leaves the account off.
 */
import { toChatError } from '../protocols/model/errors.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import type { Core } from './core.ts';

const crashCountKey = 'e:crashes';
const tolerated = 1;

export class CrashGuard {
	readonly #core: Core;
	readonly #account: AccountId;

	constructor(core: Core, account: AccountId) {
		this.#core = core;
		this.#account = account;
	}

	/** At start-up: did earlier runs end while connecting, more often than chance allows? */
	async diedConnecting(): Promise<boolean> {
		const died = this.#core.state.accounts.get(this.#account)?.connecting === true;
		const before = (await this.#core.store.kvGet(this.#account, crashCountKey))?.[0] ?? 0;
		const crashes = before + (died ? 1 : 0);
		if (died) await this.#write(false, Math.min(255, crashes));
		// Stays so over further starts, until an attempt that the user asked for ends well.
		return crashes > tolerated;
	}

	/** Durable before the first byte of an attempt. */
	async set(): Promise<void> {
		if (this.#core.state.accounts.get(this.#account)?.connecting === false) await this.#write(true, null);
	}

	/** The attempt ended, or got online: no crash. */
	async clear(): Promise<void> {
		if (this.#core.state.accounts.get(this.#account)?.connecting !== true) return;
		try {
			await this.#write(false, 0);
		} catch (thrown) {
			this.#core.log.error('crash guard not cleared', { account: this.#account, code: toChatError(thrown).code });
		}
	}

	#write(connecting: boolean, crashes: number | null): Promise<void> {
		return this.#core.write((tx) => {
			const account = tx.accounts.get(this.#account);
			if (account === undefined) return;
			if (account.connecting !== connecting) tx.accounts.put(account.id, { ...account, connecting });
			if (crashes !== null)
				tx.push({
					op: 'kv.set',
					accountId: account.id,
					entries: [{ key: crashCountKey, value: crashes === 0 ? null : new Uint8Array([crashes]) }],
				});
		});
	}
}
