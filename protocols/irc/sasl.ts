/**
 * SASL over AUTHENTICATE (IRCv3 sasl-3.2): EXTERNAL, SCRAM-SHA-256, PLAIN, in that order of preference. PLAIN needs TLS,
 * and a failed or missing stronger mechanism is never replaced by PLAIN behind the user's back.
 */
import { type ChatError, chatError } from '../model/errors.ts';
import { type IrcLine, param, trailing } from './line.ts';
import { Scram, ScramError } from './scram.ts';

export const mechanisms = ['EXTERNAL', 'SCRAM-SHA-256', 'PLAIN'] as const;
export type Mechanism = (typeof mechanisms)[number];

export interface SaslOptions {
	readonly account: string;
	/** Null when only the client certificate proves us. */
	readonly password: string | null;
	readonly hasCertificate: boolean;
	/** The link is encrypted, or the user allowed the password in clear. */
	readonly mayShowPassword: boolean;
	/** The user's choice; null for the best one offered. */
	readonly mechanism: Mechanism | null;
	/** SCRAM worked or was offered here before: PLAIN alone is then a downgrade. */
	readonly sawScram: boolean;
	readonly nonce: string;
}

export type Choice = { readonly mechanism: Mechanism } | { readonly error: ChatError };

/** @param offered value of the `sasl` capability; '' when the server does not list mechanisms (3.1) */
export function chooseMechanism(offered: string, options: SaslOptions): Choice {
	const list = offered === '' ? null : new Set(offered.toUpperCase().split(','));
	const offers = (name: Mechanism): boolean => list === null || list.has(name);
	const usable = (name: Mechanism): boolean => {
		if (name === 'EXTERNAL') return options.hasCertificate;
		return options.password !== null && (name === 'SCRAM-SHA-256' || options.mayShowPassword);
	};
	if (options.mechanism !== null) {
		if (!offers(options.mechanism)) return missing(`${options.mechanism} is not offered (${offered})`);
		if (!usable(options.mechanism)) return unusable(options.mechanism);
		return { mechanism: options.mechanism };
	}
	// Without a list, SCRAM may fail only because it does not exist; PLAIN is what such servers speak.
	const preference: readonly Mechanism[] =
		list === null && options.mayShowPassword ? ['EXTERNAL', 'PLAIN'] : mechanisms;
	const best = preference.find((name) => offers(name) && usable(name));
	if (best === undefined) return offers('PLAIN') && options.password !== null ? unusable('PLAIN') : missing(offered);
	if (best === 'PLAIN' && options.sawScram)
		return { error: chatError('auth-downgrade', `only ${offered || 'PLAIN'} is offered now`) };
	return { mechanism: best };
}

const missing = (detail: string): Choice => ({ error: chatError('auth-mechanism-missing', detail) });
const unusable = (name: Mechanism): Choice =>
	name === 'EXTERNAL'
		? { error: chatError('auth-mechanism-missing', 'no client certificate') }
		: { error: chatError('tls-required') };

export type SaslProgress =
	| { readonly kind: 'more' }
	| { readonly kind: 'done'; readonly mechanism: Mechanism }
	| { readonly kind: 'failed'; readonly error: ChatError };

const more: SaslProgress = { kind: 'more' };
const chunkSize = 400;
const maxChallenge = 8192;

/** One exchange. Feed it AUTHENTICATE and 900-908. */
export class SaslExchange {
	readonly #options: SaslOptions;
	readonly #mechanism: Mechanism;
	readonly #write: (text: string) => void;
	readonly #scram: Scram | null;
	#step = 0;
	#challenge = '';

	/** @param write sends `AUTHENTICATE <text>` */
	constructor(mechanism: Mechanism, options: SaslOptions, write: (text: string) => void) {
		this.#mechanism = mechanism;
		this.#options = options;
		this.#write = write;
		this.#scram =
			mechanism === 'SCRAM-SHA-256' ? new Scram(options.account, options.password ?? '', options.nonce) : null;
	}

	start(): void {
		this.#write(this.#mechanism);
	}

	handle(line: IrcLine): SaslProgress {
		switch (line.command) {
			case 'AUTHENTICATE':
				return this.#challenged(param(line, 0));
			case '903':
			case '907':
				// A server that skips its signature has not proven that it knows the password.
				if (this.#scram !== null && !this.#scram.verified)
					return { kind: 'failed', error: chatError('auth-server-unverified') };
				return { kind: 'done', mechanism: this.#mechanism };
			case '902':
				return { kind: 'failed', error: chatError('account-disabled', trailing(line)) };
			case '904':
			case '905':
			case '906':
				return { kind: 'failed', error: chatError('auth-failed', trailing(line)) };
			case '908':
				// The list of mechanisms; 904 follows where it matters.
				return more;
			default:
				return more;
		}
	}

	#challenged(text: string): SaslProgress {
		if (text !== '+') this.#challenge += text;
		if (this.#challenge.length > maxChallenge)
			return this.#abort(chatError('protocol-violation', 'SASL challenge too long'));
		if (text.length === chunkSize) return more;
		const challenge = Buffer.from(this.#challenge, 'base64').toString('utf8');
		this.#challenge = '';
		try {
			const answer = this.#answer(challenge);
			if (answer !== null) this.#send(answer);
			this.#step++;
			return more;
		} catch (thrown) {
			if (!(thrown instanceof ScramError)) throw thrown;
			if (thrown.failure === 'refused') return { kind: 'failed', error: chatError('auth-failed', thrown.message) };
			const code = thrown.failure === 'malformed' ? 'protocol-violation' : 'auth-server-unverified';
			return this.#abort(chatError(code, `SCRAM: ${thrown.message}`));
		}
	}

	#answer(challenge: string): string | null {
		switch (this.#mechanism) {
			case 'EXTERNAL':
				return this.#step === 0 ? this.#options.account : null;
			case 'PLAIN':
				return this.#step === 0
					? `${this.#options.account}\0${this.#options.account}\0${this.#options.password ?? ''}`
					: null;
			case 'SCRAM-SHA-256': {
				const scram = this.#scram;
				if (scram === null) return null;
				if (this.#step === 0) return scram.first();
				if (this.#step === 1) return scram.final(challenge);
				scram.verify(challenge);
				return '';
			}
		}
	}

	#send(answer: string): void {
		const text = Buffer.from(answer, 'utf8').toString('base64');
		for (let at = 0; at < text.length; at += chunkSize) this.#write(text.slice(at, at + chunkSize));
		if (text.length % chunkSize === 0) this.#write('+');
	}

	#abort(error: ChatError): SaslProgress {
		this.#write('*');
		return { kind: 'failed', error };
	}
}
