/** Logging in with a password, and creating an account, as steps any UI can draw. */
import type { LoginContext, LoginField, LoginSession, LoginStep } from '../adapter/login.ts';
import { type ChatError, type ErrorCode, chatError, fail, toChatError } from '../model/errors.ts';
import { logIn, type NewSession } from './auth.ts';
import { discover, type Homeserver, parseAddress, userAgentOf } from './discovery.ts';
import { HomeserverHttp } from './http.ts';
import { register } from './register.ts';
import { baseUrlOf, type MatrixSettings, secretNames, tlsRulesOf } from './settings.ts';
import { CertificateException, type TlsRules } from './tls.ts';

export type LoginPurpose = 'login' | 'register';

const field = (over: Partial<LoginField> & Pick<LoginField, 'id' | 'label' | 'kind'>): LoginField => ({
	required: true,
	advanced: false,
	value: '',
	placeholder: '',
	choices: [],
	error: null,
	...over,
});

/** How long a check while typing may take; slower is no verdict. */
const validateMs = 3000;

/** Failures that say that the address is not the right one. */
const aboutPlace: ReadonlySet<ErrorCode> = new Set([
	'bad-address',
	'host-unknown',
	'connection-refused',
	'not-a-server',
]);

const isPem = (text: string): boolean => /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(text);

export class MatrixLogin implements LoginSession {
	readonly #purpose: LoginPurpose;
	readonly #context: LoginContext;
	readonly #closed = new AbortController();
	#stage: 'address' | 'credentials' | 'certificate' = 'address';
	#values: Readonly<Record<string, string>> = {};
	#server: Homeserver | null = null;
	#user = '';
	#pin: string | null = null;
	#authorities = '';
	#certificate: CertificateException | null = null;
	/** What to repeat after a certificate was accepted. */
	#interrupted: 'address' | 'credentials' = 'address';
	#needsToken = false;

	constructor(purpose: LoginPurpose, context: LoginContext) {
		this.#purpose = purpose;
		this.#context = context;
	}

	begin(): LoginStep {
		return this.#addressStep(null);
	}

