/** Content of message-like events → {@link MessageContent}, pure. Only checked values leave this file. */
import type { MediaContent, MessageContent } from '../model/content.ts';
import { plain, type RichText, richText, type Span } from '../model/rich-text.ts';
import { htmlToRich, textToRich } from './html.ts';
import { cleanName, cleanText, get, getArray, getRecord, getString, type JsonRecord } from './json.ts';
import { isUserId } from './matrix-id.ts';
import { readMedia } from './media-content.ts';

/** Null: nothing to show (verification traffic, answers to polls). */
export function messageContent(type: string, content: JsonRecord): MessageContent | null {
	switch (type) {
		case 'm.room.message':
			return roomMessage(content);
		case 'm.sticker':
			return media('sticker', content);
		case 'm.room.encrypted':
			return { kind: 'undecryptable', reason: null };
		case 'm.poll.start':
		case 'org.matrix.msc3381.poll.start':
			return unsupported('poll', pollText(content));
		case 'm.call.invite':
			return unsupported('call', null);
		case 'm.location':
			return unsupported('location', bodyOf(content));
		default:
			return isSilentType(type) ? null : unsupported(cleanName(type, 100), bodyOf(content));
	}
}

const silentTypes = new Set([
	'm.poll.response',
	'm.poll.end',
	'org.matrix.msc3381.poll.response',
	'org.matrix.msc3381.poll.end',
	'm.dummy',
	'm.beacon',
	'org.matrix.msc3672.beacon',
	'm.room.bot.options',
]);

/** Machine traffic that no client shows. */
function isSilentType(type: string): boolean {
	return (
		silentTypes.has(type) ||
		/^m\.(key\.|call\.|room_key|secret\.|rtc\.)/.test(type) ||
		/^org\.matrix\.msc(3401|4075|4143|4310)\./.test(type) ||
		/^(im\.vector|io\.element|org\.matrix\.call)\./.test(type)
	);
}

function roomMessage(content: JsonRecord): MessageContent | null {
	const msgtype = getString(content, 'msgtype', 255);
	switch (msgtype) {
		case 'm.text':
			return { kind: 'text', body: richBody(content) };
		case 'm.emote':
			return { kind: 'emote', body: richBody(content) };
		case 'm.notice':
		case 'm.server_notice':
			return { kind: 'notice', body: richBody(content) };
		case 'm.image':
			return media('image', content);
		case 'm.audio':
			return media('audio', content);
		case 'm.video':
			return media('video', content);
		case 'm.file':
			return media('file', content);
		case 'm.location':
			return unsupported('location', bodyOf(content));
		case 'm.key.verification.request':
			return null;
		case null:
			return unsupported('message', bodyOf(content));
		default:
			return unsupported(cleanName(msgtype, 100), bodyOf(content));
	}
}

const unsupported = (description: string, fallback: string | null): MessageContent => ({
	kind: 'unsupported',
	description,
	fallback,
});

function bodyOf(content: JsonRecord): string | null {
	const body = getString(content, 'body');
	return body === null ? null : cleanText(body);
}

/** `formatted_body` if it is HTML that says something, else `body`; `@room` is marked where the event announces it. */
function richBody(content: JsonRecord): RichText {
	const html =
		getString(content, 'format', 100) === 'org.matrix.custom.html'
			? getString(content, 'formatted_body', 256 * 1024)
			: null;
	const formatted = html === null ? null : htmlToRich(html);
	const body = formatted !== null && formatted.text !== '' ? formatted : textToRich(withoutReplyFallback(content));
	return markRoomMention(body, content);
}

/** Before version 1.13 a reply's `body` began with the quoted lines; the quote is shown from `m.in_reply_to` instead. */
function withoutReplyFallback(content: JsonRecord): string {
	const body = getString(content, 'body') ?? '';
	const isReply = getString(getRecord(getRecord(content, 'm.relates_to'), 'm.in_reply_to'), 'event_id') !== null;
	// An action is quoted as `> * <@user:server> waves`.
	if (!isReply || !/^> (?:\* )?<@[^>]*>/.test(body)) return body;
	return body.replace(/^(?:> [^\n]*(?:\n|$))+\n?/, '');
}

function markRoomMention(body: RichText, content: JsonRecord): RichText {
	if (get(getRecord(content, 'm.mentions'), 'room') !== true) return body;
	const marks: Span[] = [...body.text.matchAll(/@room\b/g)].slice(0, 20).map((match) => ({
		kind: 'mention',
		user: null,
		room: true,
		start: match.index,
		end: match.index + match[0].length,
	}));
	return richText(body.text, [...body.spans, ...marks]);
}

const media = (mediaKind: MediaContent['mediaKind'], content: JsonRecord): MessageContent =>
	readMedia(mediaKind, content, () => richBody(content)) ?? unsupported(mediaKind, bodyOf(content));

function pollText(content: JsonRecord): string | null {
	const poll = getRecord(content, 'm.poll');
	const start = Object.keys(poll).length > 0 ? poll : getRecord(content, 'org.matrix.msc3381.poll.start');
	const question = textOf(getRecord(start, 'question'));
	const answers = getArray(start, 'answers', 20)
		.map((answer) => textOf(answer))
		.filter((answer) => answer !== null);
	return question === null ? bodyOf(content) : [question, ...answers.map((answer) => `- ${answer}`)].join('\n');
}

/** Text of an extensible event block in its stable or older form. */
function textOf(block: unknown): string | null {
	const text =
		getString(block, 'org.matrix.msc1767.text', 2000) ??
		getString(block, 'body', 2000) ??
		getString(getArray(block, 'm.text', 5)[0], 'body', 2000);
	return text === null ? null : cleanText(text);
}

/** Who an event addresses: `m.mentions` decides where it is present (version 1.7), else names in the text. */
export function isMention(
	content: JsonRecord,
	me: string,
	ownNames: readonly string[],
	mayMentionRoom: boolean,
): boolean {
	const mentions = get(content, 'm.mentions');
	if (typeof mentions === 'object' && mentions !== null) {
		if (getArray(mentions, 'user_ids', 1000).filter(isUserId).includes(me)) return true;
		return mayMentionRoom && get(mentions, 'room') === true;
	}
	const body = getString(content, 'body');
	if (body === null) return false;
	return body.includes(me) || ownNames.some((name) => containsWord(body, name));
}

function containsWord(text: string, word: string): boolean {
	const lower = text.toLowerCase();
	const wanted = word.toLowerCase();
	for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
		const before = at === 0 ? ' ' : lower.slice(0, at).at(-1);
		const after = lower[at + wanted.length] ?? ' ';
		if (!isWordChar(before ?? ' ') && !isWordChar(after)) return true;
	}
	return false;
}

const isWordChar = (char: string): boolean => /[\p{L}\p{N}_]/u.test(char);

/** A removed message whose content the server has already pruned. */
export const prunedContent: MessageContent = { kind: 'text', body: plain('') };
