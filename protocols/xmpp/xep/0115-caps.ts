/** XEP-0115 Entity Capabilities: a hash of disco info in presence, so that each client version is asked only once. */
import { createHash } from 'node:crypto';
import { attr, child, el, type Element } from '../stanza.ts';
import type { DiscoInfo } from './0030-disco.ts';

const nsCaps = 'http://jabber.org/protocol/caps';

/** Verification string of section 5.1, hashed with SHA-1 and in Base64. */
export function capsHash(info: DiscoInfo): string {
	const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
	const identities = info.identities.map((i) => `${i.category}/${i.type}/${i.lang}/${i.name}`).sort(byText);
	const features = [...info.features].sort(byText);
	const forms = [...info.forms]
		.sort((a, b) => byText(a.type, b.type))
		.flatMap((form) => [
			form.type,
			...[...form.fields]
				.sort(([a], [b]) => byText(a, b))
				.flatMap(([name, values]) => [name, ...[...values].sort(byText)]),
		]);
	const text = [...identities, ...features, ...forms].map((part) => `${part}<`).join('');
	return createHash('sha1').update(text, 'utf8').digest('base64');
}

export interface CapsReference {
	readonly node: string;
	readonly ver: string;
}

/** The hash a presence announces; null for other hash functions than SHA-1. */
export function readCaps(presence: Element): CapsReference | null {
	const caps = child(presence, 'c', nsCaps);
	const node = attr(caps, 'node');
	const ver = attr(caps, 'ver');
	if (
		attr(caps, 'hash') !== 'sha-1' ||
		node === undefined ||
		ver === undefined ||
		!/^[A-Za-z0-9+/]{20,40}={0,2}$/.test(ver)
	)
		return null;
	return { node, ver };
}

export const capsElement = (node: string, info: DiscoInfo): Element =>
	el('c', { xmlns: nsCaps, hash: 'sha-1', node, ver: capsHash(info) });
