/**
 * The byte stream under an XMPP connection: TCP, direct TLS (XEP-0368) or STARTTLS, with everything the library's
 * sockets lack: SNI, ALPN, decoding that survives a character split over two records, an own CA and a pinned
 * certificate per account, a typed reason for every refusal, and no byte from a peer whose certificate failed.
 */
import { EventEmitter } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
	checkServerIdentity,
	connect as connectTls,
	getCACertificates,
	type PeerCertificate,
	type TLSSocket,
} from 'node:tls';
import { ChatException, chatError } from '../model/errors.ts';
import { domainForDns } from './jid.ts';

type CertificateProblemKind = 'untrusted' | 'expired' | 'wrong-host' | 'changed' | 'not-yet-valid';

/** What the user must see to decide about a certificate. */
export interface CertificateProblem {
	readonly host: string;
	readonly problem: CertificateProblemKind;
	/** SHA-256 of the certificate, hex pairs with colons. */
	readonly fingerprint: string;
	readonly subject: string;
	readonly issuer: string;
	readonly validFrom: number;
	readonly validTo: number;
	readonly previous: string | null;
}

/** The certificate was refused; carries what a decision needs. */
export class CertificateError extends ChatException {
	readonly certificate: CertificateProblem;
	constructor(certificate: CertificateProblem) {
		const code = {
			untrusted: 'certificate-untrusted',
			expired: 'certificate-expired',
			'wrong-host': 'certificate-wrong-host',
			changed: 'certificate-changed',
			'not-yet-valid': 'certificate-expired',
		} as const;
		super(
			chatError(code[certificate.problem], null, {
				params: { host: certificate.host, fingerprint: certificate.fingerprint },
			}),
		);
		this.certificate = certificate;
	}
}

export interface TlsPolicy {
	/** The domain of the account: the certificate must be for it, wherever SRV pointed (RFC 6120 13.7.2). */
	readonly domain: string;
	/** Extra CA certificates of this account, PEM. */
	readonly ca: readonly string[];
	/** SHA-256 fingerprint the user accepted; then exactly this certificate is required. */
	readonly pinned: string | null;
}

/** Opens a raw TCP connection; replaced in tests and by proxies. */
export type Dialer = (host: string, port: number) => Socket;
export const directDialer: Dialer = (host, port) => connectTcp({ host, port });

export interface SocketSecurity {
	readonly verifiedBy: 'system' | 'custom-ca' | 'pinned';
	readonly protocol: string | null;
}

/** Emits `data` (string), `close`, `error`. Never emits data of a TLS peer that was not accepted. */
export class StreamSocket extends EventEmitter {
	#socket: Socket | null = null;
	#security: SocketSecurity | null = null;
	readonly #policy: TlsPolicy;

	constructor(policy: TlsPolicy) {
		super();
		this.#policy = policy;
	}

	get secure(): boolean {
		return this.#security !== null;
	}

	get security(): SocketSecurity | null {
		return this.#security;
	}

	/** Connects; with `direct` the TLS handshake follows at once. Rejects with a typed error. */
	async connect(host: string, port: number, direct: boolean, dial: Dialer = directDialer): Promise<void> {
		const socket = dial(host, port);
		this.#socket = socket;
		await new Promise<void>((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', (error: NodeJS.ErrnoException) => reject(networkError(error, host)));
			socket.once('close', () => reject(new ChatException(chatError('connection-lost'))));
		});
		socket.setNoDelay(true);
		socket.setKeepAlive(true, 60_000);
		if (direct) await this.#handshake(socket);
		else this.#attach(socket);
	}

	/** Upgrades the open plain connection (STARTTLS). */
	async startTls(): Promise<void> {
		const socket = this.#socket;
		if (socket === null || this.secure) throw new ChatException(chatError('internal', 'no plain connection to secure'));
		socket.removeAllListeners('data');
		socket.removeAllListeners('close');
		socket.removeAllListeners('error');
		// The plain side was read as text; TLS records are bytes again.
		await this.#handshake(socket);
	}

	/** 32 bytes bound to this TLS connection (RFC 9266 tls-exporter); null when TLS 1.3 is not in use. */
	channelBinding(): Buffer | null {
		const socket = this.#socket;
		if (socket === null || !this.secure || !('exportKeyingMaterial' in socket)) return null;
		const tls = socket as TLSSocket;
		if (tls.getProtocol() !== 'TLSv1.3') return null;
		try {
			return tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
		} catch {
			return null;
		}
	}

	write(text: string, done?: (error?: Error | null) => void): void {
		const socket = this.#socket;
		if (socket === null || socket.destroyed || socket.writableEnded)
			done?.(new ChatException(chatError('connection-lost')));
		else socket.write(text, 'utf8', done);
	}

	/** Bytes accepted by us but not yet by the network. */
	get backlog(): number {
		return this.#socket?.writableLength ?? 0;
	}

	pause(): void {
		this.#socket?.pause();
	}

	resume(): void {
		this.#socket?.resume();
	}

	end(): void {
		this.#socket?.end();
	}

	destroy(): void {
		this.#socket?.destroy();
	}

