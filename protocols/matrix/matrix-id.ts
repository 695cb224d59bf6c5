/** Matrix identifiers (specification appendix "Identifier Grammar") and links to them. */

const maxId = 255;

/** Historical user ids allow almost anything in the local part, so only the frame is checked. */
export function isUserId(value: unknown): value is string {
	return (
		typeof value === 'string' && value.length <= maxId && /^@[^\s:\u0000-\u001f]*:[^\s\u0000-\u001f]+$/.test(value)
	);
}

/** Room ids lost their server part in room version 12. */
export function isRoomId(value: unknown): value is string {
	return typeof value === 'string' && value.length <= maxId && /^![^\s\u0000-\u001f]+$/.test(value);
}

export function isRoomAlias(value: unknown): value is string {
	return (
		typeof value === 'string' && value.length <= maxId && /^#[^\s:\u0000-\u001f]*:[^\s\u0000-\u001f]+$/.test(value)
	);
}

export function isEventId(value: unknown): value is string {
	return typeof value === 'string' && value.length <= maxId && /^\$[^\s\u0000-\u001f]+$/.test(value);
}

/** Where the media repository keeps a file (specification "Matrix Content URIs"). */
export interface Mxc {
	readonly server: string;
	readonly id: string;
}

/**
 * Null for anything else. Both parts become segments of a path, so neither may be one that a URL takes for a way up
 * (compare CVE-2024-50336).
 */
export function readMxc(value: unknown): Mxc | null {
	if (typeof value !== 'string' || value.length > 2 * maxId + 7) return null;
	const match =
		/^mxc:\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?)\/([\w-]{1,255})$/.exec(
			value,
		);
	return match?.[1] === undefined || match[2] === undefined ? null : { server: match[1], id: match[2] };
}

/** `bob` of `@bob:example.org`. */
export function localpartOf(userId: string): string {
	const colon = userId.indexOf(':');
	return userId.slice(userId.startsWith('@') ? 1 : 0, colon < 0 ? undefined : colon);
}

/** `example.org` of `@bob:example.org`; the port belongs to it. */
export function serverOf(id: string): string {
	const colon = id.indexOf(':');
	return colon < 0 ? '' : id.slice(colon + 1);
}

/** The user a `https://matrix.to/#/@…` or `matrix:u/…` link points at, else null. */
export function userOfLink(url: string): string | null {
	const target = matrixToTarget(url) ?? matrixUriUser(url);
	return target !== null && isUserId(target) ? target : null;
}

function matrixToTarget(url: string): string | null {
	const match = /^https:\/\/(?:www\.)?matrix\.to\/#\/([^/?]+)/.exec(url);
	return match?.[1] === undefined ? null : decode(match[1]);
}

function matrixUriUser(url: string): string | null {
	const match = /^matrix:(?:\/\/[^/]*\/)?u\/([^/?#]+)/.exec(url);
	return match?.[1] === undefined ? null : `@${decode(match[1]) ?? ''}`;
}

function decode(text: string): string | null {
	try {
		return decodeURIComponent(text);
	} catch {
		return null;
	}
}

export const userLink = (userId: string): string => `https://matrix.to/#/${encodeURIComponent(userId)}`;
