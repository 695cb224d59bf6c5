/** Logging in and creating an account step by step: address, what the server says about itself, then the secret. */
import { lookup } from 'node:dns/promises';
import type { LoginContext, LoginField, LoginSession, LoginStep } from '../adapter/login.ts';
import { type ChatError, ChatException, chatError } from '../model/errors.ts';
import { dnsSrv, findEndpoints } from './endpoints.ts';
import { fromFailure } from './errors.ts';
import { bareText, domainForDns, type Jid, parseJid } from './jid.ts';
import type { Negotiated } from './negotiation.ts';
import { writeSettings, type XmppSettings } from './settings.ts';
import { CertificateError } from './socket.ts';
import type { Element } from './stanza.ts';
import { XmppStream } from './stream.ts';
import { fetchRegistration, type RegistrationForm, submitRegistration } from './xep/0077-registration.ts';

const isPem = (text: string): boolean => /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(text);
const maxAuthorities = 200_000;

type Values = Readonly<Record<string, string>>;
export type LoginPurpose = 'login' | 'register';

const field = (id: string, kind: LoginField['kind'], over: Partial<LoginField> = {}): LoginField => ({
	id,
	label: id,
	kind,
	required: false,
	advanced: false,
	value: '',
	placeholder: '',
	choices: [],
	error: null,
	...over,
});

/** Errors that a single field is to blame for. */
const fieldOf = new Map<string, string>([
	['bad-address', 'address'],
	['host-unknown', 'address'],
	['no-such-user', 'address'],
	['auth-failed', 'password'],
]);

/** Failures that a host given by hand is to blame for, because it is where we looked. */
const aboutPlace: ReadonlySet<string> = new Set(['host-unknown', 'connection-refused']);

function checkAuthorities(value: string): ChatError | null {
	return value.trim() === '' || (value.length <= maxAuthorities && isPem(value))
		? null
		: chatError('bad-input', null, { params: { field: 'ca' } });
}

export class XmppLogin implements LoginSession {
	readonly #context: LoginContext;
	readonly #purpose: LoginPurpose;
	#step: 'address' | 'password' | 'form' = 'address';
	#values: Values = {};
	#jid: Jid | null = null;
	#settings: XmppSettings;
	#question: CertificateError | null = null;
	#form: RegistrationForm | null = null;
	#stream: XmppStream | null = null;

