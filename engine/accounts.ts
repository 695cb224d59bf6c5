/** All accounts of the profile and their runners: added by a login, removed by the user, started and stopped together. */
import type { HostSignal } from '../protocols/adapter/adapter.ts';
import type { LoginResult } from '../protocols/adapter/login.ts';
import type { ProtocolName } from '../protocols/model/entities.ts';
import { chatError, ChatException, fail, toChatError } from '../protocols/model/errors.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import { accountId } from '../protocols/model/ids.ts';
import { inheritPrivacy } from '../protocols/model/privacy.ts';
import { closeDecision } from './account-events.ts';
import { AccountLog } from './account-log.ts';
import { AccountRunner } from './account-runner.ts';
import { newId } from './core.ts';
import type { Core, Runners } from './core.ts';
import type { Ingest } from './ingest.ts';
import { withTimeout } from './with-timeout.ts';

const maxAccounts = 64;
/** All sessions together get this long to end when Parley quits. */
const shutdownMs = 8000;

export class Accounts implements Runners {
	readonly log = new AccountLog();
	readonly #core: () => Core;
	readonly #ingest: () => Ingest;
	readonly #runners = new Map<AccountId, AccountRunner>();

	/** The arguments are read later: the parts of the engine need each other. */
	constructor(core: () => Core, ingest: () => Ingest) {
		this.#core = core;
		this.#ingest = ingest;
	}

	get(id: AccountId): AccountRunner | undefined {
		return this.#runners.get(id);
	}

	require(id: AccountId): AccountRunner {
		return this.#runners.get(id) ?? fail('bad-input', 'no such account');
	}

	all(): IterableIterator<AccountRunner> {
		return this.#runners.values();
	}

	/** Starts every enabled account; one that fails does not stop the others. */
	async startAll(): Promise<void> {
		const core = this.#core();
		const enabled = [...core.state.accounts.values()].sort((a, b) => a.position - b.position);
		for (const account of enabled) this.#add(account.id, account.protocol);
		await Promise.all(
			enabled
				.filter((account) => account.enabled)
				.map((account) =>
					this.require(account.id)
						.startUp()
						.catch((thrown: unknown) =>
							core.log.error('account not started', { account: account.id, code: toChatError(thrown).code }),
						),
				),
		);
	}

	#add(id: AccountId, protocol: ProtocolName): AccountRunner {
		const core = this.#core();
		const runner = new AccountRunner(core, this.#ingest(), this.log, id, core.protocols.get(protocol) ?? null);
		this.#runners.set(id, runner);
		return runner;
	}

	/**
	 * Stores what a login produced and connects it.
	 * @throws ChatException `bad-input` when this address is here already
	 */
	async create(protocol: ProtocolName, login: LoginResult): Promise<AccountId> {
		const core = this.#core();
		const id = accountId(newId(core));
		this.#refuseDuplicate(protocol, login.address);
		for (const [name, value] of Object.entries(login.secrets)) await core.host.secrets.set(id, name, value);
		try {
			await core.write((tx) => {
				this.#refuseDuplicate(protocol, login.address);
				const positions = [...core.state.accounts.values()].map((account) => account.position);
				tx.accounts.put(id, {
					id,
					protocol,
					address: login.address,
					label: login.label,
					enabled: true,
					position: Math.max(0, ...positions) + 1,
					settings: login.settings,
					presence: { availability: 'available', statusText: '' },
					connecting: false,
					privacy: inheritPrivacy,
				});
			});
		} catch (thrown) {
			await core.host.secrets.removeAll(id).catch(() => undefined);
			throw thrown;
		}
		await this.#add(id, protocol).connect();
		return id;
	}

	#refuseDuplicate(protocol: ProtocolName, address: string): void {
		const { accounts } = this.#core().state;
		if (accounts.size >= maxAccounts) fail('bad-input', 'too many accounts');
		for (const account of accounts.values()) {
			if (account.protocol === protocol && account.address === address) {
				throw new ChatException(chatError('bad-input', 'this account is here already', { params: { address } }));
			}
		}
	}

	/** Deletes an account with everything stored for it. */
	async remove(id: AccountId): Promise<void> {
		const core = this.#core();
		const runner = this.require(id);
		await runner.forget();
		runner.wakeOutbox();
		core.ephemeral.forgetAccount(id);
		await core.write((tx) => {
			for (const conversation of core.state.conversationsOf(id)) tx.removeConversation(conversation);
			for (const contact of core.state.contacts.values()) if (contact.accountId === id) tx.contacts.remove(contact.id);
			for (const person of core.state.persons.values()) {
				const rest = person.contactIds.filter((contact) => core.state.contacts.get(contact)?.accountId !== id);
				if (rest.length === person.contactIds.length) continue;
				if (rest.length >= 2) tx.persons.put(person.id, { ...person, contactIds: rest });
				else {
					for (const last of rest) {
						const contact = core.state.contacts.get(last);
						if (contact !== undefined) tx.putContact({ ...contact, personId: null });
					}
					tx.persons.remove(person.id);
				}
			}
			tx.accounts.remove(id);
		});
		this.#runners.delete(id);
		this.log.forget(id);
		for (const decision of core.state.decisions.values())
			if (decision.accountId === id) closeDecision(core, decision.id);
		await core.host.secrets.removeAll(id);
	}

	signal(signal: HostSignal): void {
		for (const runner of this.#runners.values()) runner.signal(signal);
	}

	/** Ends all sessions politely, in a bounded time. */
	async stopAll(): Promise<void> {
		const stops = [...this.#runners.values()].map((runner) => runner.disconnect('shutdown').catch(() => undefined));
		await withTimeout(this.#core().clock, shutdownMs, Promise.all(stops));
	}
}
