/** Tries a login for the add-account form: registers with the given data, learns the network's name, and leaves. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../adapter/context.ts';
import type { LoginContext } from '../adapter/login.ts';
import { type ChatError, chatError, toChatError } from '../model/errors.ts';
import { Capabilities } from './capabilities.ts';
import { IrcClient } from './client.ts';
import { ISupport } from './isupport.ts';
import { formatLine } from './line.ts';
import { type CertificateDetails, CertificateException, type Link, openLink } from './link.ts';
import { Registration } from './registration.ts';
import { type IrcSettings, secretNames } from './settings.ts';

export type ProbeResult =
	| { readonly kind: 'ok'; readonly tls: boolean; readonly port: number; readonly network: string | null }
	| { readonly kind: 'certificate'; readonly certificate: CertificateDetails }
	| { readonly kind: 'failed'; readonly error: ChatError };

const waits = { link: 15_000, registration: 40_000, greeting: 5000 } as const;

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

function register(
	link: Link,
	settings: IrcSettings,
	secrets: Readonly<Record<string, string>>,
	context: LoginContext,
	signal: AbortSignal,
): Promise<ProbeResult | { readonly kind: 'sts'; readonly port: number }> {
	return new Promise((resolve) => {
		const { clock, random } = context;
		const isupport = new ISupport();
		let over = false;
		const timers: (() => void)[] = [];
		const settle = (result: ProbeResult | { readonly kind: 'sts'; readonly port: number }): void => {
			if (over) return;
			over = true;
			for (const cancel of timers) cancel();
			signal.removeEventListener('abort', onAbort);
			if (result.kind === 'ok') client.write('QUIT');
			client.end();
			// A server that does not close gets no more of our time.
			clock.after(1000, () => client.destroy(null));
			resolve(result);
		};
		const onAbort = (): void => settle({ kind: 'failed', error: chatError('cancelled') });
		const succeed = (): void =>
			settle({
				kind: 'ok',
				tls: settings.tls,
				port: settings.port,
				network: isupport.get('NETWORK')?.slice(0, 100) ?? null,
			});
		const client: IrcClient = new IrcClient(link, settings, clock, context.log, {
			onBatch: () => false,
			onLine: (line) => {
				if (registration.handle(line)) return true;
				if (line.command === '005') isupport.add(line.params.slice(1, -1));
				if (line.command === 'PING') client.write(formatLine('PONG', [line.params[0] ?? '']));
				if (line.command === '376' || line.command === '422') succeed();
				return true;
			},
			onCollected: () => undefined,
			onChunk: () => undefined,
			onClosed: (error) => {
				registration.closed(error);
				settle({ kind: 'failed', error: error ?? chatError('connection-closed') });
			},
		});
		const caps = new Capabilities((params) => client.write(formatLine('CAP', params)));
		const password = secrets[secretNames.password] ?? null;
		const hasCertificate = secrets[secretNames.certificate] !== undefined && settings.tls;
		const registration: Registration = new Registration(
			{
				nick: settings.nick,
				username: settings.username,
				realname: settings.realname,
				serverPassword: secrets[secretNames.server] ?? null,
				secure: settings.tls,
				suffix: String(Math.floor(random.fraction() * 90) + 10),
				sasl:
					settings.account === null
						? null
						: {
								account: settings.account,
								password,
								hasCertificate,
								mayShowPassword: settings.tls || settings.insecurePassword,
								mechanism: settings.mechanism,
								sawScram: false,
								nonce: Buffer.from(random.bytes(24)).toString('base64'),
							},
			},
			caps,
			(command, params) => client.write(formatLine(command, params)),
			() => undefined,
			(result) => {
				if (result.kind === 'registered') {
					// The nick is the user's choice; another one taken for them would be saved as a surprise.
					if (result.nick.toLowerCase() !== settings.nick.toLowerCase())
						return settle({
							kind: 'failed',
							error: chatError('name-in-use', null, { params: { name: settings.nick } }),
						});
					timers.push(clock.after(waits.greeting, succeed));
				} else settle(result);
			},
		);
		timers.push(clock.after(5000, () => registration.noCapabilities()));
		timers.push(
			clock.after(waits.registration, () => settle({ kind: 'failed', error: chatError('not-a-server', 'no welcome') })),
		);
		signal.addEventListener('abort', onAbort, { once: true });
		if (signal.aborted) return onAbort();
		client.open();
		registration.start();
	});
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
