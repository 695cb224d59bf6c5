/**
 * Rooms, contacts and persons that an account brings along from another program. They wait, durably, until the account
 * is online; what the server refuses then is logged and let go, because the list is the other program's, not ours.
 */
import { z } from 'zod';
import type { ForeignContact, ForeignRoom } from '../../protocols/import/foreign.ts';
import type { AdapterAction } from '../../protocols/adapter/actions.ts';
import { can } from '../../protocols/model/capabilities.ts';
import { toChatError } from '../../protocols/model/errors.ts';
import type { AccountId, ContactId, RemoteUserId } from '../../protocols/model/ids.ts';
import { accountId as toAccountId } from '../../protocols/model/ids.ts';
import { act } from '../act.ts';
import type { Core } from '../core.ts';
import { mergePersons } from '../people.ts';

/** Contacts of one person; each is on an account that was taken over. */
export interface TakenPerson {
	readonly name: string | null;
	readonly contacts: readonly { readonly accountId: AccountId; readonly address: string }[];
}

export interface Luggage {
	readonly rooms: readonly ForeignRoom[];
	readonly contacts: readonly ForeignContact[];
	readonly persons: readonly TakenPerson[];
}

const stored = z.object({
	rooms: z.array(z.object({ name: z.string(), password: z.string().nullable() })),
	contacts: z.array(z.object({ address: z.string(), name: z.string().nullable(), groups: z.array(z.string()) })),
	persons: z.array(
		z.object({
			name: z.string().nullable(),
			contacts: z.array(z.object({ accountId: z.string().transform(toAccountId), address: z.string() })),
		}),
	),
});

/** The engine's own keys begin with `e:`. */
const key = 'e:take-over';
/** Added contacts come back with the server's list. */
const contactAppearsMs = 10_000;

export class TakeOver {
	readonly #core: () => Core;
	readonly #running = new Set<AccountId>();

	constructor(core: () => Core) {
		this.#core = core;
	}

	/** Keeps what an account brings along, and begins at once if it is online. Resolves when durable. */
	async put(accountId: AccountId, luggage: Luggage): Promise<void> {
		if (luggage.rooms.length + luggage.contacts.length + luggage.persons.length === 0) return;
		await this.#save(accountId, luggage);
		if (this.#core().runners.get(accountId)?.online === true) void this.unpack(accountId);
	}

	/** The account is online. Runs in the background and never throws. */
	async unpack(accountId: AccountId): Promise<void> {
		const core = this.#core();
		if (this.#running.has(accountId)) return;
		this.#running.add(accountId);
		try {
			const luggage = await this.#load(accountId);
			if (luggage === null) return;
			const left = await this.#unpack(accountId, luggage);
			await this.#save(accountId, left);
		} catch (thrown) {
			core.log.warn('not everything was taken over', { account: accountId, code: toChatError(thrown).code });
		} finally {
			this.#running.delete(accountId);
		}
	}

	/** @returns what is to be tried again when the account is online next; null: nothing */
	async #unpack(accountId: AccountId, luggage: Luggage): Promise<Luggage | null> {
		const core = this.#core();
		const { capabilities } = core.state.runtimeOf(accountId);
		for (const [at, { name, password }] of luggage.rooms.entries())
			if (!(await this.#try(accountId, { type: 'join', name, password })))
				return { ...luggage, rooms: luggage.rooms.slice(at) };
		const rest = { ...luggage, rooms: [] };
		if (can(capabilities.contacts))
			for (const [at, contact] of luggage.contacts.entries()) {
				if (this.#find(accountId, contact.address)?.onRoster === true) continue;
				const { address: user, name, groups } = contact;
				if (!(await this.#try(accountId, { type: 'contact-add', user, name, groups, message: null })))
					return { ...rest, contacts: luggage.contacts.slice(at) };
			}
		for (const person of luggage.persons) await this.#merge(person);
		return null;
	}

	/** False when the connection was lost: everything else is an answer. */
	async #try(accountId: AccountId, action: AdapterAction): Promise<boolean> {
		const core = this.#core();
		try {
			await act(core, accountId, action);
		} catch (thrown) {
			if (core.runners.get(accountId)?.online !== true) return false;
			core.log.info('not taken over', { account: accountId, what: action.type, code: toChatError(thrown).code });
		}
		return true;
	}

	#find(accountId: AccountId, address: string): { readonly id: ContactId; readonly onRoster: boolean } | undefined {
		const { state } = this.#core();
		const id = state.contactByRemote.get(accountId, address as RemoteUserId);
		return id === undefined ? undefined : state.contacts.get(id);
	}

	/** Those who are no contacts here cannot be merged. */
	async #merge(person: TakenPerson): Promise<void> {
		const core = this.#core();
		const all = (): readonly ContactId[] | undefined => {
			const ids = person.contacts.map(({ accountId, address }) => this.#find(accountId, address)?.id);
			return ids.every((id) => id !== undefined) ? ids : undefined;
		};
		const ids = all() ?? (await core.until(all, contactAppearsMs));
		if (ids === undefined) return;
		await core.write((tx) => mergePersons(core, tx, ids, person.name));
	}

	async #load(accountId: AccountId): Promise<Luggage | null> {
		const bytes = await this.#core().store.kvGet(accountId, key);
		if (bytes === null) return null;
		const parsed = stored.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
		return parsed.success ? parsed.data : null;
	}

	async #save(accountId: AccountId, luggage: Luggage | null): Promise<void> {
		const value = luggage === null ? null : new TextEncoder().encode(JSON.stringify(luggage));
		await this.#core().write((tx) => tx.push({ op: 'kv.set', accountId, entries: [{ key, value }] }));
	}
}
