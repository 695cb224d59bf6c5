/** The TLS rules of one account: system authorities, extra ones, or a certificate the user accepted. */
import { X509Certificate } from 'node:crypto';
import { getCACertificates, type PeerCertificate, TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { Decision, LinkSecurity } from '../model/entities.ts';
import { chatError, ChatException, type ErrorCode } from '../model/errors.ts';

export interface TlsRules {
	/** PEM certificates trusted besides the built-in ones. */
	readonly extraCa: readonly string[];
	/** SHA-256 fingerprint (`AB:CD:…`) of a server certificate the user accepted, or null. */
	readonly pinned: string | null;
}

export type CertificateQuestion = Extract<Decision['question'], { kind: 'certificate' }>;

/** A certificate that failed verification, with what the user needs to decide. */
export class CertificateException extends ChatException {
	readonly question: CertificateQuestion;
	constructor(code: ErrorCode, question: CertificateQuestion, detail: string) {
		super(chatError(code, detail, { params: { host: question.host } }));
		this.name = 'CertificateException';
		this.question = question;
	}
}

/** Connection pool that verifies every certificate itself, so that a refused one can be described to the user. */
export function createAgent(rules: TlsRules, onSecure: (security: LinkSecurity) => void): Agent {
	const own = fingerprintsOf(rules.extraCa);
	const connect = buildConnector({
		timeout: 15_000,
		// Without verification by Node: the check below decides, before a single byte of ours is sent.
		rejectUnauthorized: false,
		// The default list is what the host made it, system authorities included.
		...(rules.extraCa.length === 0 ? {} : { ca: [...getCACertificates('default'), ...rules.extraCa] }),
		// A resumed session would skip the check.
		maxCachedSessions: 0,
	});
	return new Agent({
		headersTimeout: 120_000,
		bodyTimeout: 120_000,
		connections: 8,
		connect: (options, callback) => {
			connect(options, (error, socket) => {
				if (error !== null) return callback(error, null);
				if (!(socket instanceof TLSSocket)) {
					onSecure({ encrypted: false, verifiedBy: 'none', protocol: null, auth: null });
					return callback(null, socket);
				}
				const problem = verify(socket, options.hostname, rules.pinned);
				if (problem !== null) {
					socket.destroy();
					return callback(problem, null);
				}
				const verifiedBy = !socket.authorized ? 'pinned' : endsAt(socket, own) ? 'custom-ca' : 'system';
				onSecure({ encrypted: true, verifiedBy, protocol: socket.getProtocol(), auth: null });
				callback(null, socket);
			});
		},
	});
}

/** Every PEM block that is a certificate; the rest is ignored, as a bundle may hold anything. */
function fingerprintsOf(bundles: readonly string[]): ReadonlySet<string> {
	const found = new Set<string>();
	for (const block of bundles.join('\n').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []) {
		try {
			found.add(new X509Certificate(block).fingerprint256);
		} catch {
			// A damaged block vouches for nobody.
		}
	}
	return found;
}

/** Does the server's chain lead to one of these authorities? */
function endsAt(socket: TLSSocket, authorities: ReadonlySet<string>): boolean {
	if (authorities.size === 0) return false;
	let certificate = socket.getPeerX509Certificate();
	for (let depth = 0; certificate !== undefined && depth < 10; depth++) {
		if (authorities.has(certificate.fingerprint256)) return true;
		certificate = certificate.issuerCertificate;
	}
	return false;
}

function verify(socket: TLSSocket, host: string, pinned: string | null): CertificateException | null {
	const certificate = socket.getPeerCertificate();
	if (socket.authorized || (pinned !== null && certificate.fingerprint256 === pinned)) return null;
	const reason = String(socket.authorizationError);
	const { code, problem } = classify(reason, pinned);
	return new CertificateException(
		code,
		{
			kind: 'certificate',
			host,
			problem,
			fingerprint: certificate.fingerprint256 ?? '',
			subject: nameOf(certificate.subject),
			issuer: nameOf(certificate.issuer),
			validFrom: timeOf(certificate.valid_from),
			validTo: timeOf(certificate.valid_to),
			previous: pinned,
		},
		reason,
	);
}

function classify(
	reason: string,
	pinned: string | null,
): { readonly code: ErrorCode; readonly problem: CertificateQuestion['problem'] } {
	if (pinned !== null) return { code: 'certificate-changed', problem: 'changed' };
	if (reason.includes('CERT_HAS_EXPIRED')) return { code: 'certificate-expired', problem: 'expired' };
	if (reason.includes('CERT_NOT_YET_VALID')) return { code: 'certificate-untrusted', problem: 'not-yet-valid' };
	if (reason.includes('ALTNAME')) return { code: 'certificate-wrong-host', problem: 'wrong-host' };
	return { code: 'certificate-untrusted', problem: 'untrusted' };
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
	const common: unknown = name?.CN;
	const organisation: unknown = name?.O;
	return [common, organisation]
		.filter((part): part is string => typeof part === 'string')
		.join(', ')
		.slice(0, 200);
}

function timeOf(text: string | undefined): number {
	const time = Date.parse(text ?? '');
	return Number.isFinite(time) ? time : 0;
}
