/** XMPP addresses (RFC 7622): parsing, preparation and the only comparisons allowed on them. */
import { domainToASCII, domainToUnicode } from 'node:url';

/** A prepared address. Two addresses are the same entity exactly when their prepared parts are equal. */
export interface Jid {
	/** Empty for a server or component. */
	readonly local: string;
	readonly domain: string;
	/** Empty for a bare address. */
	readonly resource: string;
}

const maxPartBytes = 1023;
const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

// Controls, private use, unassigned-by-design and bidi formatting never belong into an address (PRECIS "disallowed").
const disallowed =
	/[\p{Cc}\p{Cs}\p{Co}\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]/u;
const localForbidden = /["&'/:<>@\p{Z}]/u;

/** Full-width and half-width forms to their ordinary ones (PRECIS width mapping). */
const mapWidth = (text: string): string => text.replace(/[\u3000\uff01-\uffee]/g, (c) => c.normalize('NFKC'));

/** UsernameCaseMapped (RFC 8265 3.3) as far as running code agrees on it; null when not allowed. */
function prepareLocal(text: string): string | null {
	const prepared = mapWidth(text).toLowerCase().normalize('NFC');
	if (prepared === '' || byteLength(prepared) > maxPartBytes) return null;
	return localForbidden.test(prepared) || disallowed.test(prepared) ? null : prepared;
}

/** Domain in Unicode form, lower case, without the final dot; null when not a host name or an address literal. */
function prepareDomain(text: string): string | null {
	const trimmed = text.endsWith('.') ? text.slice(0, -1) : text;
	if (trimmed === '' || byteLength(trimmed) > maxPartBytes) return null;
	if (/^\[[0-9a-fA-F:.]+\]$/.test(trimmed)) return trimmed.toLowerCase();
	if (disallowed.test(trimmed) || /[\s"&'/:<>@%#?\\[\]]/u.test(trimmed)) return null;
	const ascii = domainToASCII(trimmed.normalize('NFC'));
	if (ascii === '' || ascii.length > 253) return null;
	if (
		ascii
			.split('.')
			.some((label) => label === '' || label.length > 63 || !/^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label))
	)
		return null;
	const unicode = domainToUnicode(ascii);
	return unicode === '' ? null : unicode;
}

/** OpaqueString (RFC 8265 4.2): case kept, odd spaces made plain; null when not allowed. */
function prepareResource(text: string): string | null {
	const prepared = text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
	if (prepared === '' || byteLength(prepared) > maxPartBytes) return null;
	return /[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(prepared) ? null : prepared;
}

/** Parses and prepares an address; null when it is not valid. Never throws, whatever the text. */
export function parseJid(text: string | null | undefined): Jid | null {
	if (text === null || text === undefined || text.length > 3 * maxPartBytes + 2) return null;
	const slash = text.indexOf('/');
	const bare = slash < 0 ? text : text.slice(0, slash);
	const at = bare.indexOf('@');
	const domain = prepareDomain(at < 0 ? bare : bare.slice(at + 1));
	const local = at < 0 ? '' : prepareLocal(bare.slice(0, at));
	const resource = slash < 0 ? '' : prepareResource(text.slice(slash + 1));
	if (domain === null || local === null || resource === null) return null;
	return { local, domain, resource };
}

/** `local@domain`, or the domain alone. The key for conversations and contacts. */
export const bareText = (jid: Jid): string => (jid.local === '' ? jid.domain : `${jid.local}@${jid.domain}`);

/** The address with its resource if it has one. */
export const fullText = (jid: Jid): string =>
	jid.resource === '' ? bareText(jid) : `${bareText(jid)}/${jid.resource}`;

export const bareOf = (jid: Jid): Jid => (jid.resource === '' ? jid : { ...jid, resource: '' });
export const sameBare = (a: Jid, b: Jid): boolean => a.local === b.local && a.domain === b.domain;
export const sameJid = (a: Jid, b: Jid): boolean => sameBare(a, b) && a.resource === b.resource;

/** The same bare address with a resource (an occupant, a device); null when the resource is not allowed. */
export function withResource(jid: Jid, resource: string): Jid | null {
	const prepared = prepareResource(resource);
	return prepared === null ? null : { ...jid, resource: prepared };
}

/** Host name for DNS, SNI and certificate checks. */
export function domainForDns(domain: string): string {
	return domain.startsWith('[') ? domain.slice(1, -1) : domainToASCII(domain);
}

const escapes = new Map([
	[' ', '\\20'],
	['"', '\\22'],
	['&', '\\26'],
	["'", '\\27'],
	['/', '\\2f'],
	[':', '\\3a'],
	['<', '\\3c'],
	['>', '\\3e'],
	['@', '\\40'],
]);
const unescapes = new Map([...escapes].map(([char, code]) => [code, char] as const).concat([['\\5c', '\\']]));

/** Escapes a user name that is not an XMPP local part by itself (XEP-0106 section 4.2). */
export function escapeLocal(text: string): string {
	return text
		.trim()
		.replace(/\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/gi, '\\5c')
		.replace(/[ "&'/:<>@]/g, (char) => escapes.get(char) ?? char);
}

/** The form to show for a local part (XEP-0106 section 4.3); never used as an address again. */
export function unescapeLocal(local: string): string {
	if (local.startsWith('\\20') || local.endsWith('\\20')) return local;
	return local.replace(/\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)/gi, (code) => unescapes.get(code.toLowerCase()) ?? code);
}
