/**
 * Where to connect for a domain: SRV records of RFC 6120 section 3.2.1 and XEP-0368 (direct TLS), or what the user
 * set by hand. No web look-up: host-meta is only for browsers and would tell a web server who logs in.
 */
import { resolveSrv as systemResolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Random } from '../adapter/context.ts';
import { domainForDns } from './jid.ts';

export interface Endpoint {
	readonly host: string;
	readonly port: number;
	/** TLS from the first byte instead of STARTTLS. */
	readonly direct: boolean;
}

export interface SrvRecord {
	readonly name: string;
	readonly port: number;
	readonly priority: number;
	readonly weight: number;
}

/** Resolves SRV records; an empty list when there are none. Rejects only when the look-up itself failed. */
export type SrvResolver = (name: string) => Promise<readonly SrvRecord[]>;

export const dnsSrv: SrvResolver = async (name) => {
	try {
		return await systemResolveSrv(name);
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'ESERVFAIL') return [];
		throw error;
	}
};

export interface ManualEndpoint {
	readonly host: string | null;
	readonly port: number | null;
	readonly direct: boolean;
}

const maxEndpoints = 8;

/** Order within one priority: weighted random (RFC 2782). */
function orderByWeight<T extends SrvRecord>(records: readonly T[], random: Random): T[] {
	const rest = [...records].sort((a, b) => a.priority - b.priority);
	const ordered: T[] = [];
	while (rest.length > 0) {
		const first = rest[0];
		if (first === undefined) break;
		const group = rest.filter((r) => r.priority === first.priority);
		const total = group.reduce((sum, r) => sum + r.weight + 1, 0);
		let ticket = random.fraction() * total;
		const chosen = group.find((r) => (ticket -= r.weight + 1) < 0) ?? first;
		ordered.push(chosen);
		rest.splice(rest.indexOf(chosen), 1);
	}
	return ordered;
}

/** The single record with target "." says that the service is not offered. */
const offered = (records: readonly SrvRecord[]): readonly SrvRecord[] =>
	records.filter((r) => r.name !== '' && r.name !== '.' && r.port > 0 && r.port < 65_536);

/**
 * Endpoints to try, best first. Both services are one list ordered by priority as XEP-0368 asks, direct TLS first
 * among equals. Without records the domain itself is tried at both well-known ports.
 */
export async function findEndpoints(
	domain: string,
	manual: ManualEndpoint,
	random: Random,
	resolve: SrvResolver = dnsSrv,
): Promise<Endpoint[]> {
	const dnsName = domainForDns(domain);
	if (manual.host !== null || manual.port !== null) {
		const port = manual.port ?? (manual.direct ? 5223 : 5222);
		return [{ host: manual.host ?? dnsName, port, direct: manual.direct }];
	}
	const wellKnown: Endpoint[] = [
		{ host: dnsName, port: 5222, direct: false },
		{ host: dnsName, port: 5223, direct: true },
	];
	if (isIP(dnsName) !== 0 || dnsName === 'localhost') return wellKnown;
	const lookUp = (name: string): Promise<readonly SrvRecord[]> => resolve(name).catch(() => []);
	const [direct, starttls] = await Promise.all([
		lookUp(`_xmpps-client._tcp.${dnsName}`),
		lookUp(`_xmpp-client._tcp.${dnsName}`),
	]);
	const records = [
		...offered(direct).map((r) => ({ ...r, direct: true })),
		...offered(starttls).map((r) => ({ ...r, direct: false })),
	];
	if (records.length === 0) return wellKnown;
	return orderByWeight(records, random)
		.slice(0, maxEndpoints)
		.map((r) => ({ host: r.name.replace(/\.$/, ''), port: r.port, direct: r.direct }));
}
