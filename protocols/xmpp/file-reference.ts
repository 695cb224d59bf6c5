/** `MediaContent.source` of XMPP: an https address, and the digest of the file when its sender named one. */
import { readWebUrl } from '../web/web-url.ts';

const marker = '#sha-256=';
/** A SHA-256 in base64: 32 bytes. */
const digest = /^[A-Za-z0-9+/]{43}=$/;

export interface FileReference {
	readonly url: URL;
	/** SHA-256, base64. */
	readonly sha256: string | null;
}

/** Null when there is no address that may be fetched. */
export function writeReference(address: string, sha256: string | null): string | null {
	const url = readWebUrl(address);
	if (url === null) return null;
	return sha256 !== null && digest.test(sha256) ? `${url.href}${marker}${sha256}` : url.href;
}

export function readReference(reference: string): FileReference | null {
	const at = reference.lastIndexOf(marker);
	const sha256 = at === -1 ? '' : reference.slice(at + marker.length);
	const url = readWebUrl(at === -1 ? reference : reference.slice(0, at));
	return url === null ? null : { url, sha256: digest.test(sha256) ? sha256 : null };
}