	#attach(socket: Socket): void {
		this.#socket = socket;
		const decoder = new TextDecoder('utf-8', { fatal: false });
		// An own stateful decoder instead of setEncoding(): the same TCP socket carries TLS records afterwards.
		socket.on('data', (chunk: Buffer) => {
			const text = decoder.decode(chunk, { stream: true });
			if (text !== '') this.emit('data', text);
		});
		socket.once('close', () => this.emit('close'));
		socket.on('error', (error: NodeJS.ErrnoException) => this.emit('error', networkError(error, this.#policy.domain)));
	}

	async #handshake(raw: Socket): Promise<void> {
		const host = domainForDns(this.#policy.domain);
		const name = isIP(host) === 0 ? { servername: host } : {};
		const tls = connectTls({
			socket: raw,
			...name,
			ALPNProtocols: ['xmpp-client'],
			minVersion: 'TLSv1.2',
			ca: [...getCACertificates('default'), ...this.#policy.ca],
			checkServerIdentity: (_servername, certificate) => checkServerIdentity(host, certificate),
			// Judged below, so that the user can be told what is wrong; nothing is read or written before that.
			rejectUnauthorized: false,
		});
		this.#socket = tls;
		await new Promise<void>((resolve, reject) => {
			tls.once('secureConnect', resolve);
			tls.once('error', (error: Error) => reject(new ChatException(chatError('tls-failed', error.message), error)));
			tls.once('close', () => reject(new ChatException(chatError('tls-failed', 'closed during the TLS handshake'))));
		});
		const verdict = judge(tls, host, this.#policy);
		if ('problem' in verdict) {
			tls.on('error', () => undefined);
			tls.destroy();
			throw new CertificateError(verdict);
		}
		this.#security = verdict;
		this.#attach(tls);
	}
}

function judge(tls: TLSSocket, host: string, policy: TlsPolicy): SocketSecurity | CertificateProblem {
	const certificate = tls.getPeerCertificate(true);
	const protocol = tls.getProtocol();
	const fingerprint = certificate.fingerprint256 ?? '';
	if (policy.pinned !== null) {
		if (fingerprint !== '' && fingerprint.toUpperCase() === policy.pinned.toUpperCase())
			return { verifiedBy: 'pinned', protocol };
		if (tls.authorized) return { verifiedBy: 'system', protocol };
		return describe(certificate, host, 'changed', policy.pinned);
	}
	if (tls.authorized) return { verifiedBy: signedByOwnCa(certificate, policy.ca) ? 'custom-ca' : 'system', protocol };
	return describe(certificate, host, problemOf(tls.authorizationError as unknown), null);
}

function problemOf(error: unknown): CertificateProblemKind {
	const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
	if (code === 'CERT_HAS_EXPIRED') return 'expired';
	if (code === 'CERT_NOT_YET_VALID') return 'not-yet-valid';
	return code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code.includes('altnames') ? 'wrong-host' : 'untrusted';
}

function signedByOwnCa(
	certificate: PeerCertificate & { issuerCertificate?: PeerCertificate },
	ca: readonly string[],
): boolean {
	if (ca.length === 0) return false;
	const bodies = new Set(ca.map((pem) => pem.replace(/-----[^-]+-----|\s/g, '')));
	const seen = new Set<string>();
	for (
		let at: (PeerCertificate & { issuerCertificate?: PeerCertificate }) | undefined = certificate;
		at?.raw !== undefined;
		at = at.issuerCertificate
	) {
		if (seen.has(at.fingerprint256)) break;
		seen.add(at.fingerprint256);
		if (bodies.has(at.raw.toString('base64'))) return true;
	}
	return false;
}

const oneLine = (parts: object | undefined): string =>
	Object.entries(parts ?? {})
		.map(([key, value]) => `${key}=${String(value)}`)
		.join(', ')
		.slice(0, 300);

function describe(
	certificate: PeerCertificate,
	host: string,
	problem: CertificateProblemKind,
	previous: string | null,
): CertificateProblem {
	const time = (text: string | undefined): number => {
		const value = Date.parse(text ?? '');
		return Number.isNaN(value) ? 0 : value;
	};
	return {
		host,
		problem,
		fingerprint: certificate.fingerprint256 ?? '',
		subject: oneLine(certificate.subject),
		issuer: oneLine(certificate.issuer),
		validFrom: time(certificate.valid_from),
		validTo: time(certificate.valid_to),
		previous,
	};
}

/** A socket failure in the user's terms. */
export function networkError(error: NodeJS.ErrnoException, host: string): ChatException {
	const params = { host };
	switch (error.code) {
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
		case 'EAI_NODATA':
			return new ChatException(chatError('host-unknown', null, { params }), error);
		case 'ECONNREFUSED':
			return new ChatException(chatError('connection-refused', null, { params }), error);
		case 'ETIMEDOUT':
			return new ChatException(chatError('connection-timeout', null, { params }), error);
		case 'ENETUNREACH':
		case 'EHOSTUNREACH':
		case 'ENETDOWN':
			return new ChatException(chatError('network-unreachable', null, { params }), error);
		default:
			return new ChatException(chatError('connection-lost', error.code ?? null, { params }), error);
	}
}
