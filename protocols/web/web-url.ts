/** Web addresses as they may be fetched: https, no credentials, no port that belongs to another protocol. */
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

const maxLength = 4096;

/** Ports below 1024 that speak HTTPS; the others are left to mail servers, shells and the like (WHATWG "bad port"). */
const lowPorts = new Set([80, 443, 591, 832, 981]);
const badPorts = new Set([
	1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
	10080, 11211,
]);

/** Names that resolve inside the machine or the local network, whatever a resolver says. */
const localName = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|onion)\.?$/;

/** Parses what may be fetched; null for everything else. Odd spellings of IPv4 are made plain by the parser. */
export function readWebUrl(text: string): URL | null {
	if (text.length > maxLength || !URL.canParse(text)) return null;
	const url = new URL(text);
	if (url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hostname === '') return null;
	const port = portOf(url);
	if (badPorts.has(port) || (port < 1024 && !lowPorts.has(port))) return null;
	url.hash = '';
	return url;
}

const portOf = (url: URL): number => (url.port === '' ? 443 : Number(url.port));

/** Host name or address without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** May be asked unless its name turns out to resolve to an address of the local network. */
export function looksPublic(url: URL): boolean {
	const host = hostOf(url);
	return isIP(host) === 0 ? host.includes('.') && !localName.test(host) : isPublicAddress(host);
}
