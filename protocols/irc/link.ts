/**
 * Opens the byte link to an IRC server: TCP, or TLS 1.2+ with SNI, verified before a single byte is written. A link
 * that cannot be trusted is closed at once and described, so the user can decide (pin on first use).
 */
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import {
	type PeerCertificate,
	type SecureContext,
	type TLSSocket,
	connect as connectTls,
	createSecureContext,
	getCACertificates,
} from 'node:tls';
import type { Decision, LinkSecurity } from '../model/entities.ts';
import { type ChatError, ChatException, type ErrorCode, chatError } from '../model/errors.ts';

type CertificateQuestion = Extract<Decision['question'], { kind: 'certificate' }>;
/** What the user needs to see of a certificate that did not verify. */
export type CertificateDetails = Omit<CertificateQuestion, 'kind'>;

export interface LinkOptions {
	readonly host: string;
	readonly port: number;
	readonly tls: boolean;
	/** PEM of an extra certificate authority for this account, or null. */
	readonly ca: string | null;
	/** PEM certificate and key for SASL EXTERNAL, or null. */
	readonly clientCertificate: { readonly certificate: string; readonly key: string } | null;
	/** SHA-256 fingerprint (`AA:BB:…`) the user accepted earlier, or null. */
	readonly pinned: string | null;
	/** Milliseconds for the whole way from name lookup to finished handshake. */
	readonly timeoutMs: number;
}

export interface Link {
	readonly socket: Socket;
	readonly security: LinkSecurity;
}

/** TLS refused because of the server's certificate; `certificate` is what to show. */
export class CertificateException extends ChatException {
	readonly certificate: CertificateDetails;
	constructor(error: ChatError, certificate: CertificateDetails) {
		super(error);
		this.name = 'CertificateException';
		this.certificate = certificate;
	}
}

type Problem = CertificateDetails['problem'];
const problemOfCode = (code: string): Problem => {
	if (code === 'CERT_HAS_EXPIRED') return 'expired';
	if (code === 'CERT_NOT_YET_VALID') return 'not-yet-valid';
	if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'wrong-host';
	return 'untrusted';
};
export const errorOfProblem: Readonly<Record<Problem, ErrorCode>> = {
	untrusted: 'certificate-untrusted',
	expired: 'certificate-expired',
	'not-yet-valid': 'certificate-expired',
	'wrong-host': 'certificate-wrong-host',
	changed: 'certificate-changed',
};

let defaultAuthorities: readonly string[] | null = null;
/** Bundled plus system authorities; reading the system store is slow, so it happens once. */
function authorities(): readonly string[] {
	if (defaultAuthorities === null) {
		const all = new Set(getCACertificates('default'));
		try {
			for (const pem of getCACertificates('system')) all.add(pem);
		} catch {
			// A machine without a readable store still has the bundled list.
		}
		defaultAuthorities = [...all];
	}
	return defaultAuthorities;
}

const contexts = new Map<string, SecureContext>();
/** Parsing some hundred authorities takes milliseconds, so contexts are shared between links with the same extras. */
function secureContext(options: LinkOptions): SecureContext {
	const key = JSON.stringify([options.ca, options.clientCertificate]);
	const known = contexts.get(key);
	if (known !== undefined) return known;
	let context: SecureContext;
	try {
		context = createSecureContext({
			ca: options.ca === null ? [...authorities()] : [...authorities(), options.ca],
			minVersion: 'TLSv1.2',
			...(options.clientCertificate === null
				? {}
				: { cert: options.clientCertificate.certificate, key: options.clientCertificate.key }),
		});
	} catch (thrown) {
		// The text of the cause may quote the key file.
		throw new ChatException(chatError('bad-input', 'unreadable certificate or key'), thrown);
	}
	if (contexts.size >= 32) contexts.clear();
	contexts.set(key, context);
	return context;
}

/**
 * @param signal aborts the attempt; the promise then rejects with `cancelled`
 * @param timer starts the one deadline of the attempt and returns its cancel function
 * @throws ChatException typed by cause; {@link CertificateException} for a certificate problem
 */
