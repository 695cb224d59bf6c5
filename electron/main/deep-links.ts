/**
 * Chat links that other programs hand to Parley. They are untrusted: they become data that the window asks the user
 * about; nothing is joined or sent because of one.
 */
const schemes = new Set(['irc:', 'ircs:', 'xmpp:', 'matrix:']);
const maxLength = 2048;

/** The link in its normal form, or undefined when it is none of ours. */
export function parseChatLink(text: string): string | undefined {
	if (text.length > maxLength || /[\u0000-\u0020\u007f]/.test(text) || !URL.canParse(text)) return undefined;
	const url = new URL(text);
	return schemes.has(url.protocol) && url.password === '' ? url.href : undefined;
}

/** The chat link of a command line: its last argument that is one. Options and other files are never taken for it. */
export function linkFromArguments(argv: readonly string[]): string | undefined {
	for (const argument of argv.toReversed()) {
		const link = argument.startsWith('-') ? undefined : parseChatLink(argument);
		if (link !== undefined) return link;
	}
	return undefined;
}
