/** Which links may leave Parley, for both hosts. */

const allowedSchemes = new Set(['http:', 'https:', 'mailto:', 'irc:', 'ircs:', 'xmpp:', 'matrix:']);
const maxLength = 4096;

/**
 * The address in its normal form when it may be handed to the system, else undefined. Refuses what is no absolute URL,
 * other schemes, and web addresses that hide a different host behind a user name.
 */
export function externalUrl(text: string): string | undefined {
	if (text.length > maxLength || !URL.canParse(text)) return undefined;
	const url = new URL(text);
	if (!allowedSchemes.has(url.protocol)) return undefined;
	const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
	if (isWeb && (url.hostname === '' || url.username !== '' || url.password !== '')) return undefined;
	return url.href;
}
