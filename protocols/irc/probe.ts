/** Tries a login for the add-account form: registers with the given data, learns the network's name, and leaves. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../adapter/context.ts';
import type { LoginContext } from '../adapter/login.ts';
import { type ChatError, chatError, toChatError } from '../model/errors.ts';
import { Capabilities } from './capabilities.ts';
import { type ClientListener, IrcClient } from './client.ts';
import { ISupport } from './isupport.ts';
import { formatLine, type IrcLine, param } from './line.ts';
import { type CertificateDetails, CertificateException, type Link, openLink } from './link.ts';
import { Registration, type RegistrationOptions, type RegistrationResult } from './registration.ts';
import { type IrcSettings, secretNames } from './settings.ts';

export type ProbeResult =
	| { readonly kind: 'ok'; readonly tls: boolean; readonly port: number; readonly network: string | null }
	| { readonly kind: 'certificate'; readonly certificate: CertificateDetails }
	| { readonly kind: 'failed'; readonly error: ChatError };

const waits = { link: 15_000, caps: 5000, registration: 40_000, greeting: 5000 } as const;

export async function probe(
	settings: IrcSettings,
	secrets: Readonly<Record<string, string>>,
	context: LoginContext,
	signal: AbortSignal,
): Promise<ProbeResult> {
	let { tls, port } = settings;
	for (let round = 0; round < 2; round++) {
		const result = await attempt({ ...settings, tls, port }, secrets, context, signal);
		if (result.kind !== 'sts') return result;
		tls = true;
		port = result.port;
	}
	return { kind: 'failed', error: chatError('protocol-violation', 'STS') };
}

async function attempt(
	settings: IrcSettings,
	secrets: Readonly<Record<string, string>>,
	context: LoginContext,
	signal: AbortSignal,
): Promise<ProbeResult | { readonly kind: 'sts'; readonly port: number }> {
	const certificate = secrets[secretNames.certificate] ?? null;
	let link: Link;
	try {
		const authorities = [...context.extraCa, ...(settings.ca === null ? [] : [settings.ca])];
		link = await openLink(
			{
				host: settings.host,
				port: settings.port,
				tls: settings.tls,
				ca: authorities.length === 0 ? null : authorities.join('\n'),
				clientCertificate: certificate === null ? null : { certificate, key: secrets[secretNames.key] ?? certificate },
				pinned: settings.pinned,
				timeoutMs: waits.link,
			},
			signal,
			(ms, run) => context.clock.after(ms, run),
		);
	} catch (thrown) {
		if (thrown instanceof CertificateException) return { kind: 'certificate', certificate: thrown.certificate };
		return { kind: 'failed', error: toChatError(thrown) };
	}
	context.progress('authenticating');
	return register(link, settings, secrets, context, signal);
}

type Outcome = ProbeResult | { readonly kind: 'sts'; readonly port: number };

function register(
	link: Link,
	settings: IrcSettings,
	secrets: Readonly<Record<string, string>>,
	context: LoginContext,
	signal: AbortSignal,
): Promise<Outcome> {
	return new Promise((resolve) => {
		const trial = new Trial(link, settings, secrets, context, resolve);
		const onAbort = (): void => trial.settle({ kind: 'failed', error: chatError('cancelled') });
		signal.addEventListener('abort', onAbort, { once: true });
		if (signal.aborted) onAbort();
		else trial.start();
	});
}

/** One registration that ends as soon as it has proven itself. */
class Trial implements ClientListener {
	readonly #settings: IrcSettings;
	readonly #context: LoginContext;
	readonly #resolve: (outcome: Outcome) => void;
	readonly #client: IrcClient;
	readonly #registration: Registration;
	readonly #isupport = new ISupport();
	readonly #timers: (() => void)[] = [];
	#over = false;

