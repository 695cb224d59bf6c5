/**
 * Adding an IRC account: address, nick, optional account. TLS is tried first and never given up silently; a real
 * registration proves the data before the account is saved.
 */
import { z } from 'zod';
import type { LoginContext, LoginField, LoginResult, LoginSession, LoginStep } from '../adapter/login.ts';
import { type ChatError, chatError, fail } from '../model/errors.ts';
import { errorOfProblem } from './link.ts';
import { mechanisms } from './sasl.ts';
import { type IrcSettings, defaultPort, parseAddress, secretNames, settingsSchema } from './settings.ts';
import { type ProbeResult, probe, reach } from './probe.ts';

const texts = z.record(z.string(), z.string().max(200_000));

interface FieldPlan {
	readonly id: string;
	readonly kind: LoginField['kind'];
	readonly required?: true;
	readonly advanced?: true;
	readonly value?: string;
	readonly placeholder?: string;
	readonly choices?: LoginField['choices'];
}

const plan: readonly FieldPlan[] = [
	{ id: 'address', kind: 'address', required: true, placeholder: 'irc.libera.chat' },
	{ id: 'nick', kind: 'text', required: true },
	{ id: 'account', kind: 'text' },
	{ id: 'password', kind: 'password' },
	{ id: 'channels', kind: 'text', placeholder: '#parley, #help' },
	{ id: 'tls', kind: 'boolean', value: 'true', advanced: true },
	{ id: 'serverPassword', kind: 'password', advanced: true },
	{ id: 'username', kind: 'text', advanced: true },
	{ id: 'realname', kind: 'text', advanced: true },
	{
		id: 'mechanism',
		kind: 'choice',
		value: 'auto',
		advanced: true,
		choices: [{ value: 'auto', label: 'auto' }, ...mechanisms.map((name) => ({ value: name, label: name }))],
	},
	{ id: 'certificate', kind: 'multiline', advanced: true },
	{ id: 'ca', kind: 'multiline', advanced: true },
	{ id: 'insecurePassword', kind: 'boolean', value: 'false', advanced: true },
];

export function startIrcLogin(flowId: string, context: LoginContext): LoginSession {
	if (flowId !== 'login') fail('bad-input', 'unknown login flow');
	return new IrcLogin(context);
}

type Certificate = Extract<ProbeResult, { readonly kind: 'certificate' }>['certificate'];

type Values = Readonly<Record<string, string>>;

class IrcLogin implements LoginSession {
	readonly #context: LoginContext;
	readonly #abort = new AbortController();
	#values: Values = {};
	/** The certificate of the open question, and the fingerprint accepted. */
	#asked: Certificate | null = null;
	#pinned: string | null = null;

	constructor(context: LoginContext) {
		this.#context = context;
	}

	begin(): LoginStep {
		return this.#form(null, null);
	}

