/** What our messages hold on the wire, pure (specification "Rich replies", "Threading", "Event replacements"). */
import type { MessageTarget } from '../adapter/actions.ts';
import type { MediaContent, OutgoingContent } from '../model/content.ts';
import { fail } from '../model/errors.ts';
import { plain, type RichText } from '../model/rich-text.ts';
import { mentionsOf, withoutControls, writeBody } from './html-write.ts';
import { getString } from './json.ts';
import { writeMedia } from './media-content.ts';

export type WireContent = Readonly<Record<string, unknown>>;

const msgtypes = { text: 'm.text', emote: 'm.emote', notice: 'm.notice' } as const;

interface Place {
	readonly replyTo: MessageTarget | null;
	readonly threadRoot: MessageTarget | null;
	/** Our user id. */
	readonly me: string;
	/** Newest event of the thread, where known. */
	readonly newestInThread: (root: string) => string | null;
}

export interface SendParts extends Place {
	readonly content: OutgoingContent;
}

export interface FileParts extends Place {
	readonly content: MediaContent;
}

export function sendContent(parts: SendParts): WireContent {
	const relation = relationOf(parts);
	const rich = withoutControls(parts.content.body);
	return {
		...textContent(parts.content, rich, mentionContent(rich, authorOf(parts))),
		...(relation === null ? {} : { 'm.relates_to': relation }),
	};
}

export function fileContent(parts: FileParts): WireContent {
	const relation = relationOf(parts);
	return {
		...withCaption(parts.content, parts.content.caption, authorOf(parts)),
		...(relation === null ? {} : { 'm.relates_to': relation }),
	};
}

/** A reply notifies the author of the message replied to (specification "Rich replies"). */
const authorOf = ({ replyTo, me }: Place): readonly string[] =>
	replyTo === null || replyTo.sender === me ? [] : [replyTo.sender];

function withCaption(file: MediaContent, caption: RichText | null, notify: readonly string[]): WireContent {
	const rich = caption === null ? null : withoutControls(caption);
	const said = rich === null || rich.text === '' ? null : rich;
	return {
		...writeMedia(file, said === null ? null : writeBody(said)),
		'm.mentions': mentionContent(said ?? plain(''), notify),
	};
}

/** @param file what the message offers besides its words: then it is the caption that changes */
export function editContent(
	content: OutgoingContent,
	target: MessageTarget,
	file: MediaContent | null = null,
): WireContent {
	const rich = withoutControls(content.body);
	const fresh =
		file === null ? textContent(content, rich, mentionContent(rich, [])) : withCaption(file, content.body, []);
	const html = getString(fresh, 'formatted_body');
	return {
		...fresh,
		// Clients without edits show this as a new message.
		body: `* ${getString(fresh, 'body') ?? ''}`,
		...(html === null ? {} : { formatted_body: `* ${html}` }),
		// Outside `m.new_content` only who is new to the message, so that nobody is notified twice.
		'm.mentions': mentionContent(onlyNewMentions(rich, target.text), []),
		'm.new_content': fresh,
		'm.relates_to': { rel_type: 'm.replace', event_id: eventIdOf(target) },
	};
}

function onlyNewMentions(rich: RichText, before: string): RichText {
	const spans = rich.spans.filter(
		(span) => span.kind === 'mention' && !before.includes(rich.text.slice(span.start, span.end)),
	);
	return { text: rich.text, spans };
}

/** Present even when empty: its absence would make others search the text for their names. */
function mentionContent(rich: RichText, more: readonly string[]): WireContent {
	const mentions = mentionsOf(rich);
	const users = new Set([...(mentions.user_ids ?? []), ...more]);
	return { ...mentions, ...(users.size > 0 ? { user_ids: [...users] } : {}) };
}

function textContent(content: OutgoingContent, rich: RichText, mentions: WireContent): WireContent {
	const { body, html } = writeBody(rich);
	return {
		msgtype: msgtypes[content.kind],
		body,
		...(html === null ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
		'm.mentions': mentions,
	};
}

function relationOf({ replyTo, threadRoot, newestInThread }: Place): WireContent | null {
	const reply = replyTo === null ? null : { 'm.in_reply_to': { event_id: eventIdOf(replyTo) } };
	if (threadRoot === null) return reply;
	const root = eventIdOf(threadRoot);
	return {
		rel_type: 'm.thread',
		event_id: root,
		// Clients without threads show this as a reply to the newest message of the thread.
		...(reply ?? { 'm.in_reply_to': { event_id: newestInThread(root) ?? root } }),
		is_falling_back: reply === null,
	};
}

/** @throws {ChatException} `bad-input` for a message the server has not confirmed yet */
export function eventIdOf(target: MessageTarget): string {
	const id = target.ids.find((candidate) => candidate.kind === 'server')?.value;
	if (id === undefined) fail('bad-input', 'the message has no id on the server yet', { retry: 'later' });
	return id;
}