	constructor(
		link: Link,
		settings: IrcSettings,
		secrets: Readonly<Record<string, string>>,
		context: LoginContext,
		resolve: (outcome: Outcome) => void,
	) {
		this.#settings = settings;
		this.#context = context;
		this.#resolve = resolve;
		this.#client = new IrcClient(link, settings, context.clock, context.log, this);
		const caps = new Capabilities((params) => this.#client.write(formatLine('CAP', params)));
		this.#registration = new Registration(
			trialOptions(settings, secrets, context),
			caps,
			(command, params) => this.#client.write(formatLine(command, params)),
			() => undefined,
			(result) => this.#onResult(result),
		);
	}

	start(): void {
		const { clock } = this.#context;
		this.#timers.push(clock.after(waits.caps, () => this.#registration.noCapabilities()));
		const giveUp = (): void => this.settle({ kind: 'failed', error: chatError('not-a-server', 'no welcome') });
		this.#timers.push(clock.after(waits.registration, giveUp));
		this.#client.open();
		this.#registration.start();
	}

	settle(outcome: Outcome): void {
		if (this.#over) return;
		this.#over = true;
		for (const cancel of this.#timers) cancel();
		if (outcome.kind === 'ok') this.#client.write('QUIT');
		this.#client.end();
		// A server that does not close gets no more of our time.
		this.#context.clock.after(1000, () => this.#client.destroy(null));
		this.#resolve(outcome);
	}

	onBatch(): boolean {
		return false;
	}
	onCollected(): void {}
	onChunk(): void {}

	onLine(line: IrcLine): boolean {
		if (this.#registration.handle(line)) return true;
		if (line.command === '005') this.#isupport.add(line.params.slice(1, -1));
		if (line.command === 'PING') this.#client.write(formatLine('PONG', [param(line, 0)]));
		if (line.command === '376' || line.command === '422') this.#succeed();
		return true;
	}

	onClosed(error: ChatError | null): void {
		this.#registration.closed(error);
		this.settle({ kind: 'failed', error: error ?? chatError('connection-closed') });
	}

	#succeed(): void {
		const { tls, port } = this.#settings;
		this.settle({ kind: 'ok', tls, port, network: this.#isupport.get('NETWORK')?.slice(0, 100) ?? null });
	}

	#onResult(result: RegistrationResult): void {
		if (result.kind !== 'registered') return this.settle(result);
		const { nick } = this.#settings;
		// The nick is the user's choice; another one taken for them would be saved as a surprise.
		if (result.nick.toLowerCase() !== nick.toLowerCase())
			return this.settle({ kind: 'failed', error: chatError('name-in-use', null, { params: { name: nick } }) });
		this.#timers.push(this.#context.clock.after(waits.greeting, () => this.#succeed()));
	}
}

function trialOptions(
	settings: IrcSettings,
	secrets: Readonly<Record<string, string>>,
	context: LoginContext,
): RegistrationOptions {
	return {
		nick: settings.nick,
		username: settings.username,
		realname: settings.realname,
		serverPassword: secrets[secretNames.server] ?? null,
		secure: settings.tls,
		suffix: String(Math.floor(context.random.fraction() * 90) + 10),
		sasl:
			settings.account === null
				? null
				: {
						account: settings.account,
						password: secrets[secretNames.password] ?? null,
						hasCertificate: secrets[secretNames.certificate] !== undefined && settings.tls,
						mayShowPassword: settings.tls || settings.insecurePassword,
						mechanism: settings.mechanism,
						sawScram: false,
						nonce: Buffer.from(context.random.bytes(24)).toString('base64'),
					},
	};
}

/** Does the name exist? At most three seconds; null when it does or when nobody can tell. */
export async function reach(host: string, signal: AbortSignal, clock: Clock): Promise<ChatError | null> {
	if (isIP(host) !== 0 || signal.aborted) return null;
	const patience = new Promise<null>((resolve) => {
		clock.after(3000, () => resolve(null));
		signal.addEventListener('abort', () => resolve(null), { once: true });
	});
	const found = lookup(host).then(
		() => null,
		(error: NodeJS.ErrnoException) =>
			error.code === 'ENOTFOUND' ? chatError('host-unknown', null, { params: { host } }) : null,
	);
	return Promise.race([patience, found]);
}