	async submit(values: Values, signal: AbortSignal): Promise<LoginStep> {
		const both = AbortSignal.any([signal, this.#abort.signal]);
		if (this.#asked !== null) {
			if (values['accept'] !== 'true') {
				const refused = errorOfProblem[this.#asked.problem];
				this.#asked = null;
				return this.#form(chatError(refused), 'address');
			}
			this.#pinned = this.#asked.fingerprint;
			this.#asked = null;
		} else {
			const parsed = texts.safeParse(values);
			if (!parsed.success) return this.#form(chatError('bad-input'), null);
			if (parsed.data['address'] !== this.#values['address']) this.#pinned = null;
			this.#values = parsed.data;
		}
		const wrong = this.#checkAll();
		if (wrong !== null) return this.#form(wrong.error, wrong.field);
		return this.#try(both);
	}

	async #try(signal: AbortSignal): Promise<LoginStep> {
		this.#context.progress('connecting');
		const settings = this.#settings();
		if ('error' in settings) return this.#form(settings.error, settings.field);
		const result = await probe(settings, this.#secrets(), this.#context, signal);
		return this.#stepAfter(result, settings);
	}

	#stepAfter(result: ProbeResult, settings: IrcSettings): LoginStep {
		switch (result.kind) {
			case 'ok': {
				const account: LoginResult = {
					address: `${settings.nick}@${settings.host}`,
					label: result.network ?? settings.host,
					// A server that asked for TLS is saved with TLS.
					settings: { ...settings, tls: result.tls, port: result.port, network: result.network ?? '' },
					secrets: this.#secrets(),
				};
				return { kind: 'done', account };
			}
			case 'certificate':
				this.#asked = result.certificate;
				return { kind: 'question', id: 'certificate', question: { kind: 'certificate', ...result.certificate } };
			case 'failed':
				return this.#form(result.error, fieldOf(result.error, this.#values));
		}
	}

	async validate(field: string, value: string, signal: AbortSignal): Promise<ChatError | null> {
		const syntax = checkField(field, value);
		if (syntax !== null || field !== 'address' || value.trim() === '') return syntax;
		const address = parseAddress(value);
		if ('code' in address) return address;
		return reach(address.host, AbortSignal.any([signal, this.#abort.signal]), this.#context.clock);
	}

	close(): void {
		this.#abort.abort();
	}

	#checkAll(): { readonly error: ChatError; readonly field: string } | null {
		for (const { id, required } of plan) {
			const value = this.#values[id] ?? '';
			if (required === true && value.trim() === '')
				return { error: chatError('bad-input', null, { params: { field: id } }), field: id };
			const error = checkField(id, value);
			if (error !== null) return { error, field: id };
		}
		return null;
	}

	#text(id: string): string {
		return (this.#values[id] ?? '').trim();
	}

	#settings(): IrcSettings | { readonly error: ChatError; readonly field: string } {
		const address = parseAddress(this.#text('address'));
		if ('code' in address) return { error: address, field: 'address' };
		const tls = address.tls ?? this.#values['tls'] !== 'false';
		const nick = this.#text('nick');
		const secrets = this.#secrets();
		const hasLogin = secrets[secretNames.password] !== undefined || secrets[secretNames.certificate] !== undefined;
		const parsed = settingsSchema.safeParse({
			host: address.host,
			port: address.port ?? defaultPort(tls),
			tls,
			nick,
			username: this.#text('username') || 'parley',
			realname: this.#text('realname'),
			account: this.#text('account') || (hasLogin ? nick : null),
			mechanism: this.#text('mechanism') === 'auto' || this.#text('mechanism') === '' ? null : this.#text('mechanism'),
			ca: this.#text('ca') || null,
			pinned: this.#pinned,
			insecurePassword: this.#values['insecurePassword'] === 'true',
			autojoin: channelsOf(this.#text('channels')),
		});
		if (parsed.success) return parsed.data;
		const field = String(parsed.error.issues[0]?.path[0] ?? '');
		return { error: chatError('bad-input', null, { params: { field } }), field };
	}

	#secrets(): Record<string, string> {
		const secrets: Record<string, string> = {};
		const password = this.#values['password'] ?? '';
		const server = this.#values['serverPassword'] ?? '';
		const certificate = this.#values['certificate'] ?? '';
		if (password !== '') secrets[secretNames.password] = password;
		if (server !== '') secrets[secretNames.server] = server;
		if (certificate.trim() !== '') secrets[secretNames.certificate] = certificate;
		return secrets;
	}

	#form(error: ChatError | null, field: string | null): LoginStep {
		const known = plan.some((entry) => entry.id === field);
		const fields = plan.map(
			(entry): LoginField => ({
				id: entry.id,
				label: `irc.${entry.id}`,
				kind: entry.kind,
				required: entry.required ?? false,
				advanced: entry.advanced ?? false,
				// Passwords go one way only.
				value: entry.kind === 'password' ? '' : (this.#values[entry.id] ?? entry.value ?? ''),
				placeholder: entry.placeholder ?? '',
				choices: entry.choices ?? [],
				error: entry.id === field ? error : null,
			}),
		);
		return { kind: 'input', id: 'account', title: 'irc', fields, error: known ? null : error };
	}
}

const channelsOf = (text: string): string[] =>
	text
		.split(/[\s,]+/)
		.filter((name) => name !== '')
		.map((name) => (/^[#&!+]/.test(name) ? name : `#${name}`))
		.slice(0, 100);

/** Which field a failure is about, so that the form can mark it. */
function fieldOf(error: ChatError, values: Values): string | null {
	switch (error.code) {
		case 'host-unknown':
		case 'bad-address':
		case 'connection-refused':
		case 'not-a-server':
			return 'address';
		case 'name-in-use':
		case 'name-invalid':
			return 'nick';
		case 'auth-failed':
			return (values['password'] ?? '') === '' ? 'serverPassword' : 'password';
		case 'auth-mechanism-missing':
			return (values['mechanism'] ?? 'auto') === 'auto' ? null : 'mechanism';
		default:
			return null;
	}
}

function checkField(field: string, value: string): ChatError | null {
	const bad = (code: 'bad-input' | 'name-invalid' | 'bad-address'): ChatError =>
		chatError(code, null, { params: { field } });
	if (/[\r\n\0]/.test(value) && field !== 'certificate' && field !== 'ca') return bad('bad-input');
	switch (field) {
		case 'address': {
			const address = value.trim() === '' ? null : parseAddress(value);
			return address !== null && 'code' in address ? address : null;
		}
		case 'nick':
			// RFC 2812 section 2.3.1 allows letters, digits and []\`_^{|}-, not starting with a digit or hyphen; modern
			// servers allow letters of every script.
			return value.trim() === '' || /^[\p{L}[\]\\`_^{|}][\p{L}\p{N}[\]\\`_^{|}-]{0,63}$/u.test(value.trim())
				? null
				: bad('name-invalid');
		case 'account':
		case 'username':
			return value.trim() === '' || /^[^\s\0:@!*?,]{1,64}$/.test(value.trim()) ? null : bad('bad-input');
		case 'ca':
		case 'certificate':
			return value.trim() === '' || /-----BEGIN [A-Z ]+-----/.test(value) ? null : bad('bad-input');
		default:
			return null;
	}
}
