/**
 * From an open link to a registered session: CAP 302, STS, SASL, PASS/NICK/USER, nick fallback. Ends with a verdict;
 * the adapter decides what comes next. A password is never written to a link in clear before the server's wish for TLS
 * (STS) is known.
 */
import { type ChatError, chatError } from '../model/errors.ts';
import type { CapChange, Capabilities } from './capabilities.ts';
import { wantedCapabilities } from './capabilities.ts';
import { closingError } from './closing-error.ts';
import { type IrcLine, param, trailing } from './line.ts';
import { type Mechanism, type SaslOptions, type SaslProgress, SaslExchange, chooseMechanism } from './sasl.ts';
import { parseSts } from './sts.ts';

export interface RegistrationOptions {
	readonly nick: string;
	readonly username: string;
	readonly realname: string;
	readonly serverPassword: string | null;
	/** The link is encrypted. */
	readonly secure: boolean;
	readonly sasl: SaslOptions | null;
	/** Two decimal digits for nicks of last resort. */
	readonly suffix: string;
}

export type RegistrationResult =
	| {
			readonly kind: 'registered';
			readonly nick: string;
			/** How we proved the account, or null. */
			readonly auth: Mechanism | null;
			/** The account could not be proven by SASL because the server has none: try NickServ. */
			readonly identify: boolean;
	  }
	/** The server wants TLS on this port. */
	| { readonly kind: 'sts'; readonly port: number }
	| { readonly kind: 'failed'; readonly error: ChatError };

/** Gives `AUTHENTICATE` data, `CAP` answers and the early numerics a meaning; every method is synchronous. */
export class Registration {
	readonly #options: RegistrationOptions;
	readonly #caps: Capabilities;
	readonly #write: (command: string, params: readonly string[]) => void;
	readonly #done: (result: RegistrationResult) => void;
	readonly #onStep: (step: 'authenticating' | 'registering') => void;
	#state: 'listing' | 'requesting' | 'authenticating' | 'waiting' | 'over' = 'listing';
	#introduced = false;
	#exchange: SaslExchange | null = null;
	#auth: Mechanism | null = null;
	#identify = false;
	#nick: string;
	#tries = 0;
	#lastError: ChatError | null = null;

	constructor(
		options: RegistrationOptions,
		caps: Capabilities,
		write: (command: string, params: readonly string[]) => void,
		onStep: (step: 'authenticating' | 'registering') => void,
		done: (result: RegistrationResult) => void,
	) {
		this.#options = options;
		this.#caps = caps;
		this.#write = write;
		this.#onStep = onStep;
		this.#done = done;
		this.#nick = options.nick;
	}

	/** Mechanism offer seen, for the downgrade guard. */
	get offersScram(): boolean {
		return this.#caps.value('sasl').toUpperCase().split(',').includes('SCRAM-SHA-256');
	}

	/** Which of these capabilities we want; SASL has its own way. */
	wanted(names: readonly string[]): string[] {
		return names.filter((name) => wantedCapabilities.has(name));
	}

