/**
 * One IRC line as data, and the only serialiser of outgoing lines. Whatever text reaches {@link formatLine}, it yields
 * exactly one line or throws; it never lets a line break or NUL through (RFC 1459 section 2.3, IRCv3 message-tags).
 */
import { fail } from '../model/errors.ts';

/** Who a line came from. A server has neither user nor host. */
export interface IrcSource {
	readonly nick: string;
	readonly user: string;
	readonly host: string;
}

export interface IrcLine {
	/** Keys as sent; values unescaped. A Map, because keys come from the network. */
	readonly tags: ReadonlyMap<string, string>;
	readonly source: IrcSource | null;
	/** Upper case, or three digits. */
	readonly command: string;
	readonly params: readonly string[];
}

/** Limits of the wire in bytes, without CR LF. Server tags may take 8191 bytes, client tags 4094 (message-tags). */
export const lineLimits = { body: 510, clientTags: 4094, incoming: 16 * 1024, params: 128, tags: 256 } as const;

/** `nick!user@host` into its parts; every part may be missing. */
export function parseSource(text: string): IrcSource {
	const at = text.lastIndexOf('@');
	const before = at < 0 ? text : text.slice(0, at);
	const host = at < 0 ? '' : text.slice(at + 1);
	const bang = before.indexOf('!');
	return bang < 0
		? { nick: before, user: '', host }
		: { nick: before.slice(0, bang), user: before.slice(bang + 1), host };
}

export const formatSource = (source: IrcSource): string =>
	source.nick + (source.user === '' ? '' : `!${source.user}`) + (source.host === '' ? '' : `@${source.host}`);

const escapes = new Map([
	[';', '\\:'],
	[' ', '\\s'],
	['\\', '\\\\'],
	['\r', '\\r'],
	['\n', '\\n'],
]);
export const escapeTag = (value: string): string => value.replace(/[; \\\r\n]/g, (char) => escapes.get(char) ?? char);

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?$/;

/** Server time of a line in ms UTC, if it carries a believable one (IRCv3 server-time, or a ZNC Unix time). */
export function timeOf(line: IrcLine): number | null {
	const text = line.tags.get('time');
	if (text === undefined) return null;
	const ms = /^\d{1,12}(\.\d{1,9})?$/.test(text)
		? Number(text) * 1000
		: isoTime.test(text)
			? Date.parse(text)
			: Number.NaN;
	// 2286 and earlier only: a far-future time would pin a message to the end of its timeline for ever.
	return Number.isFinite(ms) && ms >= 0 && ms < 1e13 ? Math.floor(ms) : null;
}

/** Parameter by index, or ''. */
export const param = (line: IrcLine, index: number): string => line.params[index] ?? '';
/** Last parameter, or ''. */
export const trailing = (line: IrcLine): string => line.params.at(-1) ?? '';

export type OutgoingTags = Readonly<Record<string, string>>;

const breaks = /[\r\n\0]/;
const commandPattern = /^(?:[A-Za-z]+|\d{3})$/;
const tagKeyPattern = /^\+?(?:[A-Za-z0-9.-]+\/)?[A-Za-z0-9-]+$/;
const encoder = new TextEncoder();

export const byteLength = (text: string): number => encoder.encode(text).length;

/**
 * One outgoing line without CR LF.
 * @throws ChatException `bad-input` if an argument cannot be put into one line, `message-too-long` over the limits
 */
export function formatLine(
	command: string,
	params: readonly string[],
	tags?: OutgoingTags,
	limit: number = lineLimits.body,
): string {
	if (!commandPattern.test(command)) fail('bad-input', 'invalid IRC command');
	let body = command;
	params.forEach((value, index) => {
		if (breaks.test(value)) fail('bad-input', 'line break in an IRC parameter');
		const last = index === params.length - 1;
		const needsColon = value === '' || value.startsWith(':') || value.includes(' ');
		if (needsColon && !last) fail('bad-input', 'an IRC parameter must not contain spaces');
		body += needsColon ? ` :${value}` : ` ${value}`;
	});
	if (byteLength(body) > limit) fail('message-too-long');
	const prefix = formatTags(tags);
	return prefix === '' ? body : `@${prefix} ${body}`;
}

function formatTags(tags: OutgoingTags | undefined): string {
	if (tags === undefined) return '';
	const entries = Object.entries(tags);
	const text = entries
		.map(([key, value]) => {
			if (!tagKeyPattern.test(key)) fail('bad-input', 'invalid IRC tag name');
			if (value.includes('\0')) fail('bad-input', 'NUL in an IRC tag');
			return value === '' ? key : `${key}=${escapeTag(value)}`;
		})
		.join(';');
	if (byteLength(text) > lineLimits.clientTags) fail('message-too-long');
	return text;
}

/**
 * Does `nick!user@host` match a mask with `*` and `?`? Linear in both lengths, so a hostile mask costs nothing.
 * Both must be folded by the caller when case does not matter.
 */
export function matchesMask(mask: string, text: string): boolean {
	let m = 0;
	let t = 0;
	let star = -1;
	let from = 0;
	while (t < text.length) {
		if (m < mask.length && mask[m] === '*') {
			star = m++;
			from = t;
		} else if (m < mask.length && (mask[m] === '?' || mask[m] === text[t])) {
			m++;
			t++;
		} else if (star >= 0) {
			m = star + 1;
			t = ++from;
		} else return false;
	}
	while (mask[m] === '*') m++;
	return m === mask.length;
}

/** Words in groups whose joined length stays under a number of bytes; a single longer word stands alone. */
export function chunksOf(words: readonly string[], maxBytes: number): string[][] {
	const chunks: string[][] = [];
	let size = 0;
	for (const word of words) {
		const bytes = byteLength(word) + 1;
		const last = chunks.at(-1);
		if (last === undefined || size + bytes > maxBytes) {
			chunks.push([word]);
			size = bytes;
		} else {
			last.push(word);
			size += bytes;
		}
	}
	return chunks;
}