	constructor(purpose: LoginPurpose, context: LoginContext) {
		this.#purpose = purpose;
		this.#context = context;
		this.#settings = {
			endpoint: { host: null, port: null, direct: false },
			resource: null,
			ca: [],
			pinned: null,
			userAgentId: context.random.uuid(),
			sasl: null,
			nick: null,
			allowRaw: true,
		};
	}

	begin(): LoginStep {
		return this.#addressStep(null);
	}

	async submit(values: Values, signal: AbortSignal): Promise<LoginStep> {
		try {
			if (this.#question !== null) return await this.#answer(values['accept'] === 'true', signal);
			this.#values = { ...this.#values, ...values };
			if (this.#step === 'address') return await this.#discover(signal);
			return this.#step === 'password' ? await this.#logIn(signal) : await this.#register(signal);
		} catch (error) {
			return this.#failed(error);
		} finally {
			if (this.#step !== 'form') this.close();
		}
	}

	async validate(id: string, value: string, signal: AbortSignal): Promise<ChatError | null> {
		if (id === 'port')
			return value === '' || (/^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536)
				? null
				: chatError('bad-input', 'port');
		if (id === 'ca') return checkAuthorities(value);
		if (id !== 'address' || value.trim() === '') return null;
		const jid = this.#readAddress(value);
		if (jid === null) return chatError('bad-address', value.slice(0, 100));
		if ((this.#values['host'] ?? '') !== '') return null;
		return this.#resolves(jid.domain, signal);
	}

	close(): void {
		this.#stream?.fail(new ChatException(chatError('cancelled')));
		this.#stream = null;
	}

	/** Null when the domain has a service or an address, or nobody can tell in time. */
	async #resolves(domain: string, signal: AbortSignal): Promise<ChatError | null> {
		const unknown = chatError('host-unknown', null, { params: { host: domain } });
		const check = async (): Promise<ChatError | null> => {
			const dnsName = domainForDns(domain);
			const found = await findEndpoints(
				domain,
				{ host: null, port: null, direct: false },
				this.#context.random,
				dnsSrv,
			);
			if (found.some((endpoint) => endpoint.host !== dnsName)) return null;
			return lookup(dnsName).then(
				() => null,
				(error: NodeJS.ErrnoException) => (error.code === 'ENOTFOUND' ? unknown : null),
			);
		};
		const late = new Promise<null>((resolve) => {
			const cancel = this.#context.clock.after(2500, () => resolve(null));
			signal.addEventListener('abort', () => (cancel(), resolve(null)), { once: true });
		});
		return Promise.race([check().catch(() => null), late]);
	}

	#readAddress(text: string): Jid | null {
		const jid = parseJid(text.trim().replace(/^xmpp:/i, ''));
		if (jid === null || jid.resource !== '') return null;
		return (this.#purpose === 'login') === (jid.local !== '') ? jid : null;
	}

	#addressStep(error: ChatError | null): LoginStep {
		const value = (id: string): string => this.#values[id] ?? '';
		const byHand = value('host').trim() !== '' && error !== null && aboutPlace.has(error.code);
		const blamed = error === null ? undefined : byHand ? 'host' : (fieldOf.get(error.code) ?? error.params['field']);
		const fault = (id: string): ChatError | null => (blamed === id ? error : null);
		this.#step = 'address';
		return {
			kind: 'input',
			id: 'address',
			title: this.#purpose === 'login' ? 'xmpp.address' : 'xmpp.server',
			error: blamed === 'address' || blamed === 'host' || blamed === 'ca' ? null : error,
			fields: [
				field('address', 'address', {
					required: true,
					value: value('address'),
					label: this.#purpose === 'login' ? 'address' : 'server',
					placeholder: this.#purpose === 'login' ? 'name@example.org' : 'example.org',
					error: fault('address'),
				}),
				field('host', 'text', { advanced: true, value: value('host'), error: fault('host') }),
				field('port', 'number', { advanced: true, value: value('port'), placeholder: '5222' }),
				field('directTls', 'boolean', { advanced: true, value: value('directTls') === 'true' ? 'true' : 'false' }),
				field('resource', 'text', { advanced: true, value: value('resource') }),
				field('ca', 'multiline', { advanced: true, value: value('ca'), error: fault('ca') }),
			],
		};
	}

	#passwordStep(error: ChatError | null): LoginStep {
		this.#step = 'password';
		const mine = error?.code === 'auth-failed' || error?.code === 'bad-input';
		return {
			kind: 'input',
			id: 'password',
			title: 'xmpp.password',
			error: mine ? null : error,
			fields: [field('password', 'password', { required: true, error: mine ? error : null })],
		};
	}

	#formStep(error: ChatError | null): LoginStep {
		this.#step = 'form';
		const blamed = error?.code === 'name-in-use' || error?.code === 'bad-input' ? 'username' : null;
		const fields = (this.#form?.fields ?? []).flatMap((item): LoginField[] => {
			if (item.kind === 'hidden') return [];
			const kind = item.kind === 'text' ? 'text' : item.kind;
			return [
				field(item.name, kind, {
					label: item.label,
					required: item.required || item.name === 'username' || item.name === 'password',
					value: kind === 'password' ? '' : (this.#values[item.name] ?? item.value),
					choices: item.choices,
					error: blamed === item.name ? error : null,
				}),
			];
		});
		return { kind: 'input', id: 'form', title: 'xmpp.register', error: blamed === null ? error : null, fields };
	}

	#failed(thrown: unknown): LoginStep {
		if (thrown instanceof CertificateError) {
			this.#question = thrown;
			return { kind: 'question', id: 'certificate', question: { kind: 'certificate', ...thrown.certificate } };
		}
		const error = fromFailure(thrown, this.#step === 'form' ? 'register' : 'query');
		switch (this.#step) {
			case 'address':
				return this.#addressStep(error);
			case 'password':
				return this.#passwordStep(error);
			case 'form':
				return this.#formStep(error);
		}
	}

	async #answer(accept: boolean, signal: AbortSignal): Promise<LoginStep> {
		const question = this.#question;
		this.#question = null;
		if (question === null || !accept) return this.#addressStep(question?.error ?? null);
		this.#settings = { ...this.#settings, pinned: question.certificate.fingerprint };
		return this.#step === 'password' ? this.#logIn(signal) : this.#discover(signal);
	}

	/** Reads the address, finds the server and looks at what it offers. */
	async #discover(signal: AbortSignal): Promise<LoginStep> {
		const address = this.#values['address'] ?? '';
		const jid = this.#readAddress(address);
		if (jid === null) return this.#addressStep(chatError('bad-address', address.slice(0, 100)));
		const port = (this.#values['port'] ?? '').trim();
		if (port !== '' && !(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536))
			return this.#addressStep(chatError('bad-input', 'port'));
		const badAuthorities = checkAuthorities(this.#values['ca'] ?? '');
		if (badAuthorities !== null) return this.#addressStep(badAuthorities);
		this.#jid = jid;
		const text = (id: string): string | null => (this.#values[id] ?? '').trim() || null;
		const authorities = text('ca');
		this.#settings = {
			...this.#settings,
			endpoint: {
				host: text('host'),
				port: port === '' ? null : Number(port),
				direct: this.#values['directTls'] === 'true',
			},
			resource: text('resource'),
			ca: authorities === null ? [] : [authorities],
		};
		this.#context.progress('discovering');
		const features = await this.#open(jid, null, signal).features;
		if (this.#purpose === 'login') return this.#passwordStep(null);
		this.#context.progress('asking');
		this.#form = await this.#askForm(features);
		return this.#formStep(null);
	}

	async #askForm(_features: Element): Promise<RegistrationForm> {
		const stream = this.#stream;
		if (stream === null || this.#jid === null) throw new ChatException(chatError('connection-lost'));
		try {
			return await fetchRegistration(stream.iq, this.#jid.domain);
		} catch (error) {
			throw new ChatException(fromFailure(error, 'register'), error);
		}
	}

	async #register(signal: AbortSignal): Promise<LoginStep> {
		const domain = this.#jid?.domain ?? '';
		const jid = parseJid(`${this.#values['username'] ?? ''}@${domain}`);
		if (jid === null || this.#form === null) return this.#formStep(chatError('bad-input', 'username'));
		// The server may have closed while the user typed; the form is asked anew then.
		if (this.#stream === null || this.#stream.over) {
			await this.#open({ ...jid, local: '' }, null, signal).features;
			this.#form = await fetchRegistration((this.#stream as unknown as XmppStream).iq, domain);
		}
		this.#context.progress('registering');
		const stream = this.#stream as XmppStream | null;
		if (stream === null) throw new ChatException(chatError('connection-lost'));
		await submitRegistration(
			stream.iq,
			domain,
			this.#form,
			new Map(Object.entries({ ...this.#values, username: jid.local })),
		);
		this.close();
		this.#jid = jid;
		return this.#logIn(signal);
	}

	async #logIn(signal: AbortSignal): Promise<LoginStep> {
		const jid = this.#jid;
		const password = this.#values['password'] ?? '';
		if (jid === null || jid.local === '') return this.#addressStep(chatError('bad-address'));
		if (password === '') return this.#passwordStep(chatError('bad-input', 'password'));
		const { stream, features } = this.#open(jid, password, signal);
		const inside = await features;
		this.#context.progress('logging-in');
		const result: Negotiated = await stream.logIn(signal, inside);
		await stream.close(null);
		const settings: XmppSettings = { ...this.#settings, sasl: result.saslMemory };
		const token = result.token === undefined || result.token === null ? {} : { token: JSON.stringify(result.token) };
		return {
			kind: 'done',
			account: {
				address: bareText(jid),
				label: bareText(jid),
				settings: writeSettings(settings),
				secrets: { password, ...token },
			},
		};
	}

	#open(
		jid: Jid,
		password: string | null,
		signal: AbortSignal,
	): { readonly stream: XmppStream; readonly features: Promise<Element> } {
		this.close();
		const { clock, random, log, extraCa, client } = this.#context;
		const stream = new XmppStream(
			{
				tls: { domain: jid.domain, ca: [...extraCa, ...this.#settings.ca], pinned: this.#settings.pinned },
				manual: this.#settings.endpoint,
				redirect: null,
				login: {
					jid,
					resource: this.#settings.resource,
					password,
					token: null,
					saslMemory: null,
					userAgentId: this.#settings.userAgentId ?? '',
					clientName: client.name,
					now: clock.now(),
				},
				resume: null,
				clock,
				random,
			},
			{
				step: () => undefined,
				stanza: () => undefined,
				acked: () => undefined,
				saveSession: () => Promise.resolve(),
				wire: (direction, line) => log.wire(direction, line),
				ended: () => undefined,
			},
		);
		this.#stream = stream;
		return { stream, features: stream.secure(signal) };
	}
}
