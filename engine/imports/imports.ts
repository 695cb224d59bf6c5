/**
 * Accounts of other chat programs on this machine, taken over one at a time by the protocol's own login: what the other
 * program knew answers its questions, and the user is asked the rest. Secrets of the files never leave the engine.
 */
import type { ForeignAccount, ForeignPerson, ForeignProfile } from '../../protocols/import/foreign.ts';
import type { LoginStep } from '../../protocols/adapter/login.ts';
import { fail } from '../../protocols/model/errors.ts';
import type { AccountId } from '../../protocols/model/ids.ts';
import type { LoginProgress } from '../contract/commands.ts';
import type { ImportOffer, ImportOffers } from '../contract/imports.ts';
import type { Core } from '../core.ts';
import type { Logins } from '../logins.ts';
import type { TakeOver } from './take-over.ts';

/** Offers hold secrets: they are forgotten when nobody uses them. */
const offerLifeMs = 30 * 60_000;
/** No login asks more often than this before the user has to. */
const maxAnswers = 4;

interface Offered {
	readonly account: ForeignAccount;
	/** Everything of the same program, whose indexes {@link ForeignPerson} uses. */
	readonly siblings: readonly Offered[];
	readonly persons: readonly ForeignPerson[];
	/** What came of it. */
	accountId: AccountId | null;
}

export class Imports {
	readonly #core: Core;
	readonly #logins: Logins;
	readonly #takeOver: TakeOver;
	#offers = new Map<string, Offered>();
	#cancelExpiry: () => void = () => undefined;

	constructor(core: Core, logins: Logins, takeOver: TakeOver) {
		this.#core = core;
		this.#logins = logins;
		this.#takeOver = takeOver;
	}

	/** Looks at the places where other programs keep their accounts. Earlier offers are void. */
	async scan(): Promise<ImportOffers> {
		const profiles = await this.#core.host.foreignProfiles();
		this.#offers = new Map();
		this.#cancelExpiry();
		this.#cancelExpiry = this.#core.clock.after(offerLifeMs, () => this.forget());
		return {
			offers: profiles.flatMap((profile) => this.#offer(profile)),
			skipped: profiles.flatMap(({ program, skipped }) => skipped.slice(0, 100).map((name) => ({ program, name }))),
		};
	}

	#offer({ program, accounts, persons }: ForeignProfile): readonly ImportOffer[] {
		const siblings: Offered[] = [];
		return accounts.map((account): ImportOffer => {
			const offered: Offered = { account, siblings, persons, accountId: null };
			siblings.push(offered);
			const id = this.#core.random.uuid();
			this.#offers.set(id, offered);
			return {
				id,
				program,
				protocol: account.protocol,
				label: account.label,
				address: account.values['address'] ?? '',
				isSupported: this.#core.protocols.has(account.protocol),
				hasSecret: Object.keys(account.secrets).length > 0,
				hasLockedSecret: account.lockedSecret,
				rooms: account.rooms.length,
				contacts: account.contacts.length,
			};
		});
	}

	/**
	 * Logs in with what the offer knows, as far as that goes.
	 * @param withSecret the user agreed that the password is taken over
	 * @throws ChatException `session-expired` when the offer is void
	 */
	async begin(offerId: string, withSecret: boolean): Promise<LoginProgress> {
		const offered = this.#offers.get(offerId) ?? fail('session-expired', 'look for accounts again');
		const { account } = offered;
		const flow = this.#core.protocols
			.get(account.protocol)
			?.describe()
			.loginFlows.find(({ purpose }) => purpose === 'login');
		if (flow === undefined) return fail('unsupported', 'no such protocol');
		let progress = await this.#logins.start(account.protocol, flow.id);
		this.#logins.whenDone(progress.loginId, (accountId) => this.#finish(offered, accountId));
		const answers = withSecret ? { ...account.values, ...account.secrets } : account.values;
		const hasSecrets = !account.lockedSecret && (withSecret || Object.keys(account.secrets).length === 0);
		for (let asked = 0; asked < maxAnswers; asked += 1) {
			const { step } = progress;
			if (step.kind !== 'input' || !isAnswered(step, answers, hasSecrets)) break;
			progress = await this.#logins.submit(progress.loginId, answersTo(step, answers));
		}
		const { step } = progress;
		return step.kind === 'input' ? { loginId: progress.loginId, step: filledIn(step, account.values) } : progress;
	}

	async #finish(offered: Offered, accountId: AccountId): Promise<void> {
		offered.accountId = accountId;
		const persons = offered.persons.flatMap(({ name, contacts }) => {
			const known = contacts.flatMap(({ account, address }) => {
				const id = offered.siblings[account]?.accountId ?? null;
				return id === null ? [] : [{ accountId: id, address }];
			});
			return known.length < 2 || !known.some((contact) => contact.accountId === accountId)
				? []
				: [{ name, contacts: known }];
		});
		await this.#takeOver.put(accountId, {
			rooms: offered.account.rooms,
			contacts: offered.account.contacts,
			persons,
		});
	}

	forget(): void {
		this.#cancelExpiry();
		this.#offers.clear();
	}
}

type InputStep = Extract<LoginStep, { kind: 'input' }>;

/** Nothing is wrong, every question that must be answered can be, and at least one is. */
function isAnswered(step: InputStep, answers: Readonly<Record<string, string>>, hasSecrets: boolean): boolean {
	if (step.error !== null || step.fields.some((field) => field.error !== null)) return false;
	const isOpen = (field: InputStep['fields'][number]): boolean => {
		if (answers[field.id] !== undefined) return false;
		// To the form a password may be optional; an account that has one needs it.
		if (field.kind === 'password' && !field.advanced && !hasSecrets) return true;
		return field.required && field.value === '';
	};
	return step.fields.some((field) => answers[field.id] !== undefined) && !step.fields.some(isOpen);
}

const answersTo = (step: InputStep, answers: Readonly<Record<string, string>>): Record<string, string> =>
	Object.fromEntries(step.fields.map((field) => [field.id, answers[field.id] ?? field.value]));

/** The form as the user gets it: with what is known, but never a secret. */
const filledIn = (step: InputStep, values: Readonly<Record<string, string>>): InputStep => ({
	...step,
	fields: step.fields.map((field) =>
		field.value === '' && field.kind !== 'password' ? { ...field, value: values[field.id] ?? '' } : field,
	),
});