	start(): void {
		this.#write('CAP', ['LS', '302']);
		if (this.#options.secure || this.#options.serverPassword === null) this.#introduce();
	}

	#introduce(): void {
		if (this.#introduced) return;
		this.#introduced = true;
		if (this.#options.serverPassword !== null) this.#write('PASS', [this.#options.serverPassword]);
		this.#write('NICK', [this.#nick]);
		this.#write('USER', [this.#options.username, '0', '*', this.#options.realname || this.#options.nick]);
	}

	/** The server answered nothing to CAP LS for some seconds: it knows no capabilities. */
	noCapabilities(): void {
		if (this.#state !== 'listing') return;
		this.#introduce();
		this.#withoutSasl();
	}

	/** @returns true if the line was part of registration */
	handle(line: IrcLine): boolean {
		if (this.#state === 'over') return false;
		switch (line.command) {
			case 'CAP':
				this.#capability(this.#caps.handle(line));
				return true;
			case 'AUTHENTICATE':
			case '902':
			case '903':
			case '904':
			case '905':
			case '906':
			case '907':
			case '908':
				this.#authenticated(this.#exchange?.handle(line) ?? { kind: 'more' });
				return true;
			case '001':
				this.#finish({
					kind: 'registered',
					nick: param(line, 0) || this.#nick,
					auth: this.#auth,
					identify: this.#identify,
				});
				return false;
			case 'ERROR':
				this.#fail(this.#lastError ?? closingError(trailing(line)));
				return false;
			default:
				return this.#numeric(line);
		}
	}

	/** The link ended before the end of registration. */
	closed(error: ChatError | null): void {
		this.#fail(this.#lastError ?? error ?? chatError('connection-closed'));
	}

	#numeric(line: IrcLine): boolean {
		switch (line.command) {
			case '432':
				return this.#renameOrFail(chatError('name-invalid', trailing(line), { params: { name: this.#nick } }), false);
			case '433':
			case '436':
			case '437':
				return this.#renameOrFail(chatError('name-in-use', trailing(line), { params: { name: this.#nick } }), true);
			case '464':
				this.#fail(chatError('auth-failed', trailing(line)));
				return true;
			case '465':
			case '466':
			case '463':
				// ERROR with more words usually follows.
				this.#lastError = chatError('banned', trailing(line));
				return false;
			case '421':
				if (param(line, 1).toUpperCase() === 'CAP') this.noCapabilities();
				return true;
			case '451':
				// Some old servers answer so to CAP before NICK.
				this.noCapabilities();
				return true;
			default:
				return false;
		}
	}

	#renameOrFail(error: ChatError, retry: boolean): boolean {
		this.#tries++;
		const candidate = retry ? fallbackNick(this.#options.nick, this.#tries, this.#options.suffix) : null;
		if (candidate === null) this.#fail(error);
		else {
			this.#nick = candidate;
			this.#write('NICK', [candidate]);
		}
		return true;
	}

	#capability(change: CapChange | null): void {
		if (change === null) return;
		if (change.kind === 'listed' && this.#state === 'listing') return this.#listed();
		if (this.#state === 'requesting' && this.#caps.settled) this.#granted();
	}

	#listed(): void {
		const sts = this.#caps.offered.get('sts');
		if (sts !== undefined && !this.#options.secure) {
			const { port } = parseSts(sts);
			if (port !== null) return this.#finish({ kind: 'sts', port });
		}
		this.#state = 'requesting';
		this.#introduce();
		const wanted = [...wantedCapabilities];
		if (this.#options.sasl !== null) wanted.push('sasl');
		this.#caps.request(wanted);
		if (this.#caps.settled) this.#granted();
	}

	#granted(): void {
		const sasl = this.#options.sasl;
		if (sasl === null) return this.#end();
		if (!this.#caps.has('sasl')) return this.#withoutSasl();
		const choice = chooseMechanism(this.#caps.value('sasl'), sasl);
		if ('error' in choice) return this.#fail(choice.error);
		this.#state = 'authenticating';
		this.#onStep('authenticating');
		this.#exchange = new SaslExchange(choice.mechanism, sasl, (text) => this.#write('AUTHENTICATE', [text]));
		this.#exchange.start();
	}

	#withoutSasl(): void {
		const sasl = this.#options.sasl;
		if (sasl !== null) {
			// A server that had SCRAM and now has no SASL at all may be a downgrade: nothing is sent to it in clear words.
			if (sasl.mechanism !== null) return this.#fail(chatError('auth-mechanism-missing', 'the server offers no SASL'));
			if (sasl.sawScram)
				return this.#fail(chatError('auth-downgrade', 'SASL is not offered any more', { retry: 'later' }));
			if (sasl.password !== null && !sasl.mayShowPassword) return this.#fail(chatError('tls-required'));
			this.#identify = sasl.password !== null;
		}
		this.#end();
	}

	#authenticated(progress: SaslProgress): void {
		if (progress.kind === 'failed') return this.#fail(progress.error);
		if (progress.kind === 'done') {
			this.#auth = progress.mechanism;
			this.#end();
		}
	}

	#end(): void {
		if (this.#state === 'requesting' || this.#state === 'authenticating') this.#write('CAP', ['END']);
		this.#state = 'waiting';
		this.#onStep('registering');
	}

	#fail(error: ChatError): void {
		this.#finish({ kind: 'failed', error });
	}

	#finish(result: RegistrationResult): void {
		if (this.#state === 'over') return;
		this.#state = 'over';
		this.#done(result);
	}
}

/** `nick_`, `nick__`, then the nick shortened to seven with a suffix; null when nothing sensible is left. */
function fallbackNick(nick: string, attempt: number, suffix: string): string | null {
	if (attempt <= 2) return nick + '_'.repeat(attempt);
	if (attempt <= 4) return `${nick.slice(0, 7)}${attempt === 3 ? '' : '_'}${suffix}`;
	return null;
}