	async submit(values: Readonly<Record<string, string>>, signal: AbortSignal): Promise<LoginStep> {
		const both = AbortSignal.any([signal, this.#closed.signal]);
		if (this.#stage === 'certificate') return this.#answerCertificate(values, both);
		this.#values = values;
		return this.#run(this.#stage, both);
	}

	async #run(stage: 'address' | 'credentials', signal: AbortSignal): Promise<LoginStep> {
		try {
			return stage === 'address' ? await this.#findServer(signal) : await this.#authenticate(signal);
		} catch (thrown) {
			if (thrown instanceof CertificateException) {
				this.#interrupted = stage;
				this.#certificate = thrown;
				this.#stage = 'certificate';
				return { kind: 'question', id: 'certificate', question: thrown.question };
			}
			const error = toChatError(thrown);
			return stage === 'address' ? this.#addressStep(error) : this.#credentialsStep(error);
		}
	}

	async #answerCertificate(values: Readonly<Record<string, string>>, signal: AbortSignal): Promise<LoginStep> {
		const refused = this.#certificate;
		this.#stage = this.#interrupted;
		this.#certificate = null;
		if (values['accept'] !== 'true' || refused === null) return this.#addressStep(refused?.error ?? null);
		this.#pin = refused.question.fingerprint;
		return this.#run(this.#interrupted, signal);
	}

	async validate(id: string, value: string, signal: AbortSignal): Promise<ChatError | null> {
		if (value.trim() === '') return null;
		try {
			if (id === 'homeserver') return baseUrlOf(value) === null ? chatError('bad-address') : null;
			if (id === 'ca') return isPem(value) ? null : chatError('bad-input', null, { params: { field: 'ca' } });
			if (id !== 'address') return null;
			const address = parseAddress(value);
			const limit = new AbortController();
			const cancel = this.#context.clock.after(validateMs, () => limit.abort());
			try {
				await discover(
					address,
					this.#tls(),
					this.#context,
					AbortSignal.any([signal, limit.signal, this.#closed.signal]),
				);
			} finally {
				cancel();
			}
			return null;
		} catch (thrown) {
			const error = toChatError(thrown);
			// Slow is not wrong, and a certificate is asked about on submit.
			return error.code === 'cancelled' || error.code === 'timeout' || thrown instanceof CertificateException
				? null
				: error;
		}
	}

	close(): void {
		this.#closed.abort();
	}

	#ca(): string | null {
		return this.#authorities === '' ? null : this.#authorities;
	}

	#tls(): TlsRules {
		return tlsRulesOf({ ca: this.#ca(), pin: this.#pin }, this.#context.extraCa);
	}

	async #findServer(signal: AbortSignal): Promise<LoginStep> {
		const address = parseAddress(this.#values['address'] ?? '');
		const manual = (this.#values['homeserver'] ?? '').trim();
		this.#authorities = (this.#values['ca'] ?? '').trim();
		if (this.#ca() !== null && !isPem(this.#authorities)) fail('bad-input', null, { params: { field: 'ca' } });
		const given = manual === '' ? null : parseAddress(manual);
		this.#context.progress('discovering');
		const server = await discover(given ?? address, this.#tls(), this.#context, signal);
		if (this.#purpose === 'login' && !server.loginTypes.includes('m.login.password'))
			fail(server.webLogin ? 'web-login-only' : 'auth-mechanism-missing', server.loginTypes.join(', '), {
				params: { host: new URL(server.baseUrl).host },
			});
		this.#server = server;
		this.#user =
			address.user === null
				? ''
				: address.serverName !== null
					? `@${address.user}:${address.serverName}`
					: address.user;
		this.#stage = 'credentials';
		return this.#credentialsStep(null);
	}

	async #authenticate(signal: AbortSignal): Promise<LoginStep> {
		const server = this.#server;
		const user = (this.#values['user'] ?? this.#user).trim();
		const password = this.#values['password'] ?? '';
		this.#user = user;
		if (server === null) return this.#addressStep(null);
		if (user === '' || password === '') return this.#credentialsStep(chatError('bad-input'));
		this.#context.progress('authenticating');
		const http = new HomeserverHttp({
			baseUrl: server.baseUrl,
			tls: this.#tls(),
			clock: this.#context.clock,
			log: this.#context.log,
			userAgent: userAgentOf(this.#context.client),
			tokens: null,
		});
		try {
			const session =
				this.#purpose === 'login'
					? await logIn(http, { user, password, deviceId: null, deviceName: this.#context.client.name }, signal)
					: await this.#register(http, user, password, signal);
			const settings: MatrixSettings = {
				homeserver: server.baseUrl,
				userId: session.userId,
				deviceId: session.deviceId,
				pin: this.#pin,
				ca: this.#ca(),
			};
			const secrets = {
				[secretNames.access]: session.access,
				...(session.refresh === null ? {} : { [secretNames.refresh]: session.refresh }),
			};
			return { kind: 'done', account: { address: session.userId, label: session.userId, settings, secrets } };
		} finally {
			http.close();
		}
	}

	#register(http: HomeserverHttp, user: string, password: string, signal: AbortSignal): Promise<NewSession> {
		const localpart = /^@([^:]+):/.exec(user)?.[1] ?? user.replace(/^@/, '');
		const token = this.#values['token'] ?? '';
		return register(
			http,
			{ username: localpart, password, deviceName: this.#context.client.name, token: token === '' ? null : token },
			signal,
			() => {
				this.#needsToken = true;
			},
		);
	}

	#addressStep(error: ChatError | null): LoginStep {
		this.#stage = 'address';
		const isPlace = error !== null && aboutPlace.has(error.code);
		// A homeserver given by hand is where we looked.
		const byHand = isPlace && (this.#values['homeserver'] ?? '').trim() !== '';
		const blame = isPlace && !byHand ? error : null;
		const onHomeserver = byHand ? error : null;
		const onAuthorities = error?.params['field'] === 'ca' ? error : null;
		return {
			kind: 'input',
			id: 'address',
			title: this.#purpose === 'login' ? 'matrix.address' : 'matrix.server',
			fields: [
				field({
					id: 'address',
					label: this.#purpose === 'login' ? 'matrixAddress' : 'matrixServer',
					kind: 'address',
					value: this.#values['address'] ?? '',
					placeholder: this.#purpose === 'login' ? '@you:example.org' : 'example.org',
					error: blame,
				}),
				field({
					id: 'homeserver',
					label: 'homeserver',
					kind: 'text',
					required: false,
					advanced: true,
					value: this.#values['homeserver'] ?? '',
					placeholder: 'https://matrix.example.org',
					error: onHomeserver,
				}),
				field({
					id: 'ca',
					label: 'ca',
					kind: 'multiline',
					required: false,
					advanced: true,
					value: this.#authorities,
					error: onAuthorities,
				}),
			],
			error: !isPlace && onAuthorities === null ? error : null,
		};
	}

	#credentialsStep(error: ChatError | null): LoginStep {
		const onUser = error?.code === 'name-in-use' || error?.code === 'name-invalid' ? error : null;
		const onPassword = error?.code === 'auth-failed' ? error : null;
		return {
			kind: 'input',
			id: 'credentials',
			title: this.#purpose === 'login' ? 'matrix.password' : 'matrix.register',
			fields: [
				field({ id: 'user', label: 'user', kind: 'text', value: this.#user, error: onUser }),
				field({ id: 'password', label: 'password', kind: 'password', error: onPassword }),
				...(this.#needsToken ? [field({ id: 'token', label: 'registrationToken', kind: 'text' })] : []),
			],
			error: onUser === null && onPassword === null ? error : null,
		};
	}
}
