/** Login flows under way: a bounded number of step machines, each forgotten after a while. */
import type { ProtocolName } from '../protocols/model/entities.ts';
import type { LoginSession, LoginStep } from '../protocols/adapter/login.ts';
import type { ChatError } from '../protocols/model/errors.ts';
import { fail } from '../protocols/model/errors.ts';
import type { AccountId } from '../protocols/model/ids.ts';
import { adapterlessLogger } from './login-logger.ts';
import type { Accounts } from './accounts.ts';
import type { LoginProgress } from './contract/commands.ts';
import type { Core } from './core.ts';
import { timedOut, withTimeout } from './with-timeout.ts';

const maxLogins = 8;
const lifeMs = 15 * 60_000;
const submitTimeoutMs = 90_000;
const validateTimeoutMs = 5000;

interface Running {
	readonly protocol: ProtocolName;
	readonly session: LoginSession;
	readonly abort: AbortController;
	readonly cancelExpiry: () => void;
	busy: boolean;
	done: ((account: AccountId) => Promise<void>) | null;
}

export class Logins {
	readonly #core: Core;
	readonly #accounts: Accounts;
	readonly #running = new Map<string, Running>();

	constructor(core: Core, accounts: Accounts) {
		this.#core = core;
		this.#accounts = accounts;
	}

	async start(protocol: ProtocolName, flow: string): Promise<LoginProgress> {
		const core = this.#core;
		const factory = core.protocols.get(protocol) ?? fail('unsupported', 'no such protocol');
		await factory.load?.();
		if (this.#running.size >= maxLogins) this.#dropOldest();
		const loginId = core.random.uuid();
		const session = factory.startLogin(flow, {
			clock: core.clock,
			random: core.random,
			log: adapterlessLogger(core, loginId),
			extraCa: core.host.extraCa,
			client: { name: 'Parley', version: core.host.version },
			progress: (key) => this.#progress(loginId, key),
		});
		const cancelExpiry = core.clock.after(lifeMs, () => this.cancel(loginId));
		this.#running.set(loginId, {
			protocol,
			session,
			abort: new AbortController(),
			cancelExpiry,
			busy: false,
			done: null,
		});
		const step = session.begin();
		if (step.kind === 'done') return fail('protocol-violation', 'a login without a question');
		return { loginId, step };
	}

	/** Has something done with the account that comes of a login, before the window is told of it. */
	whenDone(loginId: string, done: (account: AccountId) => Promise<void>): void {
		const login = this.#running.get(loginId);
		if (login !== undefined) login.done = done;
	}

	async submit(loginId: string, values: Readonly<Record<string, string>>): Promise<LoginProgress> {
		const login = this.#running.get(loginId) ?? fail('session-expired', 'this login has ended; start again');
		if (login.busy) fail('rate-limited', 'the last answer is still being checked');
		login.busy = true;
		try {
			const step = await withTimeout(
				this.#core.clock,
				submitTimeoutMs,
				login.session.submit(values, login.abort.signal),
			);
			if (step === timedOut) return fail('timeout');
			if (step.kind !== 'done') return { loginId, step };
			return await this.#finish(loginId, login, step);
		} finally {
			login.busy = false;
			this.#say(loginId, null);
		}
	}

	/** Words of a login that has ended, or waits for its user, would stay on the screen: only a running check has any. */
	#progress(loginId: string, key: string): void {
		const login = this.#running.get(loginId);
		if (login === undefined) return;
		this.#core.log.debug('login progress', { protocol: login.protocol, key });
		if (login.busy) this.#say(loginId, key);
	}

	/** Goes to every window: the id is a random one that only the asking window knows what to do with. */
	#say(loginId: string, key: string | null): void {
		this.#core.patches.push({ op: 'login.progress', loginId, key });
	}

	async #finish(loginId: string, login: Running, step: Extract<LoginStep, { kind: 'done' }>): Promise<LoginProgress> {
		const id = await this.#accounts.create(login.protocol, step.account);
		await login.done?.(id);
		this.cancel(loginId);
		return { loginId, step: { kind: 'done' }, accountId: id };
	}

	async validate(loginId: string, field: string, value: string): Promise<ChatError | null> {
		const login = this.#running.get(loginId);
		if (login === undefined) return null;
		const verdict = await withTimeout(
			this.#core.clock,
			validateTimeoutMs,
			login.session.validate(field, value, login.abort.signal),
		);
		return verdict === timedOut ? null : verdict;
	}

	cancel(loginId: string): void {
		const login = this.#running.get(loginId);
		if (login === undefined) return;
		this.#running.delete(loginId);
		login.cancelExpiry();
		login.abort.abort();
		login.session.close();
	}

	#dropOldest(): void {
		for (const id of this.#running.keys()) {
			this.cancel(id);
			return;
		}
	}

	closeAll(): void {
		for (const id of [...this.#running.keys()]) this.cancel(id);
	}
}