export function openLink(
	options: LinkOptions,
	signal: AbortSignal,
	timer: (ms: number, run: () => void) => () => void,
): Promise<Link> {
	return new Promise((resolve, reject) => {
		const target = { host: options.host, port: options.port };
		const socket: Socket | TLSSocket = options.tls
			? connectTls({
					...target,
					...(isIP(options.host) === 0 ? { servername: options.host } : {}),
					secureContext: secureContext(options),
					// Verified below, because an unverified certificate has to be shown before it is refused.
					rejectUnauthorized: false,
				})
			: connectTcp(target);
		let settled = false;
		const settle = (act: () => void): void => {
			if (settled) return;
			settled = true;
			cancelTimer();
			signal.removeEventListener('abort', onAbort);
			socket.removeAllListeners();
			act();
		};
		const refuse = (error: unknown): void =>
			settle(() => {
				socket.on('error', () => undefined);
				socket.destroy();
				reject(error);
			});
		const onAbort = (): void => refuse(new ChatException(chatError('cancelled')));
		const cancelTimer = timer(options.timeoutMs, () => refuse(new ChatException(linkError('timeout', options))));
		signal.addEventListener('abort', onAbort, { once: true });
		if (signal.aborted) return onAbort();

		socket.once('error', (error: NodeJS.ErrnoException) =>
			refuse(new ChatException(socketError(error, options), error)),
		);
		socket.once('close', () => refuse(new ChatException(linkError('closed', options))));
		if (!options.tls) {
			socket.once('connect', () => settle(() => resolve({ socket: socket.setNoDelay(true), security: clearText })));
			return;
		}
		socket.once('secureConnect', () => {
			try {
				const security = verify(socket as TLSSocket, options);
				settle(() => resolve({ socket: socket.setNoDelay(true), security }));
			} catch (thrown) {
				refuse(thrown);
			}
		});
	});
}

const clearText: LinkSecurity = { encrypted: false, verifiedBy: 'none', protocol: null, auth: null };

function verify(socket: TLSSocket, options: LinkOptions): LinkSecurity {
	const certificate = socket.getPeerCertificate();
	const fingerprint = certificate.fingerprint256 ?? '';
	const security = { encrypted: true, protocol: socket.getProtocol(), auth: null };
	if (options.pinned !== null && fingerprint !== '' && fingerprint === options.pinned)
		return { ...security, verifiedBy: 'pinned' };
	if (socket.authorized) return { ...security, verifiedBy: options.ca === null ? 'system' : 'custom-ca' };
	// The types say Error, Node stores the code.
	const code = String(socket.authorizationError);
	const problem = options.pinned === null ? problemOfCode(code) : 'changed';
	throw new CertificateException(
		chatError(errorOfProblem[problem], code, { params: { host: options.host } }),
		describe(certificate, problem, options),
	);
}

const nameOf = (field: unknown): string => {
	if (typeof field !== 'object' || field === null) return '';
	const parts = Object.entries(field).flatMap(([key, value]) => (typeof value === 'string' ? [`${key}=${value}`] : []));
	return parts.join(', ').slice(0, 300);
};

function describe(certificate: PeerCertificate, problem: Problem, options: LinkOptions): CertificateDetails {
	const time = (text: string): number => Date.parse(text) || 0;
	return {
		host: options.host,
		problem,
		fingerprint: certificate.fingerprint256 ?? '',
		subject: nameOf(certificate.subject),
		issuer: nameOf(certificate.issuer),
		validFrom: time(certificate.valid_from),
		validTo: time(certificate.valid_to),
		previous: options.pinned,
	};
}

function linkError(what: 'timeout' | 'closed', options: LinkOptions): ChatError {
	const params = { host: options.host, port: String(options.port) };
	return chatError(what === 'timeout' ? 'connection-timeout' : 'connection-closed', null, { params });
}

const codeToError = new Map<string, ErrorCode>([
	['ENOTFOUND', 'host-unknown'],
	['ENODATA', 'host-unknown'],
	['EAI_AGAIN', 'network-unreachable'],
	['ENETUNREACH', 'network-unreachable'],
	['ENETDOWN', 'network-unreachable'],
	['EHOSTUNREACH', 'network-unreachable'],
	['EADDRNOTAVAIL', 'network-unreachable'],
	['ECONNREFUSED', 'connection-refused'],
	['ETIMEDOUT', 'connection-timeout'],
	['ECONNRESET', 'connection-lost'],
	['EPIPE', 'connection-lost'],
	['EPROTO', 'tls-failed'],
]);

/** Typed form of a socket error; happy-eyeballs failures are judged by their first cause. */
export function socketError(
	error: NodeJS.ErrnoException,
	options: { readonly host: string; readonly port: number },
): ChatError {
	const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined;
	const cause = first ?? error;
	const code = cause.code ?? '';
	const typed = codeToError.get(code) ?? (/SSL|TLS/.test(code) ? 'tls-failed' : 'connection-lost');
	return chatError(typed, code === '' ? cause.message : code, {
		params: { host: options.host, port: String(options.port) },
	});
}
