/** What the words of an `ERROR :Closing Link` mean. Every server writes its own; only the reason is judged. */
import { type ChatError, chatError } from '../model/errors.ts';

const kinds: readonly (readonly [RegExp, (detail: string) => ChatError])[] = [
	[
		/\b(?:[kgzd]-?lined?|akill(?:ed)?|banned|you are not welcome|not permitted|blacklist|dnsbl|autokilled)/i,
		(detail) => chatError('banned', detail),
	],
	[/password|authoriz|\bauth(?:entication)?\b.*(?:fail|required)|sasl/i, (detail) => chatError('auth-failed', detail)],
	[
		/too fast|throttl|too many|reconnecting|connection limit|connection class is full|session limit|try again later/i,
		(detail) => chatError('rate-limited', detail, { retryAfterMs: 60_000 }),
	],
	[/excess flood|flood/i, (detail) => chatError('rate-limited', detail, { retryAfterMs: 30_000 })],
	[/tls|ssl|secure connection/i, (detail) => chatError('tls-required', detail)],
	[/nick(?:name)? (?:collision|in use)/i, (detail) => chatError('name-in-use', detail)],
	[/ping timeout|timed? ?out/i, (detail) => chatError('connection-timeout', detail)],
	[/kill/i, (detail) => chatError('connection-closed', detail, { source: 'permission' })],
];

export function closingError(words: string): ChatError {
	// The part in front of the reason holds our own host, which may contain anything.
	const reason =
		/\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$/.exec(words)?.[1] ?? words.replace(/^Closing [Ll]ink:?\s*\S*\s*/, '');
	for (const [pattern, make] of kinds) if (pattern.test(reason)) return make(words);
	return chatError('connection-closed', words);
}
