/** Which addresses may be pressed. The host applies its own list again before anything is opened. */
const allowedSchemes = new Set(['http:', 'https:', 'mailto:', 'irc:', 'ircs:', 'xmpp:', 'matrix:']);

export interface SafeLink {
	readonly href: string;
	/** Where it really leads, for the tooltip; punycode for foreign scripts. */
	readonly host: string;
}

/** Null for everything that is no absolute address of an allowed scheme, or hides its host behind a user name. */
export function safeLink(url: string): SafeLink | null {
	if (url.length > 4096 || !URL.canParse(url)) return null;
	const parsed = new URL(url);
	if (!allowedSchemes.has(parsed.protocol)) return null;
	const isWeb = parsed.protocol === 'http:' || parsed.protocol === 'https:';
	if (isWeb && (parsed.hostname === '' || parsed.username !== '' || parsed.password !== '')) return null;
	return { href: parsed.href, host: parsed.host === '' ? parsed.href.slice(0, 120) : parsed.host };
}
